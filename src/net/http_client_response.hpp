// ResponseReader: turns the bytes of a connection into one answer; no sockets, so that it is tested byte by byte.
#pragma once

#include "http_client_chunks.hpp"
#include "http_client_head.hpp"

#include <tollgate/core/result.hpp>
#include <tollgate/net/http_client.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::net {

/// A value; used for one exchange. Interim answers (1xx) are read over.
class ResponseReader {
  public:
    enum class Progress : std::uint8_t { incomplete, complete };

    /// `answers_head`: the request's method was HEAD, so no body follows whatever the headers say.
    ResponseReader(std::size_t max_body, bool answers_head) : max_body_(max_body), answers_head_(answers_head) {}

    /// Not to be called again once complete. Errors: Errc::malformed.
    core::Result<Progress> feed(std::string_view bytes);
    /// The peer has closed: good for a body that ends so. Errors: Errc::connection (an answer cut short).
    core::Result<void> end();

    /// A byte of the answer has come.
    [[nodiscard]] bool started() const noexcept { return started_; }
    /// Valid when complete: another request may follow on the connection.
    [[nodiscard]] bool reusable() const noexcept { return reusable_; }
    /// Once, when complete.
    [[nodiscard]] OutboundResponse take() { return std::move(response_); }

  private:
    enum class Stage : std::uint8_t { head, sized, chunked, until_close, complete };

    core::Result<void> read_head(std::string_view& bytes);
    void begin_body(ResponseHead head);
    void read_sized(std::string_view& bytes);
    core::Result<void> read_chunked(std::string_view& bytes);
    void append(std::string_view piece);
    void cut();

    std::size_t max_body_;
    bool answers_head_;
    Stage stage_ = Stage::head;
    bool started_ = false;
    bool reusable_ = false;
    unsigned interim_answers_ = 0;
    std::uint64_t remaining_ = 0;
    std::string pending_;  // of a head that came in pieces
    ResponseChunks chunks_;
    OutboundResponse response_;
};

}  // namespace tollgate::net
