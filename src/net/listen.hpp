// Opening a listening socket, alone or beside those of other loops.
#pragma once

#include <tollgate/core/result.hpp>

#include <boost/asio/ip/tcp.hpp>

namespace tollgate::net {

struct ListenOptions {
    bool share = false;   ///< other sockets of this user that say so too may listen there (SO_REUSEPORT)
    int send_buffer = 0;  ///< as in ServerOptions
};

/// Closed again when it fails.
boost::system::error_code listen_on(boost::asio::ip::tcp::acceptor& acceptor,
                                    const boost::asio::ip::tcp::endpoint& endpoint, const ListenOptions& options);

/// Errc::io, naming the endpoint.
core::Error listen_error(const boost::asio::ip::tcp::endpoint& endpoint, const boost::system::error_code& error);

}  // namespace tollgate::net
