// TlsSession: OpenSSL over a BIO of our own, which counts what a peer makes us read.
#include "tls_session.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>

namespace tollgate::net {

namespace {

/// OpenSSL handles messages of TLS 1.3 (key updates) one after the other while there are any: a peer that sends nothing
/// else must not keep a loop from its other connections.
constexpr std::size_t share_of_a_step = 32 * 1024;
/// A record holds at most 16 KiB: who has sent four times that and no byte of a request wants only our time.
constexpr std::size_t most_fruitless = 64 * 1024;

boost::system::error_code ssl_error(unsigned long code) {
    return {static_cast<int>(code), boost::asio::error::get_ssl_category()};
}

}  // namespace

std::unique_ptr<TlsSession> TlsSession::create(SSL_CTX* context, int socket) noexcept {
    if (bio_method() == nullptr) return nullptr;
    std::unique_ptr<TlsSession> session(new (std::nothrow) TlsSession(socket));
    if (!session) return nullptr;
    session->ssl_ = SSL_new(context);
    BIO* const bio = session->ssl_ != nullptr ? BIO_new(bio_method()) : nullptr;
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, session.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(session->ssl_, bio, bio);
    SSL_set_accept_state(session->ssl_);
    return session;
}

TlsSession::~TlsSession() {
    close_notify();
    SSL_free(ssl_);
}

TlsSession::Step TlsSession::read(std::span<char> space) noexcept {
    ERR_clear_error();
    share_is_used_ = false;
    received_ = 0;
    const int size = static_cast<int>(std::min<std::size_t>(space.size(), INT_MAX));
    Step step = conclude(SSL_read(ssl_, space.data(), size));
    fruitless_ = step.size > 0 ? 0 : fruitless_ + received_;
    if (!step.error && fruitless_ > most_fruitless) {
        failed_ = true;
        step.error = ssl_error(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_TOO_MANY_KEY_UPDATES));
    }
    return step;
}

TlsSession::Step TlsSession::write(std::string_view bytes) noexcept {
    ERR_clear_error();
    const int size = static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX));
    return conclude(SSL_write(ssl_, bytes.data(), size));
}

TlsSession::Step TlsSession::conclude(int result) noexcept {
    if (!established_) established_ = SSL_is_init_finished(ssl_) == 1;
    if (result > 0) return {Wants::nothing, {}, static_cast<std::size_t>(result)};
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_WANT_READ:
            return {share_is_used_ ? Wants::other_turn : Wants::readable, {}, 0};
        case SSL_ERROR_WANT_WRITE:
            return {Wants::writable, {}, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {Wants::nothing, boost::asio::error::eof, 0};
        case SSL_ERROR_SYSCALL:
            failed_ = true;
            // Without a close_notify it is an end like any other: requests carry their own length, so nothing can be
            // cut unseen.
            if (system_error_ == 0) return {Wants::nothing, boost::asio::error::eof, 0};
            return {Wants::nothing, {system_error_, boost::system::system_category()}, 0};
        default:
            break;
    }
    failed_ = true;
    const unsigned long code = ERR_get_error();
    return {Wants::nothing, ssl_error(code), 0};
}

void TlsSession::close_notify() noexcept {
    // After a failure OpenSSL forbids it, and in a handshake it means nothing.
    if (ssl_ == nullptr || !established_ || failed_ || has_said_goodbye_) return;
    has_said_goodbye_ = true;
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
}

int TlsSession::bio_read(BIO* bio, char* space, int size) noexcept {
    auto& session = *static_cast<TlsSession*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (session.received_ >= share_of_a_step) {
        session.share_is_used_ = true;
        BIO_set_retry_read(bio);
        return -1;
    }
    ssize_t received = 0;
    do {
        received = ::recv(session.socket_, space, static_cast<std::size_t>(size), MSG_DONTWAIT);
    } while (received < 0 && errno == EINTR);
    if (received > 0) session.received_ += static_cast<std::size_t>(received);
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_read(bio);
    session.system_error_ = received < 0 ? errno : 0;
    return static_cast<int>(received);
}

int TlsSession::bio_write(BIO* bio, const char* bytes, int size) noexcept {
    auto& session = *static_cast<TlsSession*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    ssize_t sent = 0;
    do {
        // MSG_NOSIGNAL: a peer that is gone is an error code, not the end.
        sent = ::send(session.socket_, bytes, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_write(bio);
    session.system_error_ = sent < 0 ? errno : 0;
    return static_cast<int>(sent);
}

const BIO_METHOD* TlsSession::bio_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tollgate socket");
        if (made == nullptr) return made;
        BIO_meth_set_read(made, [](BIO* bio, char* space, int size) { return bio_read(bio, space, size); });
        BIO_meth_set_write(made, [](BIO* bio, const char* bytes, int size) { return bio_write(bio, bytes, size); });
        // OpenSSL flushes after each flight; here nothing is kept back.
        BIO_meth_set_ctrl(made,
                          [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH ? 1 : 0; });
        return made;
    }();
    return method;
}

}  // namespace tollgate::net
