// ResponseChunks: takes the chunked coding off an answer's body (RFC 9112 section 7.1), in bounded memory.
#pragma once

#include <tollgate/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::net {

/// A value; used for one body. Extensions and trailers are read over and dropped: nobody has vouched for them.
class ResponseChunks {
  public:
    /// Takes some bytes off the front of `input` and returns what of them belongs to the body (a view into `input`,
    /// perhaps empty). Call it until `input` is empty or the body is finished. Errors: Errc::malformed.
    core::Result<std::string_view> next(std::string_view& input);
    [[nodiscard]] bool finished() const noexcept { return stage_ == Stage::finished; }

  private:
    enum class Stage : std::uint8_t { size, data, data_end, trailer, finished };

    /// True when line_ holds a whole line, without its CRLF.
    core::Result<bool> read_line(std::string_view& input);
    core::Result<void> read_size();

    Stage stage_ = Stage::size;
    std::uint64_t remaining_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::string line_;
};

}  // namespace tollgate::net
