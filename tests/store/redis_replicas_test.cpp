// What a master has and its replicas do not: nobody is told of it.
#include "store/redis_replicas.hpp"

#include "store/redis_engine_fixture.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class RedisReplicasTest : public testing::Test {
  protected:
    using Log = core::Result<store::LogPage>;

    /// In the log is one event, and both have read it.
    RedisReplicasTest() {
        EXPECT_TRUE(within(10s, [&] { return replica_.info("master_link_status") == "up"; }));
        value_of(accept(*other_, pending("first")));
        EXPECT_TRUE(within(10s, [&] { return log(*careful_).has_value(); }));
    }

    std::unique_ptr<RedisNode> node(std::uint32_t wait_replicas) {
        store::RedisOptions options;
        options.address.server = {"127.0.0.1", master_.port()};
        options.address.timeout = 2s;
        options.shards = 1;
        options.node = "waits-for-" + std::to_string(wait_replicas);
        options.wait_replicas = wait_replicas;
        auto made = std::make_unique<RedisNode>(std::move(options), clock_);
        EXPECT_TRUE(made->wait_until_ready());
        return made;
    }
    template <class Holds>
    static bool within(std::chrono::milliseconds most, Holds holds) {
        const auto deadline = std::chrono::steady_clock::now() + most;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(5ms);
        }
        return true;
    }
    static core::Result<std::vector<store::Accepted>> accept(RedisNode& node, event::Candidate candidate) {
        using Answers = std::vector<store::Accepted>;
        return wait_for<Answers>(
            [&](store::Store::Done<Answers> done) { node.store().accept({std::move(candidate)}, std::move(done)); },
            [] { return false; });
    }
    static Log log(RedisNode& node, store::Position after = 0) {
        return wait_for<store::LogPage>(
            [&](store::Store::Done<store::LogPage> done) {
                node.store().read_log(0, after, 100, 1 << 20, std::move(done));
            },
            [] { return false; });
    }
    static std::size_t count(const Log& page) { return value_of(page).entries.size(); }

    const core::SystemClock clock_;  // whose time passes
    RedisServer master_{RedisServer::Options{{"repl-diskless-sync-delay 0"}, RedisServer::Doors::tcp}};
    RedisServer replica_{
        RedisServer::Options{{"replicaof 127.0.0.1 " + std::to_string(master_.port())}, RedisServer::Doors::tcp}};
    const std::unique_ptr<RedisNode> careful_ = node(1);
    const std::unique_ptr<RedisNode> other_ = node(0);  ///< as a node of another configuration would be
};

TEST_F(RedisReplicasTest, WhatNoReplicaHasIsNotRead) {
    value_of(accept(*careful_, pending("ref-1")));
    value_of(accept(*other_, pending("ref-2")));
    EXPECT_EQ(count(log(*careful_)), 3U) << "whoever wrote it";

    replica_.freeze();
    value_of(accept(*other_, succeeded("ref-1")));
    EXPECT_EQ(count(log(*other_)), 4U);
    const auto refused = log(*careful_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::unknown_outcome);
    EXPECT_THAT(refused.error().message, HasSubstr("only 0 replicas of 1 have it"));
    EXPECT_EQ(count(log(*careful_, 4)), 0U) << "of nothing there is nothing to ask";

    replica_.thaw();
    EXPECT_TRUE(within(10s, [&] { return log(*careful_).has_value(); }));
    EXPECT_EQ(count(log(*careful_)), 4U);
}

TEST_F(RedisReplicasTest, WhatIsOnTheReplicasIsNotAskedForAgain) {
    value_of(accept(*careful_, pending("ref-1")));
    replica_.freeze();
    EXPECT_EQ(count(log(*careful_)), 2U) << "it was waited for when it was written";
}

TEST_F(RedisReplicasTest, ManyReadersShareAQuestion) {
    value_of(accept(*other_, pending("ref-1")));
    ASSERT_EQ(master_.ask({"CONFIG", "RESETSTAT"}), "OK");
    std::atomic<int> read{0};
    for (int reader = 0; reader < 100; ++reader) {
        careful_->store().read_log(0, 0, 100, 1 << 20, [&](const Log& page) {
            if (page && page->entries.size() == 2) ++read;
        });
    }
    EXPECT_TRUE(within(10s, [&] { return read == 100; }));
    EXPECT_THAT(master_.info("cmdstat_wait"), testing::MatchesRegex("calls=[0-9]{1,2},.*")) << "not a hundred";
}

TEST_F(RedisReplicasTest, WhatIsKnownAlreadyIsNoAnswerUntilTheReplicasKnowIt) {
    auto known = pending("ref-1");
    known.journal = {};  // a repeat of it changes nothing, not even how often it came
    replica_.freeze();
    value_of(accept(*other_, known));
    const auto refused = accept(*careful_, known);
    ASSERT_FALSE(refused) << "a failover would take away what made it a duplicate";
    EXPECT_EQ(refused.error().code, core::Errc::unknown_outcome);
    replica_.thaw();
    core::Result<std::vector<store::Accepted>> again = refused;
    EXPECT_TRUE(within(10s, [&] { return (again = accept(*careful_, known)).has_value(); }));
    EXPECT_EQ(value_of(again).front().outcome, event::Outcome::duplicate);
}

TEST_F(RedisReplicasTest, AFullRedisCanStillBeReadFrom) {
    value_of(accept(*other_, pending("ref-1")));
    ASSERT_EQ(master_.ask({"CONFIG", "SET", "maxmemory", "1"}), "OK");
    EXPECT_FALSE(accept(*other_, pending("ref-2")));
    EXPECT_EQ(count(log(*careful_)), 2U) << "what is delivered is what makes room";
}

}  // namespace
}  // namespace tollgate::test
