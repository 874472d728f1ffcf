// ConnectionStream: the one place where a connection's bytes enter and leave; TLS belongs in here and nowhere else.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace tollgate::net {

/// Owned by one connection, on its loop. Destroying it closes the socket; pending operations then complete as aborted.
/// Single steps only: a composed operation would keep a reference to the stream beyond its destruction.
class ConnectionStream {
  public:
    explicit ConnectionStream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    /// `done(error_code, size)`; one read at a time.
    template <class Done>
    void read_some(std::span<char> space, Done&& done) {
        socket_.async_read_some(boost::asio::buffer(space.data(), space.size()), std::forward<Done>(done));
    }

    /// `done(error_code, size)`; one write at a time.
    template <class Done>
    void write_some(std::string_view bytes, Done&& done) {
        socket_.async_write_some(boost::asio::buffer(bytes.data(), bytes.size()), std::forward<Done>(done));
    }

    /// Tells the peer that nothing more comes. Failure means that it is gone already.
    void shutdown_send() noexcept {
        boost::system::error_code ignored;
        socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    }

  private:
    boost::asio::ip::tcp::socket socket_;
};

}  // namespace tollgate::net
