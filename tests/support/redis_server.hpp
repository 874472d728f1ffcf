// RedisServer: a real redis-server for one test, in a folder of its own, that can be stopped, killed, frozen and
// restarted.
#pragma once

#include "support/temporary_directory.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::test {

/// The process ends with the object, and with the thread that started it. It always listens on a unix socket, by which
/// the fixture itself talks to it, and on a free port of 127.0.0.1 when asked to. Nothing is written to disk unless the
/// configuration says so ("appendonly yes").
class RedisServer {
  public:
    enum class Doors : std::uint8_t { unix_socket, tcp, tls };
    struct Options {
        /// As in redis.conf, after the fixture's own lines: what is said last counts. Of "requirepass" the fixture
        /// takes notice, so that ask() goes on working.
        std::vector<std::string> lines;
        Doors doors = Doors::unix_socket;  ///< tls: the port speaks TLS alone; lines give tls-cert-file and so on
        bool sentinel = false;             ///< a Sentinel; its lines are "sentinel monitor ...", it has a port
    };

    /// Starts it and waits until it answers. Throws std::runtime_error, with the end of its log, when it does not.
    RedisServer() : RedisServer(Options{}) {}
    explicit RedisServer(Options options);
    explicit RedisServer(std::vector<std::string> lines) : RedisServer(Options{std::move(lines)}) {}
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    [[nodiscard]] std::string unix_socket() const { return (directory_.path() / "redis.sock").string(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }  ///< 0 without one
    [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_.path(); }
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    /// Of a server that was stopped or killed: on the same data, port and configuration.
    void start();
    /// The same without waiting until it answers: it may still be LOADING.
    void start_without_waiting();
    /// Until it answers PING, or refuses it for want of a password.
    void wait_until_it_answers();
    void stop();    ///< SIGTERM: it saves what it is configured to save
    void kill();    ///< SIGKILL
    void freeze();  ///< SIGSTOP: connections stay, nothing is answered
    void thaw();    ///< SIGCONT
    [[nodiscard]] bool is_running() const noexcept { return pid_ > 0; }

    /// More lines for the next start.
    void configure(std::vector<std::string> lines);
    /// One command by the fixture's own connection, its answer as text: integers in digits, nothing as "(nil)", errors
    /// behind "(error) ", the elements of an array one a line.
    std::string ask(std::initializer_list<std::string_view> arguments) const;
    std::string ask(const std::vector<std::string_view>& arguments) const;
    /// The value of one line of INFO.
    [[nodiscard]] std::string info(std::string_view name) const;
    /// The whole of its log.
    [[nodiscard]] std::string log() const;

  private:
    void write_configuration() const;
    void spawn();
    void end(int signal);
    [[nodiscard]] bool has_exited();

    TemporaryDirectory directory_;
    Options options_;
    std::string password_;
    std::uint16_t port_ = 0;
    pid_t pid_ = 0;
};

/// A port of 127.0.0.1 that nobody used a moment ago.
std::uint16_t free_port();

}  // namespace tollgate::test
