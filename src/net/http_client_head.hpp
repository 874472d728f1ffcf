// The head of an answer: status line and headers, as far as a client has to know them.
#pragma once

#include <tollgate/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::net {

struct ResponseHead {
    unsigned status = 0;
    bool keep_alive = false;  ///< what the peer says; a body that ends with the connection decides otherwise
    bool chunked = false;     ///< never together with content_length
    std::optional<std::uint64_t> content_length;  ///< in bytes
    std::optional<std::string> retry_after;       ///< of several, the first
};

/// `head` is complete: it ends with an empty line. Errors: Errc::malformed.
core::Result<ResponseHead> parse_response_head(std::string_view head);

}  // namespace tollgate::net
