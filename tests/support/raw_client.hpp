// RawClient: a blocking loopback socket for tests that say exactly which bytes go out, and wait with a deadline.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace tollgate::test {

/// Throws std::runtime_error only when it cannot connect; what the server does is told by return values.
class RawClient {
  public:
    using Duration = std::chrono::milliseconds;

    /// `receive_buffer`: SO_RCVBUF in bytes, for a reader that is slow on purpose.
    explicit RawClient(const boost::asio::ip::tcp::endpoint& server, std::optional<int> receive_buffer = {})
        : fd_(::socket(server.data()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (fd_ < 0) throw std::runtime_error("no socket");
        if (receive_buffer) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &*receive_buffer, sizeof(int));
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(fd_, server.data(), static_cast<socklen_t>(server.size())) != 0) {
            close();
            throw std::runtime_error("cannot connect");
        }
    }
    RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), pending_(std::move(other.pending_)) {}
    RawClient& operator=(RawClient&&) = delete;
    ~RawClient() { close(); }

    /// Everything, in as few packets as the kernel likes. False when the peer has gone or does not read for five
    /// seconds.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            if (!ready(POLLOUT, Duration{5'000})) return false;
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno != EAGAIN) return false;
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// All that comes until the peer closes; nothing when it has not closed at the deadline. A reset counts as closed.
    std::optional<std::string> read_until_closed(Duration within = Duration{5'000}) {
        const auto deadline = Clock::now() + within;
        while (receive(deadline)) {
        }
        if (!closed_) return std::nullopt;
        return std::exchange(pending_, {});
    }

    /// One answer: its header and as much body as its Content-Length says (none on 1xx). Nothing at the deadline, or
    /// when the peer closes first.
    std::optional<std::string> read_response(Duration within = Duration{5'000}) {
        const auto deadline = Clock::now() + within;
        for (;;) {
            if (const auto size = response_size(); size && pending_.size() >= *size) {
                std::string response = pending_.substr(0, *size);
                pending_.erase(0, *size);
                return response;
            }
            if (!receive(deadline)) return std::nullopt;
        }
    }

    /// Whether the peer sends nothing and does not close for so long.
    bool silent_for(Duration time) {
        const std::size_t before = pending_.size();
        receive(Clock::now() + time);
        return !closed_ && pending_.size() == before;
    }

    /// Whether the end that was read was a reset instead of an orderly one.
    [[nodiscard]] bool was_reset() const { return was_reset_; }

    void shutdown_send() { ::shutdown(fd_, SHUT_WR); }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    /// Closes with a reset instead of an orderly end.
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close();
    }

  private:
    using Clock = std::chrono::steady_clock;

    bool ready(short events, Duration within) const {
        pollfd poll{fd_, events, 0};
        return ::poll(&poll, 1, static_cast<int>(within.count())) > 0;
    }

    /// Waits for one more piece; false when it was closed or too late.
    bool receive(Clock::time_point deadline) {
        const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
        if (closed_ || left.count() < 0 || !ready(POLLIN, left)) return false;
        char piece[16 * 1024];
        const ssize_t size = ::recv(fd_, piece, sizeof piece, 0);
        closed_ = size <= 0;
        was_reset_ = size < 0;
        if (size > 0) pending_.append(piece, static_cast<std::size_t>(size));
        return size > 0;
    }

    [[nodiscard]] std::optional<std::size_t> response_size() const {
        const std::size_t head = pending_.find("\r\n\r\n");
        if (head == std::string::npos) return std::nullopt;
        std::size_t body = 0;
        const std::string_view name = "\r\nContent-Length: ";
        if (const std::size_t length = pending_.find(name); length < head) {
            const char* digits = pending_.data() + length + name.size();
            std::from_chars(digits, pending_.data() + head, body);
        }
        return head + 4 + body;
    }

    int fd_;
    bool closed_ = false;
    bool was_reset_ = false;
    std::string pending_;
};

}  // namespace tollgate::test
