// The life of one outbound connection, by callbacks: each looks first whether the connection has been closed meanwhile.
#include "http_client_connection.hpp"

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>

namespace tollgate::net {

using boost::system::error_code;

ClientConnection::ClientConnection(boost::asio::io_context& loop, const PeerSettings& peer, KeptSession& session,
                                   Owner& owner)
    : peer_(peer), kept_session_(session), owner_(owner), socket_(loop) {}

void ClientConnection::begin(Exchange exchange) {
    outgoing_ = std::move(exchange.bytes);
    written_ = false;
    reader_.emplace(peer_.max_response_body, exchange.answers_head);
    exchange_.emplace(std::move(exchange));
    if (stage_ == Stage::open) write();
}

Exchange ClientConnection::release(bool with_bytes) {
    Exchange exchange = std::move(*exchange_);
    exchange_.reset();
    // A copy, since the kernel may not have taken all of it; this is the rare path.
    if (with_bytes) exchange.bytes = outgoing_;
    return exchange;
}

void ClientConnection::close() {
    stage_ = Stage::closed;
    attempt_until_ = core::SteadyTime::max();
    error_code ignored;
    // Without TLS's close_notify: it would wait for the peer, and each message's length is known by its own framing.
    socket_.close(ignored);
    exchange_.reset();
}

bool ClientConnection::may_have_been_stale() const noexcept {
    return has_answered_ && exchange_ && !reader_->started();
}

const char* ClientConnection::activity() const noexcept {
    switch (stage_) {
        case Stage::locating:
            return "resolving the name";
        case Stage::connecting:
            return "connecting";
        case Stage::handshaking:
            return "the TLS handshake";
        case Stage::open:
        case Stage::closed:
            break;
    }
    return written_ ? "waiting for the answer" : "writing the request";
}

void ClientConnection::connect(const DnsCache::Addresses& addresses, core::SteadyTime now) {
    if (!addresses) {
        owner_.failed(*this, addresses.error());
        return;
    }
    stage_ = Stage::connecting;
    addresses_ = *addresses;
    try_next_address(now, error_code{});
}

void ClientConnection::abandon_attempt(core::SteadyTime now) {
    if (stage_ == Stage::connecting && attempt_until_ <= now) try_next_address(now, boost::asio::error::timed_out);
}

void ClientConnection::try_next_address(core::SteadyTime now, error_code last) {
    error_code error;
    socket_.close(error);
    while (attempts_ < addresses_.size()) {
        const std::size_t left = addresses_.size() - attempts_;
        const boost::asio::ip::tcp::endpoint endpoint(addresses_[attempts_++], peer_.port);
        socket_.open(endpoint.protocol(), error);
        if (error) {
            last = error;
            continue;
        }
        socket_.set_option(boost::asio::ip::tcp::no_delay(true), error);
        // An address that swallows packets must not take the time of those behind it.
        attempt_until_ =
            left > 1 ? now + (exchange_->deadline - now) / static_cast<long>(left) : core::SteadyTime::max();
        if (left > 1) owner_.wake_at(attempt_until_);
        socket_.async_connect(endpoint, [self = shared_from_this(), attempt = attempts_](error_code result) {
            if (self->closed() || self->attempts_ != attempt) return;
            if (result) {
                self->try_next_address(std::chrono::steady_clock::now(), result);
            } else {
                self->connected();
            }
        });
        return;
    }
    fail(core::Errc::connection, "cannot connect: " + last.message());
}

void ClientConnection::connected() {
    attempt_until_ = core::SteadyTime::max();
    if (!peer_.tls) {
        opened();
        return;
    }
    stage_ = Stage::handshaking;
    tls_.emplace(socket_, *peer_.tls);
    expect_peer(*tls_, peer_.tls_name);
    resume_session();
    tls_->async_handshake(boost::asio::ssl::stream_base::client, [self = shared_from_this()](error_code error) {
        if (self->closed()) return;
        if (error) {
            self->kept_session_ = {};  // should it be the reason, the next attempt goes without
            self->fail(core::Errc::connection, "TLS: " + describe_handshake_failure(*self->tls_, error));
        } else {
            self->opened();
        }
    });
}

void ClientConnection::resume_session() {
    const auto now = std::chrono::steady_clock::now();
    if (!kept_session_.session || now - kept_session_.proven > KeptSession::lifetime) return;
    proven_ = kept_session_.proven;
    SSL_set_session(tls_->native_handle(), kept_session_.session.get());
}

/// With the first answer: a session of TLS 1.3 comes after the handshake.
void ClientConnection::keep_session() {
    SSL* const tls = tls_->native_handle();
    if (SSL_session_reused(tls) != 1) proven_ = std::chrono::steady_clock::now();
    // A copy: OpenSSL would take back the connection's own when it ends without a close_notify.
    TlsSessionPointer copy(SSL_SESSION_dup(SSL_get0_session(tls)));
    if (copy && SSL_SESSION_is_resumable(copy.get()) == 1) kept_session_ = {std::move(copy), proven_};
}

void ClientConnection::opened() {
    stage_ = Stage::open;
    write();
    read();
}

void ClientConnection::write() {
    auto handler = [self = shared_from_this()](error_code error, std::size_t) {
        if (self->closed()) return;
        // A peer may answer and close without reading all: the read, always under way, finds out which it was.
        if (!error) self->written_ = true;
    };
    const auto bytes = boost::asio::buffer(outgoing_);
    if (tls_) {
        boost::asio::async_write(*tls_, bytes, std::move(handler));
    } else {
        boost::asio::async_write(socket_, bytes, std::move(handler));
    }
}

/// One read is always under way, between exchanges too: so a peer that closes is noticed before the next request is
/// lost on it.
void ClientConnection::read() {
    auto handler = [self = shared_from_this()](error_code error, std::size_t size) {
        if (self->closed()) return;
        if (error) {
            self->read_failed(error);
        } else {
            self->received(size);
        }
    };
    const auto space = boost::asio::buffer(buffer_);
    if (tls_) {
        tls_->async_read_some(space, std::move(handler));
    } else {
        socket_.async_read_some(space, std::move(handler));
    }
}

void ClientConnection::received(std::size_t size) {
    if (!exchange_) {
        fail(core::Errc::malformed, "it sent what nobody asked for");
        return;
    }
    const auto progress = reader_->feed({buffer_.data(), size});
    if (!progress) {
        owner_.failed(*this, progress.error());
        return;
    }
    if (*progress == ResponseReader::Progress::complete) answer(false);
    if (!closed()) read();
}

void ClientConnection::read_failed(error_code error) {
    if (!exchange_ || !reader_->started()) {
        const bool by_peer = error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated;
        fail(core::Errc::connection, by_peer ? "it closed the connection" : error.message());
        return;
    }
    // TLS that stops without close_notify may have been cut by a third (RFC 9112 section 9.8). But many servers end so,
    // and the head came whole: it is for the asker to say whether the status alone is enough.
    const bool truncated = error == boost::asio::ssl::error::stream_truncated;
    if ((truncated || error == boost::asio::error::eof) && reader_->end()) {
        answer(truncated);
        return;
    }
    fail(core::Errc::connection, "the connection broke in the middle of the answer");
}

void ClientConnection::answer(bool truncated) {
    if (tls_ && !has_answered_) keep_session();
    has_answered_ = true;
    // An answer that came before the request was written leaves the rest of the request in the way of the next.
    const bool reusable = reader_->reusable() && written_;
    OutboundResponse response = reader_->take();
    response.truncated = truncated;
    owner_.answered(*this, std::move(response), reusable);
}

void ClientConnection::fail(core::Errc code, const std::string& what) {
    owner_.failed(*this, core::Error(code, peer_.name + ": " + what));
}

}  // namespace tollgate::net
