// TlsClient: OpenSSL between two memory BIOs, a blocking socket beside them.
#include "tls_client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace tollgate::test {

namespace {

constexpr int patience_ms = 5'000;

SSL_CTX* new_context(const TlsClientOptions& options) {
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, options.min_version);
    SSL_CTX_set_max_proto_version(context, options.max_version);
    // So that weak ones can be offered, and the refusal is the server's.
    SSL_CTX_set_security_level(context, 0);
    if (!options.ciphers.empty() && SSL_CTX_set_cipher_list(context, options.ciphers.c_str()) != 1)
        throw std::runtime_error("unknown ciphers");
    if (!options.ca_file.empty()) {
        SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    return context;
}

}  // namespace

TlsClient::TlsClient(const boost::asio::ip::tcp::endpoint& server, const TlsClientOptions& options)
    : fd_(::socket(server.data()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      context_(new_context(options)),
      ssl_(SSL_new(context_)) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_, server.data(), static_cast<socklen_t>(server.size())) != 0)
        throw std::runtime_error("cannot connect");
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
    if (!options.protocols.empty()) {
        SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(options.protocols.data()),
                            static_cast<unsigned>(options.protocols.size()));
    }
    if (options.session != nullptr) SSL_set_session(ssl_, options.session);
}

TlsClient::~TlsClient() {
    close();
    // Otherwise OpenSSL would take back the session that a test has kept.
    SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl_);
    SSL_CTX_free(context_);
}

bool TlsClient::shake_hands() {
    for (;;) {
        ERR_clear_error();
        const int result = SSL_do_handshake(ssl_);
        if (!flush()) return false;
        if (result == 1) return true;
        if (SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ || !receive()) return false;
    }
}

bool TlsClient::send(std::string_view bytes) {
    if (!SSL_is_init_finished(ssl_) && !shake_hands()) return false;
    constexpr std::size_t piece = 16 * 1024;  // so that the memory BIO stays small
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
        if (SSL_write(ssl_, bytes.data(), static_cast<int>(std::min(piece, bytes.size()))) <= 0) return false;
        if (!flush()) return false;
    }
    return true;
}

std::optional<std::string> TlsClient::read_response() {
    constexpr std::string_view length_name = "\r\nContent-Length: ";
    for (;;) {
        const std::size_t head = pending_.find("\r\n\r\n");
        if (head != std::string::npos) {
            std::size_t size = head + 4;
            const std::size_t length = pending_.find(length_name);
            if (length < head) size += std::strtoull(pending_.c_str() + length + length_name.size(), nullptr, 10);
            if (pending_.size() >= size) {
                std::string response = pending_.substr(0, size);
                pending_.erase(0, size);
                return response;
            }
        }
        char piece[16 * 1024];
        ERR_clear_error();
        const int count = SSL_read(ssl_, piece, sizeof piece);
        if (count > 0) {
            pending_.append(piece, static_cast<std::size_t>(count));
        } else if (SSL_get_error(ssl_, count) != SSL_ERROR_WANT_READ || !receive()) {
            return std::nullopt;
        }
    }
}

std::optional<std::string> TlsClient::read_until_closed() {
    std::string all;
    while (const auto response = read_response()) all += *response;
    const bool ended = closed_ || was_orderly_end();
    if (!ended) return std::nullopt;
    return all + std::exchange(pending_, {});
}

bool TlsClient::was_orderly_end() const {
    return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string TlsClient::protocol() const {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::server_name() const {
    char name[256] = "";
    if (X509* const certificate = SSL_get0_peer_certificate(ssl_); certificate != nullptr)
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    return name;
}

Session TlsClient::session() const {
    return Session(SSL_get1_session(ssl_));
}

void TlsClient::close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void TlsClient::reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void TlsClient::close_notify() {
    SSL_shutdown(ssl_);
    flush();
}

bool TlsClient::send_key_updates(int count) {
    for (int i = 0; i < count; ++i) {
        if (SSL_key_update(ssl_, SSL_KEY_UPDATE_REQUESTED) != 1 || SSL_do_handshake(ssl_) != 1) return false;
    }
    return flush();
}

bool TlsClient::renegotiate() {
    return SSL_renegotiate(ssl_) == 1 && shake_hands();
}

std::string TlsClient::seal(std::string_view bytes) {
    SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    return take_outgoing();
}

std::string TlsClient::next_flight() {
    ERR_clear_error();
    SSL_do_handshake(ssl_);
    return take_outgoing();
}

std::string TlsClient::take_outgoing() {
    std::string bytes(BIO_ctrl_pending(SSL_get_wbio(ssl_)), '\0');
    if (!bytes.empty()) BIO_read(SSL_get_wbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

bool TlsClient::flush() {
    return send_raw(take_outgoing());
}

bool TlsClient::send_raw(std::string_view bytes) {
    while (!bytes.empty()) {
        pollfd poll{fd_, POLLOUT, 0};
        if (::poll(&poll, 1, patience_ms) <= 0) return false;
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) return false;
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool TlsClient::receive() {
    pollfd poll{fd_, POLLIN, 0};
    if (closed_ || ::poll(&poll, 1, patience_ms) <= 0) return false;
    char piece[16 * 1024];
    const ssize_t size = ::recv(fd_, piece, sizeof piece, 0);
    closed_ = size <= 0;
    if (size > 0) BIO_write(SSL_get_rbio(ssl_), piece, static_cast<int>(size));
    return size > 0;
}

bool TlsClient::is_closed_by_peer() {
    while (receive()) {
    }
    return closed_;
}

}  // namespace tollgate::test
