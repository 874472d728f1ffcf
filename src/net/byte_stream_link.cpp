// Connects by TCP, TLS or a unix socket, and moves bytes; each handler looks first whether the link has been closed.
#include "byte_stream_link.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <sys/un.h>

namespace tollgate::net {

using boost::system::error_code;

namespace {

/// Names go stale: with a failover by DNS the second attempt finds the new address.
constexpr std::chrono::milliseconds keep_names_for{1'000};
/// Hosts come from the configuration and from what Sentinels say; beyond this many, all are looked up anew.
constexpr std::size_t max_names = 64;

}  // namespace

void ByteStream::Names::look_up(const std::string& host, Found found) {
    auto position = caches_.find(host);
    if (position == caches_.end()) {
        if (caches_.size() == max_names) caches_.clear();
        DnsCache::Options options{host, true, keep_names_for};
        position = caches_
                       .emplace(host, std::make_shared<DnsCache>(
                                          loop_, std::move(options),
                                          [this, host](const auto& addresses) { resolved(host, addresses); }))
                       .first;
    }
    host_ = host;
    found_ = std::move(found);
    // Null: resolved() goes on from here.
    if (const auto* known = position->second->find(std::chrono::steady_clock::now())) {
        const DnsCache::Addresses addresses = *known;
        resolved(host, addresses);
    }
}

void ByteStream::Names::resolved(const std::string& host, const DnsCache::Addresses& addresses) {
    if (!found_ || host != host_) return;
    Found found = std::move(found_);
    found(addresses);
}

ByteStream::Link::Link(boost::asio::io_context& loop, StreamTarget target, Connected done)
    : loop_(loop),
      target_(std::move(target)),
      connected_(std::move(done)),
      attempt_timer_(loop),
      socket_(loop),
      unix_socket_(loop) {}

core::Error ByteStream::Link::failure(const std::string& what) const {
    return {core::Errc::connection, target_.name() + ": " + what};
}

void ByteStream::Link::connect(Names& names) {
    if (!target_.unix_socket.empty()) {
        connect_unix();
        return;
    }
    names.look_up(target_.host, [weak = weak_from_this()](const DnsCache::Addresses& addresses) {
        const auto self = weak.lock();
        if (!self || self->closed_) return;
        if (!addresses) {
            self->finish_connecting(addresses.error());
            return;
        }
        self->addresses_ = *addresses;
        self->try_next_address(error_code{});
    });
}

void ByteStream::Link::connect_unix() {
    if (target_.unix_socket.size() >= sizeof(sockaddr_un::sun_path)) {
        finish_connecting(core::Error(core::Errc::invalid_argument,
                                      target_.unix_socket + ": the path of a unix socket has 107 bytes at most"));
        return;
    }
    unix_socket_.async_connect(target_.unix_socket, [self = shared_from_this()](error_code error) {
        if (self->closed_) return;
        if (error) {
            self->finish_connecting(self->failure("cannot connect: " + error.message()));
        } else {
            self->finish_connecting({});
        }
    });
}

void ByteStream::Link::try_next_address(error_code last) {
    error_code error;
    socket_.close(error);
    while (attempts_ < addresses_.size()) {
        limit_attempt(addresses_.size() - attempts_);
        const boost::asio::ip::tcp::endpoint endpoint(addresses_[attempts_++], target_.port);
        socket_.open(endpoint.protocol(), error);
        if (error) {
            last = error;
            continue;
        }
        socket_.set_option(boost::asio::ip::tcp::no_delay(true), error);
        socket_.async_connect(endpoint, [self = shared_from_this(), attempt = attempts_](error_code result) {
            if (self->closed_ || self->attempts_ != attempt) return;
            if (result) {
                self->try_next_address(result);
                return;
            }
            ++self->attempts_;  // a timer that has just run out means another attempt than this
            self->attempt_timer_.cancel();
            if (self->target_.trust) {
                self->shake_hands();
            } else {
                self->finish_connecting({});
            }
        });
        return;
    }
    finish_connecting(failure("cannot connect: " + last.message()));
}

/// The last address has all the time that its owner gives it.
void ByteStream::Link::limit_attempt(std::size_t addresses_left) {
    if (addresses_left < 2) {
        attempt_timer_.cancel();
        return;
    }
    attempt_timer_.expires_after(target_.connect_time / static_cast<long>(addresses_.size()));
    attempt_timer_.async_wait([weak = weak_from_this(), attempt = attempts_ + 1](error_code cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self || self->closed_ || self->attempts_ != attempt) return;
        self->try_next_address(boost::asio::error::timed_out);
    });
}

void ByteStream::Link::shake_hands() {
    tls_.emplace(socket_, target_.trust->context());
    expect_peer(*tls_, target_.host);
    tls_->async_handshake(boost::asio::ssl::stream_base::client, [self = shared_from_this()](error_code error) {
        if (self->closed_) return;
        if (error) {
            self->finish_connecting(self->failure("TLS: " + describe_handshake_failure(*self->tls_, error)));
        } else {
            self->finish_connecting({});
        }
    });
}

/// By way of the loop: some failures are known within connect() already.
void ByteStream::Link::finish_connecting(core::Result<void> result) {
    boost::asio::post(loop_, [self = shared_from_this(), result = std::move(result)]() mutable {
        if (self->closed_ || !self->connected_) return;
        Connected done = std::move(self->connected_);
        done(std::move(result));
    });
}

template <class Use>
void ByteStream::Link::with_stream(Use use) {
    if (tls_) {
        use(*tls_);
    } else if (unix_socket_.is_open()) {
        use(unix_socket_);
    } else {
        use(socket_);
    }
}

void ByteStream::Link::read_some(Received done) {
    received_ = std::move(done);
    with_stream([this](auto& stream) {
        const auto space = boost::asio::buffer(buffer_);
        stream.async_read_some(space, [self = shared_from_this()](error_code error, std::size_t size) {
            if (self->closed_) return;
            Received received = std::move(self->received_);
            if (!error) {
                received(std::string_view(self->buffer_.data(), size));
                return;
            }
            const bool by_peer = error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated;
            received(self->failure(by_peer ? "it closed the connection" : error.message()));
        });
    });
}

void ByteStream::Link::write(std::string bytes, Written done) {
    outgoing_ = std::move(bytes);
    written_ = std::move(done);
    with_stream([this](auto& stream) {
        boost::asio::async_write(stream, boost::asio::buffer(outgoing_),
                                 [self = shared_from_this()](error_code error, std::size_t) {
                                     if (self->closed_) return;
                                     Written written = std::move(self->written_);
                                     if (error) {
                                         written(self->failure(error.message()));
                                     } else {
                                         written({});
                                     }
                                 });
    });
}

void ByteStream::Link::close() noexcept {
    closed_ = true;
    attempt_timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
    unix_socket_.close(ignored);
    connected_ = nullptr;
    received_ = nullptr;
    written_ = nullptr;
}

}  // namespace tollgate::net
