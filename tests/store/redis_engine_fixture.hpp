// RedisEngineTest: several nodes on a real redis-server, asked directly.
#pragma once

#include "store/redis_fixture.hpp"
#include "store/samples.hpp"
#include "support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::test {

inline constexpr store::Shard shards = 4;

class RedisEngineTest : public testing::Test {
  protected:
    explicit RedisEngineTest(std::vector<std::string> lines = {"appendonly yes", "appendfsync always"})
        : server_(std::move(lines)) {}

    std::unique_ptr<RedisNode> node(const std::string& name, bool follows = false) {
        auto options = redis_options(server_, shards, name);
        options.follows_others = follows;
        auto made = std::make_unique<RedisNode>(std::move(options), clock_);
        EXPECT_TRUE(made->wait_until_ready());
        return made;
    }

    template <class T, class Start>
    static core::Result<T> ask(Start start) {
        return wait_for<T>(std::move(start), [] { return false; });
    }
    static core::Result<std::vector<store::Accepted>> accept(RedisNode& node, std::vector<event::Candidate> batch) {
        using Answers = std::vector<store::Accepted>;
        return ask<Answers>([&](store::Store::Done<Answers> done) { node.store().accept(batch, std::move(done)); });
    }
    static void enrol(RedisNode& node, const std::string& subscriber) {
        value_of(ask<void>([&](store::Store::Done<void> done) {
            node.store().enrol({{subscriber, store::StartFrom::beginning}}, std::move(done));
        }));
    }
    static core::Result<store::LeaseReport> renew(RedisNode& node, store::LeaseRequest request) {
        return ask<store::LeaseReport>(
            [&](store::Store::Done<store::LeaseReport> done) { node.store().renew_leases(request, std::move(done)); });
    }
    static store::LeaseRequest request(std::vector<store::Lease> held = {},
                                       std::chrono::milliseconds lifetime = std::chrono::seconds{60}) {
        return {"orders", lifetime, std::move(held), {}, false};
    }
    static core::Result<void> save(RedisNode& node, store::Shard shard, store::Position cursor,
                                   store::LeaseToken lease) {
        auto update = update_of("orders", shard, cursor);
        update.lease = lease;
        return ask<void>([&](store::Store::Done<void> done) { node.store().save_delivery({update}, std::move(done)); });
    }
    static store::Position cursor(RedisNode& node, store::Shard shard) {
        return value_of(ask<store::DeliveryState>([&](store::Store::Done<store::DeliveryState> done) {
                   node.store().load_delivery("orders", shard, std::move(done));
               }))
            .cursor;
    }
    static store::LogPage log(RedisNode& node, store::Shard shard) {
        return value_of(ask<store::LogPage>([&](store::Store::Done<store::LogPage> done) {
            node.store().read_log(shard, 0, 1000, 1 << 20, std::move(done));
        }));
    }
    static bool within(std::chrono::milliseconds most, const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + most;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
        }
        return true;
    }

    ManualClock clock_;
    RedisServer server_;
};

}  // namespace tollgate::test
