// Opening a listening socket, alone or beside those of other loops.
#pragma once

#include <tollgate/core/result.hpp>

#include <boost/asio/ip/tcp.hpp>

namespace tollgate::net {

/// `share`: other sockets of this user that say so too may listen there (SO_REUSEPORT). Closed again when it fails.
boost::system::error_code listen_on(boost::asio::ip::tcp::acceptor& acceptor,
                                    const boost::asio::ip::tcp::endpoint& endpoint, bool share);

/// Errc::io, naming the endpoint.
core::Error listen_error(const boost::asio::ip::tcp::endpoint& endpoint, const boost::system::error_code& error);

}  // namespace tollgate::net
