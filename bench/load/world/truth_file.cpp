// Reads from where it stopped.
#include "load/world/truth_file.hpp"

#include "load/world/truth_line.hpp"

#include <fstream>

namespace tollgate::load {

core::Result<void> TruthFile::read_into(StatusWorld& world) {
    std::ifstream file(path_, std::ios::binary);
    if (!file) return core::Error(core::Errc::io, "cannot read " + path_ + "; a file of true payments");
    file.seekg(static_cast<std::streamoff>(read_));
    std::string text;
    while (std::getline(file, text) && !file.eof()) {
        read_ += text.size() + 1;
        ++lines_;
        auto line = read_truth_line(text);
        if (!line)
            return core::Error(core::Errc::malformed,
                               path_ + ":" + std::to_string(lines_) + ": " + line.error().message);
        if (*line) world.put(std::move((*line)->payment), (*line)->trouble, (*line)->times);
    }
    return {};
}

}  // namespace tollgate::load
