// Addresses: what of IP addresses and URLs a configuration has to understand.
#pragma once

#include <tollgate/ops/config.hpp>

namespace tollgate::ops {

/// "127.0.0.1:9400", "[::1]:9400".
std::string format_address(const ListenAddress& address);

/// 127.0.0.0/8, ::1, and the IPv4 ones as IPv6 sees them.
bool is_loopback(const ListenAddress& address);

/// Whether an address that is_http_url() takes leads to this machine: localhost, or a loopback address.
bool leads_to_loopback(std::string_view url);

/// Whether the second of two listeners would take connections meant for the first, or could not be opened.
bool would_collide(const ListenAddress& a, const ListenAddress& b);

}  // namespace tollgate::ops
