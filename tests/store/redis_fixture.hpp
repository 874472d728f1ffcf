// RedisNode: one redis Store with a loop of its own, as a node of a gateway has it, on a server that the test started.
#pragma once

#include "store/embedded_fixture.hpp"
#include "support/redis_server.hpp"

#include <tollgate/net/loop.hpp>
#include <tollgate/store/redis.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::test {

/// Remembers what a redis store told.
class RecordingRedisObserver final : public store::RedisObserver {
  public:
    void redis_connected(std::string_view durability, const std::vector<std::string>& warnings,
                         bool may_have_forgotten) override {
        const std::lock_guard lock(mutex_);
        durability_ = durability;
        warnings_ = warnings;
        ++connected_;
        if (may_have_forgotten) ++forgotten_;
    }
    void redis_lost(std::string_view why) override {
        const std::lock_guard lock(mutex_);
        lost_.emplace_back(why);
    }
    void redis_refused(std::string_view why) override {
        const std::lock_guard lock(mutex_);
        refused_.emplace_back(why);
    }
    void redis_takes_again() override {
        const std::lock_guard lock(mutex_);
        ++takes_again_;
    }
    [[nodiscard]] std::vector<std::string> refused() const {
        const std::lock_guard lock(mutex_);
        return refused_;
    }
    [[nodiscard]] int takes_again() const {
        const std::lock_guard lock(mutex_);
        return takes_again_;
    }
    [[nodiscard]] std::vector<std::string> warnings() const {
        const std::lock_guard lock(mutex_);
        return warnings_;
    }
    [[nodiscard]] std::vector<std::string> lost() const {
        const std::lock_guard lock(mutex_);
        return lost_;
    }
    [[nodiscard]] int times_forgotten() const {
        const std::lock_guard lock(mutex_);
        return forgotten_;
    }

  private:
    mutable std::mutex mutex_;
    std::string durability_;
    std::vector<std::string> warnings_;
    std::vector<std::string> lost_;
    std::vector<std::string> refused_;
    int takes_again_ = 0;
    int connected_ = 0;
    int forgotten_ = 0;
};

class RedisNode {
  public:
    RedisNode(store::RedisOptions options, const core::Clock& clock) {
        store_ = value_of(store::open_redis(std::move(options), loop_, clock, faults_, observer_, told_));
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~RedisNode() {
        loop_.stop();
        thread_.join();
        store_.reset();
    }
    RedisNode(const RedisNode&) = delete;
    RedisNode& operator=(const RedisNode&) = delete;

    [[nodiscard]] store::Store& store() { return *store_; }
    [[nodiscard]] RecordingRedisObserver& told() { return told_; }

    /// False after ten seconds.
    [[nodiscard]] bool wait_until_ready(bool ready = true) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        while (store_->ready() != ready) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
        return true;
    }

  private:
    NoFaults faults_;
    CountingObserver observer_;
    RecordingRedisObserver told_;
    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
    std::unique_ptr<store::Store> store_;
    std::thread thread_;
};

inline store::RedisOptions redis_options(const RedisServer& server, store::Shard shards, std::string node = "node-a",
                                         std::string prefix = "tollgate") {
    store::RedisOptions options;
    options.address.unix_socket = server.unix_socket();
    options.shards = shards;
    options.node = std::move(node);
    options.prefix = std::move(prefix);
    return options;
}

}  // namespace tollgate::test
