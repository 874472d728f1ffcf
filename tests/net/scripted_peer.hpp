// ScriptedPeer: a server of blocking sockets on loopback that does to each connection what a test's script says.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tollgate::test {

/// One accepted connection, on its own thread. Everything blocks; after the other side has gone, reads give nothing.
class PeerConnection {
  public:
    PeerConnection(int socket, int index, SSL_CTX* tls);
    ~PeerConnection();
    PeerConnection(const PeerConnection&) = delete;
    PeerConnection& operator=(const PeerConnection&) = delete;

    /// Connections are numbered from 0.
    [[nodiscard]] int index() const noexcept { return index_; }
    /// Head and body of the next request; empty when there is none any more.
    std::string read_request();
    /// False when the other side has gone.
    bool write(std::string_view bytes);
    /// An answer with Content-Length.
    bool answer(std::string_view body, std::string_view status = "200 OK", std::string_view headers = "");
    void wait_for_close();
    [[nodiscard]] bool was_resumed() const { return SSL_session_reused(tls_) == 1; }
    /// TLS's orderly end.
    void close_notify();

  private:
    bool read_some();

    int socket_;
    int index_;
    SSL* tls_ = nullptr;
    std::string input_;
};

class ScriptedPeer {
  public:
    using Script = std::function<void(PeerConnection&)>;

    /// A connection ends when its script returns. `tls`: null for plain; must outlive the peer.
    explicit ScriptedPeer(Script script, SSL_CTX* tls = nullptr);
    ~ScriptedPeer();
    ScriptedPeer(const ScriptedPeer&) = delete;
    ScriptedPeer& operator=(const ScriptedPeer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] int accepted() const noexcept { return accepted_; }

  private:
    void accept_all();

    Script script_;
    SSL_CTX* tls_;
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_ = 0;
    std::mutex mutex_;
    bool closing_ = false;
    std::vector<int> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

/// Answers every request with `body`.
ScriptedPeer::Script always_answering(std::string body);

}  // namespace tollgate::test
