// RequestParser: decides, byte by byte and strictly, where one HTTP/1.x request ends and what is in it.
#pragma once

#include "connection_buffer.hpp"
#include "request_parser_chunks.hpp"

#include <tollgate/net/http_types.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tollgate::net {

/// Beast reads the grammar of a complete header; what decides where a body ends is judged here, because there Beast is
/// lenient: one Content-Length or exactly `Transfer-Encoding: chunked` on HTTP/1.1, never both, never twice (RFC 9112
/// section 6.3). Folded headers, bare line ends and every request without exactly one Host (1.1) are refused too.
/// Owned by one connection; the verdict on a request is the same however its bytes were split.
class RequestParser {
  public:
    explicit RequestParser(RequestLimits limits) : limits_(limits) { reset(); }

    /// `buffer` holds all bytes of the current request that have arrived, and perhaps more. Chunk framing is cut out of
    /// it. With `complete`, `request` is filled (but for the peer); its views hold until the buffer changes. After a
    /// refusal the connection is of no further use.
    ParseStep parse(ReceiveBuffer& buffer, Request& request);

    /// Valid after `complete`: bytes of the buffer that the request takes.
    [[nodiscard]] std::size_t request_size() const noexcept;
    /// Valid after `complete`: the peer may send another one.
    [[nodiscard]] bool keep_alive() const noexcept { return head_.keep_alive; }
    /// Valid after `need_more`: the peer waits for an interim 100, and the body is wanted.
    [[nodiscard]] bool continue_expected() const noexcept { return continue_expected_; }

    /// Before the next request; memory is kept.
    void reset() noexcept;

    /// Most that a buffer must hold so that any request within the limits fits, trailers included.
    [[nodiscard]] static std::size_t max_buffer(const RequestLimits& limits) noexcept;

  private:
    /// Offsets, because the buffer moves while a body arrives.
    struct Piece {
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
    };
    struct HeaderPiece {
        Piece name;
        Piece value;
    };
    struct Head {
        Piece method;
        Piece target;
        std::vector<HeaderPiece> headers;
        unsigned hosts = 0;
        unsigned lengths = 0;
        unsigned encodings = 0;
        unsigned expectations = 0;
        Piece host;
        Piece length;
        Piece encoding;
        Piece expectation;
        bool http_1_1 = false;
        bool keep_alive = false;
    };
    class HeadReader;

    ParseStep find_head_end(std::string_view bytes);
    ParseStep end_line(std::string_view line);
    ParseStep read_head(std::string_view bytes);
    ParseStep judge_framing(std::string_view bytes);
    ParseStep judge_expectation(std::string_view bytes);
    ParseStep read_body(ReceiveBuffer& buffer);
    void fill(std::string_view bytes, Request& request);

    RequestLimits limits_;
    Head head_;
    std::vector<HeaderView> views_;
    RequestChunks chunks_;
    std::size_t scanned_ = 0;     ///< no line end before this is unknown
    std::size_t line_begin_ = 0;  ///< of the line that is not complete yet
    std::size_t head_begin_ = 0;  ///< behind an empty line that some clients send first
    std::size_t head_end_ = 0;    ///< 0: not found yet
    std::size_t body_size_ = 0;   ///< announced, or 0
    bool chunked_ = false;
    bool continue_expected_ = false;
};

}  // namespace tollgate::net
