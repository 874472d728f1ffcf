// ConnectionStream: the one place where a connection's bytes enter and leave; TLS belongs in here and nowhere else.
#pragma once

#include "tls_session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include <poll.h>

namespace tollgate::net {

/// Owned by one connection, on its loop. Destroying it closes the socket; pending operations then complete as aborted.
/// Single steps only: a composed operation would keep a reference to the stream beyond its destruction. So over TLS a
/// step that has to wait for the socket completes with size 0 and no error when the wait is over: nothing has come or
/// gone yet, and the connection, which alone knows whether the stream still exists, asks again.
class ConnectionStream {
  public:
    explicit ConnectionStream(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    /// Before anything is read or written. False when there is no memory for it.
    bool begin_tls(SSL_CTX* context) noexcept {
        tls_ = TlsSession::create(context, socket_.native_handle());
        return tls_ != nullptr;
    }
    /// The peers have shaken hands. The first reads do that.
    [[nodiscard]] bool is_established() const noexcept { return !tls_ || tls_->is_established(); }

    /// `done(error_code, size)`; one read at a time. A `space` that has moved when it asks again is fine.
    template <class Done>
    void read_some(std::span<char> space, Done&& done) {
        if (tls_) return complete(tls_->read(space), std::forward<Done>(done));
        socket_.async_read_some(boost::asio::buffer(space.data(), space.size()), std::forward<Done>(done));
    }

    /// `done(error_code, size)`; one write at a time. It asks again with the same bytes.
    template <class Done>
    void write_some(std::string_view bytes, Done&& done) {
        if (tls_) return complete(tls_->write(bytes), std::forward<Done>(done));
        socket_.async_write_some(boost::asio::buffer(bytes.data(), bytes.size()), std::forward<Done>(done));
    }

    /// Tells the peer that nothing more comes. Failure means that it is gone already.
    void shutdown_send() noexcept {
        if (tls_) tls_->close_notify();
        boost::system::error_code ignored;
        socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    }

    /// Whether the peer sends nothing more, or is gone. Also with bytes unread before its end, and over TLS.
    [[nodiscard]] bool peer_has_closed() noexcept {
        pollfd asked{socket_.native_handle(), POLLRDHUP, 0};
        return ::poll(&asked, 1, 0) == 1;
    }

    /// Closes the connection and drops what the peer has not read, which the kernel would otherwise hold for minutes.
    void abort() noexcept {
        // First: a session that ended after the socket could write its goodbye into whatever has the descriptor by
        // then.
        tls_.reset();
        boost::system::error_code ignored;
        socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
        socket_.close(ignored);  // the destructor would set the option back
    }

  private:
    template <class Done>
    void complete(const TlsSession::Step& step, Done&& done) {
        using Socket = boost::asio::ip::tcp::socket;
        const auto ask_again = [&](Socket::wait_type until) {
            socket_.async_wait(until, [done = std::forward<Done>(done)](
                                          const boost::system::error_code& error) mutable { done(error, 0); });
        };
        switch (step.wants) {
            case TlsSession::Wants::readable:
                return ask_again(Socket::wait_read);
            case TlsSession::Wants::writable:
                return ask_again(Socket::wait_write);
            case TlsSession::Wants::nothing:
            case TlsSession::Wants::other_turn:
                // Later, as every completion: the caller may be deep in the handler of another.
                boost::asio::post(socket_.get_executor(), [done = std::forward<Done>(done), error = step.error,
                                                           size = step.size]() mutable { done(error, size); });
        }
    }

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<TlsSession> tls_;  // null: plain; ends before the socket that it says goodbye on
};

}  // namespace tollgate::net
