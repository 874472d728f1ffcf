// TLS of the client: what is trusted, and whom a certificate must name.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/net/http_client.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <string>

namespace tollgate::net {

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

struct TlsSessionDeleter {
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using TlsSessionPointer = std::unique_ptr<SSL_SESSION, TlsSessionDeleter>;

/// TLS 1.2 or newer; peers are verified. Errors: Errc::io, naming the file that cannot be used.
core::Result<std::unique_ptr<boost::asio::ssl::context>> make_client_tls(const ClientOptions& options);

/// Before the handshake: the peer must prove to be `host`, a name or an address.
void expect_peer(TlsStream& stream, const std::string& host);

/// Why a handshake failed, for people.
std::string describe_handshake_failure(TlsStream& stream, boost::system::error_code error);

}  // namespace tollgate::net
