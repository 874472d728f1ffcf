// Entry point of tollgate.
#include "app/cli.hpp"

int main(int argc, char** argv) {
    return tollgate::app::run(argc, argv);
}
