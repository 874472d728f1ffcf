// Starts and ends redis-server processes, and talks to them by hiredis, blocking.
#include "redis_server.hpp"

#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace tollgate::test {

namespace {

using namespace std::chrono_literals;

/// Sanitizers and compilers on the same machine make everything slow; nothing waits this long unless it is broken.
constexpr auto patience = 30s;
constexpr auto pause_between_looks = 5ms;

struct Free {
    void operator()(redisContext* context) const noexcept { redisFree(context); }
    void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using Connection = std::unique_ptr<redisContext, Free>;
using Reply = std::unique_ptr<redisReply, Free>;

std::string to_text(const redisReply& reply) {
    const std::string text = reply.str == nullptr ? std::string() : std::string(reply.str, reply.len);
    switch (reply.type) {
        case REDIS_REPLY_INTEGER:
            return std::to_string(reply.integer);
        case REDIS_REPLY_NIL:
            return "(nil)";
        case REDIS_REPLY_ERROR:
            return "(error) " + text;
        case REDIS_REPLY_ARRAY:
            break;
        default:
            return text;
    }
    std::string lines;
    for (std::size_t i = 0; i < reply.elements; ++i) {
        if (i > 0) lines.push_back('\n');
        lines.append(to_text(*reply.element[i]));
    }
    return lines;
}

/// Empty when the server is not there.
Reply command(redisContext& connection, const std::vector<std::string_view>& arguments) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string_view argument : arguments) {
        texts.push_back(argument.data());
        sizes.push_back(argument.size());
    }
    return Reply(static_cast<redisReply*>(
        redisCommandArgv(&connection, static_cast<int>(texts.size()), texts.data(), sizes.data())));
}

Reply ask_once(const std::string& socket, const std::string& password, const std::vector<std::string_view>& arguments) {
    constexpr timeval limit{30, 0};
    const Connection connection(redisConnectUnixWithTimeout(socket.c_str(), limit));
    if (!connection || connection->err != 0) return nullptr;
    redisSetTimeout(connection.get(), limit);
    if (!password.empty() && !command(*connection, {"AUTH", password})) return nullptr;
    return command(*connection, arguments);
}

}  // namespace

std::uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool good = ::bind(probe, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                      ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(probe);
    if (!good) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

RedisServer::RedisServer(Options options) : options_(std::move(options)) {
    configure({});
    const bool has_port = options_.doors != Doors::unix_socket || options_.sentinel;
    // Between looking for a port and listening on it somebody else may take it.
    for (int attempt = 1;; ++attempt) {
        if (has_port) port_ = free_port();
        try {
            start();
            return;
        } catch (const std::runtime_error&) {
            if (is_running()) end(SIGKILL);
            if (!has_port || attempt == 5) throw;
        }
    }
}

RedisServer::~RedisServer() {
    if (is_running()) end(SIGKILL);
}

void RedisServer::configure(std::vector<std::string> lines) {
    for (std::string& line : lines) options_.lines.push_back(std::move(line));
    for (const std::string& line : options_.lines) {
        if (line.starts_with("requirepass ")) password_ = line.substr(std::string_view("requirepass ").size());
    }
}

void RedisServer::write_configuration() const {
    std::ofstream file(directory_.path() / "redis.conf");
    const bool tls = options_.doors == Doors::tls;
    file << "bind 127.0.0.1\n"
         << "port " << (tls ? 0 : port_) << "\n";
    if (tls) file << "tls-port " << port_ << "\ntls-auth-clients no\n";
    file << "unixsocket " << unix_socket() << "\n"
         << "dir " << directory_.path().string() << "\n"
         << "logfile " << (directory_.path() / "redis.log").string() << "\n"
         << "daemonize no\n";
    if (!options_.sentinel) file << "save \"\"\nappendonly no\n";
    for (const std::string& line : options_.lines) file << line << "\n";
    if (!file.flush()) throw std::runtime_error("cannot write the configuration of redis-server");
}

void RedisServer::start() {
    start_without_waiting();
    wait_until_it_answers();
}

void RedisServer::start_without_waiting() {
    if (is_running()) throw std::logic_error("redis-server runs already");
    // A Sentinel rewrites its file: what it has learnt stays.
    if (!options_.sentinel || !std::filesystem::exists(directory_.path() / "redis.conf")) write_configuration();
    spawn();
}

void RedisServer::spawn() {
    const std::string file = (directory_.path() / "redis.conf").string();
    const std::string log_file = (directory_.path() / "redis.log").string();
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("cannot fork");
    if (child == 0) {
        // Only what is safe after a fork in a program with threads.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(log, STDOUT_FILENO);
        ::dup2(log, STDERR_FILENO);
        const char* const sentinel = options_.sentinel ? "--sentinel" : nullptr;
        ::execlp("redis-server", "redis-server", file.c_str(), sentinel, nullptr);
        ::_exit(127);
    }
    pid_ = child;
}

bool RedisServer::has_exited() {
    if (::waitpid(pid_, nullptr, WNOHANG) != pid_) return false;
    pid_ = 0;
    return true;
}

void RedisServer::wait_until_it_answers() {
    const auto limit = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const Reply reply = ask_once(unix_socket(), password_, {"PING"});
        if (reply) {
            const std::string answer = to_text(*reply);
            if (answer == "PONG" || answer.starts_with("(error) NOAUTH") || answer.starts_with("(error) NOPERM"))
                return;
        }
        if (has_exited()) throw std::runtime_error("redis-server ended at its start:\n" + log());
        if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("redis-server is silent:\n" + log());
        std::this_thread::sleep_for(pause_between_looks);
    }
}

void RedisServer::end(int signal) {
    ::kill(pid_, signal);
    // A frozen process takes only SIGKILL.
    if (signal != SIGKILL) ::kill(pid_, SIGCONT);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

void RedisServer::stop() {
    end(SIGTERM);
}

void RedisServer::kill() {
    end(SIGKILL);
}

void RedisServer::freeze() {
    ::kill(pid_, SIGSTOP);
}

void RedisServer::thaw() {
    ::kill(pid_, SIGCONT);
}

std::string RedisServer::ask(std::initializer_list<std::string_view> arguments) const {
    return ask(std::vector<std::string_view>(arguments));
}

std::string RedisServer::ask(const std::vector<std::string_view>& arguments) const {
    const Reply reply = ask_once(unix_socket(), password_, arguments);
    if (!reply) throw std::runtime_error("redis-server does not answer");
    return to_text(*reply);
}

/// Whoever becomes a master or a replica closes its clients' connections, with questions that it has not answered yet.
/// This one may be asked again.
std::string RedisServer::info(std::string_view name) const {
    Reply reply;
    for (int tries = 0; !reply && tries < 3; ++tries)
        reply = ask_once(unix_socket(), password_, {"INFO", "everything"});
    if (!reply) throw std::runtime_error("redis-server does not answer");
    std::istringstream lines(to_text(*reply));
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ':') continue;
        if (line.ends_with('\r')) line.pop_back();
        return line.substr(name.size() + 1);
    }
    return {};
}

std::string RedisServer::log() const {
    std::ifstream file(directory_.path() / "redis.log");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace tollgate::test
