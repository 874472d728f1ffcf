// Url: an absolute http or https address, taken apart and checked.
#pragma once

#include <tollgate/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::net {

struct Url {
    bool tls = false;
    std::string host;  ///< without brackets for IPv6
    std::uint16_t port = 80;
    std::string target = "/";  ///< path and query, as they go into the request line

    /// As it goes into the Host header: brackets around IPv6, the port only when it is not the scheme's.
    [[nodiscard]] std::string authority() const;
};

/// Refuses other schemes, user info, fragments, empty hosts, control characters and spaces. Errors:
/// Errc::invalid_argument.
core::Result<Url> parse_url(std::string_view text);

}  // namespace tollgate::net
