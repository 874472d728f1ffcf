// TlsClient: a blocking TLS client on loopback for tests that choose versions, ciphers and sessions, or cut it short.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::test {

struct SessionDeleter {
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using Session = std::unique_ptr<SSL_SESSION, SessionDeleter>;

struct TlsClientOptions {
    int min_version = TLS1_2_VERSION;
    int max_version = TLS1_3_VERSION;
    std::string ciphers{};    ///< of TLS 1.2, as OpenSSL spells them; empty: its own choice
    std::string protocols{};  ///< ALPN, as on the wire ("\x08http/1.1"); empty: none
    std::string ca_file{};    ///< empty: the peer is not verified
    SSL_SESSION* session = nullptr;
};

/// Throws std::runtime_error when it cannot connect; what the server does is told by return values. Whatever is waited
/// for comes within five seconds or not at all.
class TlsClient {
  public:
    explicit TlsClient(const boost::asio::ip::tcp::endpoint& server, const TlsClientOptions& options = {});
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    bool shake_hands();
    /// Everything. False when the peer has gone or does not read.
    bool send(std::string_view bytes);
    /// One answer: its header and as much body as its Content-Length says. Nothing when the peer closes first.
    std::optional<std::string> read_response();
    /// All that comes until the peer ends; nothing when it does not.
    std::optional<std::string> read_until_closed();

    /// After an end was read: whether it was TLS's own (close_notify).
    [[nodiscard]] bool was_orderly_end() const;
    [[nodiscard]] bool was_resumed() const { return SSL_session_reused(ssl_) == 1; }
    [[nodiscard]] std::string version() const { return SSL_get_version(ssl_); }
    [[nodiscard]] std::string protocol() const;
    /// The common name in the server's certificate.
    [[nodiscard]] std::string server_name() const;
    /// What a later client may resume; in TLS 1.3 only after something was read.
    [[nodiscard]] Session session() const;

    void close();
    /// Closes with a reset instead of an orderly end.
    void reset();
    void close_notify();
    /// TLS 1.3: as many key updates, each asking for one of the server's, in one go. False when the peer has gone.
    bool send_key_updates(int count);

    /// TLS 1.2: whether the server shakes hands anew on an open connection.
    bool renegotiate();
    /// What send() would send.
    std::string seal(std::string_view bytes);

    /// One turn of the handshake without the network: the bytes that would be sent now.
    std::string next_flight();
    bool send_raw(std::string_view bytes);
    /// Takes what the server sends into the handshake; false when it closed.
    bool receive();
    /// Whether the peer closes, whatever it sends before.
    bool is_closed_by_peer();

  private:
    std::string take_outgoing();
    bool flush();

    int fd_;
    SSL_CTX* context_;
    SSL* ssl_;
    std::string pending_;
    bool closed_ = false;
};

}  // namespace tollgate::test
