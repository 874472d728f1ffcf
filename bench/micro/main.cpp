// Entry point of the micro-benchmarks: says in the report what was measured, then does as Google Benchmark's own flags
// say.
#include <benchmark/benchmark.h>
#include <openssl/crypto.h>
#include <sys/utsname.h>

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    utsname system{};
    ::uname(&system);
    benchmark::AddCustomContext("tollgate", TOLLGATE_VERSION);
    benchmark::AddCustomContext("kernel", system.release);
    benchmark::AddCustomContext("openssl", OpenSSL_version(OPENSSL_VERSION));
    try {
        benchmark::RunSpecifiedBenchmarks();
    } catch (const std::exception& error) {
        std::cerr << "tollgate-micro: " << error.what() << '\n';
        return 1;
    }
    benchmark::Shutdown();
}
