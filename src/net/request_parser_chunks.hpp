// RequestChunks: turns a chunked body (RFC 9112 section 7.1) into contiguous bytes, in place.
#pragma once

#include "connection_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::net {

struct RequestLimits {
    std::size_t max_headers = 8 * 1024;  ///< bytes of request line and headers; the same again for trailers
    std::size_t max_body = 64 * 1024;    ///< bytes, without chunk framing
};

/// What looking at the bytes so far led to; everything behind `complete` is a refusal.
enum class ParseStep : std::uint8_t {
    need_more,
    complete,
    malformed,
    headers_too_large,
    body_too_large,
    expectation_failed,
};

/// Beast's decoder is not used: in 1.81 split packets can reach its asserts, and no limit covers extensions and
/// trailers. Extensions and trailers are checked for their form, bounded, and dropped.
class RequestChunks {
  public:
    /// The body begins at this offset of the buffer.
    void start(std::size_t body_begin) noexcept;
    /// With `need_more`, the framing decoded so far has been cut out of `buffer`.
    ParseStep decode(ReceiveBuffer& buffer, const RequestLimits& limits);

    /// Bytes decoded so far; they lie behind each other from body_begin on.
    [[nodiscard]] std::size_t body_size() const noexcept { return body_size_; }
    /// Valid after `complete`: offset behind the last byte of the request.
    [[nodiscard]] std::size_t end() const noexcept { return raw_; }

  private:
    enum class State : std::uint8_t { size_line, data, data_end, trailer };

    /// One step of the state; `complete` means "go on" everywhere but in the trailer.
    ParseStep read_size_line(std::string_view rest, const RequestLimits& limits);
    ParseStep read_data(ReceiveBuffer& buffer);
    ParseStep read_data_end(std::string_view rest);
    ParseStep read_trailer(std::string_view rest, const RequestLimits& limits);
    void cut_framing(ReceiveBuffer& buffer) noexcept;

    State state_ = State::size_line;
    std::size_t body_begin_ = 0;
    std::size_t body_size_ = 0;
    std::size_t raw_ = 0;          ///< offset of the first byte not decoded
    std::uint64_t remaining_ = 0;  ///< of the current chunk
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    bool finished_ = false;
};

}  // namespace tollgate::net
