// Retry-After: when a peer that cannot just now wants to be asked again (RFC 9110, 10.2.3).
#pragma once

#include <tollgate/core/clock.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace tollgate::net {

/// A Retry-After beyond this is cut.
inline constexpr std::chrono::milliseconds longest_retry_after = std::chrono::hours{24};

/// A Retry-After value, as seconds or as an HTTP date, as a delay from `now`; absent when it is neither.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, core::WallTime now);

}  // namespace tollgate::net
