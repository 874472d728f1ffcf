// TruthFile: a growing file of true payments; a script appends a line, and from then on that is the truth.
#pragma once

#include "load/world/status_world.hpp"

#include <cstdint>
#include <string>

namespace tollgate::load {

class TruthFile {
  public:
    explicit TruthFile(std::string path) : path_(std::move(path)) {}
    /// Puts what was appended since the last call into the world; of a payment the last line counts. A line without its
    /// end is left for the next time. Errors: Errc::io of the file; Errc::malformed, "FILE:LINE: what is wrong; what
    /// would be right": that line is skipped, and the next call goes on behind it.
    core::Result<void> read_into(StatusWorld& world);

  private:
    std::string path_;
    std::uint64_t read_ = 0;  ///< bytes
    std::uint64_t lines_ = 0;
};

}  // namespace tollgate::load
