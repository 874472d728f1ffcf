// RedisSentinels: a master, a replica and three Sentinels on local ports, whose master can be killed.
#pragma once

#include "support/redis_server.hpp"

#include <tollgate/store/redis.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::test {

/// The Sentinels give up a master after two and a half seconds of silence. Not after one: they ping a new master only
/// when it has been theirs for a second, and would take it for down just then.
class RedisSentinels {
  public:
    RedisSentinels() {
        const std::string master = "127.0.0.1 " + std::to_string(first_.port());
        for (int i = 0; i < 3; ++i) {
            sentinels_.push_back(std::make_unique<RedisServer>(RedisServer::Options{
                {"sentinel monitor orders " + master + " 2", "sentinel down-after-milliseconds orders 2500",
                 "sentinel failover-timeout orders 5000"},
                RedisServer::Doors::tcp,
                true}));
        }
    }

    [[nodiscard]] store::RedisAddress address() const {
        store::RedisAddress address;
        address.mode = store::RedisMode::sentinel;
        address.master = "orders";
        address.timeout = std::chrono::seconds{2};
        for (const auto& sentinel : sentinels_) address.sentinels.push_back({"127.0.0.1", sentinel->port()});
        return address;
    }
    /// Each knows the others and a replica, which follows its master: only then can they agree on a new one.
    [[nodiscard]] bool are_ready() const {
        for (const auto& sentinel : sentinels_) {
            const std::string line = sentinel->info("master0");
            if (line.find("status=ok") == std::string::npos) return false;
            if (line.find("slaves=1,sentinels=3") == std::string::npos) return false;
        }
        const RedisServer& one = first_.info("role") == "master" ? second_ : first_;
        return one.info("role") == "slave" && one.info("master_link_status") == "up";
    }
    /// Throws when it does not come true within a minute.
    void wait_until_ready() const {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
        while (!are_ready()) {
            if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the Sentinels do not agree");
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
    }
    [[nodiscard]] RedisServer& master() { return first_.info("role") == "master" ? first_ : second_; }
    /// The master dies, the replica becomes the master, and the dead one comes back behind it. Throws when none does
    /// within a minute.
    void fail_over() {
        RedisServer& dies = master();
        RedisServer& lives = &dies == &first_ ? second_ : first_;
        dies.kill();
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
        while (lives.info("role") != "master") {
            if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("no other master");
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
        dies.configure({"replicaof 127.0.0.1 " + std::to_string(lives.port())});
        dies.start();
    }
    [[nodiscard]] RedisServer& first() noexcept { return first_; }
    [[nodiscard]] RedisServer& second() noexcept { return second_; }
    [[nodiscard]] RedisServer& sentinel(std::size_t index) { return *sentinels_.at(index); }

  private:
    /// One that came back without what it had would be as good as any other to the Sentinels.
    static std::vector<std::string> lasting(std::vector<std::string> more = {}) {
        more.insert(more.end(), {"appendonly yes", "appendfsync always"});
        return more;
    }

    RedisServer first_{RedisServer::Options{lasting(), RedisServer::Doors::tcp}};
    RedisServer second_{RedisServer::Options{lasting({"replicaof 127.0.0.1 " + std::to_string(first_.port())}),
                                             RedisServer::Doors::tcp}};
    std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

}  // namespace tollgate::test
