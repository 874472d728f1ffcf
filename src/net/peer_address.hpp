// The address of a peer, the same whether it came to an IPv4 or to a dual-stack socket.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace tollgate::net {

/// IPv4-mapped IPv6 addresses as IPv4.
inline boost::asio::ip::address unmapped(const boost::asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    return address;
}

}  // namespace tollgate::net
