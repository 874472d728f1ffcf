// Which addresses a subscriber that is not trusted with our own network may have.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace tollgate::net {

/// True for addresses of the public Internet. False for private, shared (CGNAT), loopback, link-local, unique-local,
/// multicast, unspecified, documentation, benchmarking and reserved ones (IANA special-purpose registries), and for
/// IPv6 addresses that carry such an IPv4 address (mapped, NAT64, 6to4) or may lead anywhere (Teredo, local NAT64).
bool is_public(const boost::asio::ip::address& address) noexcept;

}  // namespace tollgate::net
