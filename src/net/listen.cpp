// Listening sockets: their options, and the question whether anybody else has the port.
#include "listen.hpp"

#include <tollgate/net/http_server.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <sstream>
#include <string>

namespace tollgate::net {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

/// A peer that acknowledges nothing for so long is gone, or does not read. Also for what we have closed already: the
/// kernel would keep the rest of its answers for minutes. Accepted sockets inherit it.
constexpr unsigned unread_timeout_ms = 20'000;

std::string text_of(const tcp::endpoint& endpoint) {
    std::ostringstream text;
    text << endpoint;
    return text.str();
}

error_code open_and_listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, const ListenOptions& options) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (error) return error;
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (error) return error;
    const int on = 1;
    if (options.share && ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
        return {errno, boost::system::system_category()};
    // [::] takes IPv4 peers too, whatever the machine's default is.
    if (endpoint.protocol() == tcp::v6()) acceptor.set_option(boost::asio::ip::v6_only(false), error);
    if (error) return error;
    // Linux hands this option on to accepted sockets: one system call less for each.
    acceptor.set_option(tcp::no_delay(true), error);
    if (error) return error;
    if (options.send_buffer > 0) acceptor.set_option(tcp::acceptor::send_buffer_size(options.send_buffer), error);
    if (error) return error;
    if (::setsockopt(acceptor.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unread_timeout_ms,
                     sizeof unread_timeout_ms) != 0)
        return {errno, boost::system::system_category()};
    acceptor.bind(endpoint, error);
    if (error) return error;
    acceptor.listen(tcp::acceptor::max_listen_connections, error);
    return error;
}

}  // namespace

error_code listen_on(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, const ListenOptions& options) {
    const error_code error = open_and_listen(acceptor, endpoint, options);
    error_code ignored;
    if (error) acceptor.close(ignored);
    return error;
}

core::Error listen_error(const tcp::endpoint& endpoint, const error_code& error) {
    return {core::Errc::io, "cannot listen on " + text_of(endpoint) + ": " + error.message()};
}

core::Result<void> check_endpoint_free(const tcp::endpoint& endpoint) {
    if (endpoint.port() == 0) return {};
    boost::asio::io_context context(1);
    tcp::acceptor acceptor(context);
    const error_code error = listen_on(acceptor, endpoint, {});
    if (error == boost::asio::error::address_in_use)
        return core::Error(core::Errc::io, text_of(endpoint) + " is in use by another program");
    if (error) return listen_error(endpoint, error);
    return {};
}

}  // namespace tollgate::net
