// The blocking side of the client's tests.
#include "scripted_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <unistd.h>

namespace tollgate::test {

PeerConnection::PeerConnection(int socket, int index, SSL_CTX* tls) : socket_(socket), index_(index) {
    if (tls == nullptr) return;
    tls_ = SSL_new(tls);
    SSL_set_fd(tls_, socket_);
    SSL_accept(tls_);  // when it fails, so does the first read
}

PeerConnection::~PeerConnection() {
    SSL_free(tls_);
}

bool PeerConnection::read_some() {
    char buffer[4096];
    const long size =
        tls_ != nullptr ? SSL_read(tls_, buffer, sizeof buffer) : ::recv(socket_, buffer, sizeof buffer, 0);
    if (size > 0) input_.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
}

std::string PeerConnection::read_request() {
    std::size_t head = 0;
    while ((head = input_.find("\r\n\r\n")) == std::string::npos) {
        if (!read_some()) return {};
    }
    constexpr std::string_view length_name = "\r\nContent-Length: ";
    std::size_t total = head + 4;
    const std::size_t length = input_.find(length_name);
    if (length < head) total += std::strtoull(input_.c_str() + length + length_name.size(), nullptr, 10);
    while (input_.size() < total) {
        if (!read_some()) return {};
    }
    std::string request = input_.substr(0, total);
    input_.erase(0, total);
    return request;
}

bool PeerConnection::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const long size = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                          : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

bool PeerConnection::answer(std::string_view body, std::string_view status, std::string_view headers) {
    std::string bytes = "HTTP/1.1 ";
    bytes.append(status).append("\r\n").append(headers);
    bytes.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    return write(bytes);
}

void PeerConnection::wait_for_close() {
    while (read_some()) input_.clear();
}

void PeerConnection::close_notify() {
    SSL_shutdown(tls_);
}

ScriptedPeer::ScriptedPeer(Script script, SSL_CTX* tls)
    : script_(std::move(script)), tls_(tls), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, name, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, name, &size) != 0) {
        throw std::runtime_error("the peer cannot listen");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedPeer::~ScriptedPeer() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
}

void ScriptedPeer::accept_all() {
    for (;;) {
        const int socket = ::accept(listener_, nullptr, nullptr);
        if (socket < 0) return;
        const std::lock_guard lock(mutex_);
        sockets_.push_back(socket);
        if (closing_) return;
        const int index = accepted_++;
        threads_.emplace_back([this, socket, index] {
            PeerConnection connection(socket, index, tls_);
            script_(connection);
            // Closed only at the end, so that no other connection gets the same number meanwhile.
            ::shutdown(socket, SHUT_RDWR);
        });
    }
}

ScriptedPeer::Script always_answering(std::string body) {
    return [body = std::move(body)](PeerConnection& connection) {
        while (!connection.read_request().empty()) connection.answer(body);
    };
}

}  // namespace tollgate::test
