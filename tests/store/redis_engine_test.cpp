// What only the redis engine has to show: nodes beside each other, a Redis that restarts, refuses, forgets or is
// another's.
#include "store/redis_fixture.hpp"
#include "store/samples.hpp"
#include "support/manual_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <set>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using store::Lease;
using store::Store;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr store::Shard shards = 4;

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
        return ask<Answers>([&](Store::Done<Answers> done) { node.store().accept(batch, std::move(done)); });
    }
    static void enrol(RedisNode& node, const std::string& subscriber) {
        value_of(ask<void>([&](Store::Done<void> done) {
            node.store().enrol({{subscriber, store::StartFrom::beginning}}, std::move(done));
        }));
    }
    static core::Result<store::LeaseReport> renew(RedisNode& node, store::LeaseRequest request) {
        return ask<store::LeaseReport>(
            [&](Store::Done<store::LeaseReport> done) { node.store().renew_leases(request, std::move(done)); });
    }
    static store::LeaseRequest request(std::vector<Lease> held = {}, std::chrono::milliseconds lifetime = 60s) {
        return {"orders", lifetime, std::move(held), {}, false};
    }
    static core::Result<void> save(RedisNode& node, store::Shard shard, store::Position cursor,
                                   store::LeaseToken lease) {
        auto update = update_of("orders", shard, cursor);
        update.lease = lease;
        return ask<void>([&](Store::Done<void> done) { node.store().save_delivery({update}, std::move(done)); });
    }
    static store::Position cursor(RedisNode& node, store::Shard shard) {
        return value_of(ask<store::DeliveryState>([&](Store::Done<store::DeliveryState> done) {
                   node.store().load_delivery("orders", shard, std::move(done));
               }))
            .cursor;
    }
    static store::LogPage log(RedisNode& node, store::Shard shard) {
        return value_of(ask<store::LogPage>([&](Store::Done<store::LogPage> done) {
            node.store().read_log(shard, 0, 1000, 1 << 20, std::move(done));
        }));
    }
    static bool within(std::chrono::milliseconds most, const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + most;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            std::this_thread::sleep_for(2ms);
        }
        return true;
    }

    ManualClock clock_;
    RedisServer server_;
};

// Leases.

TEST_F(RedisEngineTest, NodesShareTheShardsOfASubscriber) {
    const auto a = node("a");
    const auto b = node("b");
    enrol(*a, "orders");
    auto held_a = value_of(renew(*a, request())).held;
    EXPECT_EQ(held_a.size(), shards);
    EXPECT_THAT(value_of(renew(*b, request())).held, IsEmpty());

    const auto again = value_of(renew(*a, request(held_a)));
    EXPECT_EQ(again.held, held_a) << "what is not given up is still held";
    ASSERT_EQ(again.to_give_up.size(), 2U);
    auto giving = request();
    for (const Lease& lease : held_a) {
        const bool goes = std::ranges::find(again.to_give_up, lease.shard) != again.to_give_up.end();
        (goes ? giving.given_up : giving.held).push_back(lease);
    }
    held_a = value_of(renew(*a, giving)).held;
    EXPECT_EQ(held_a.size(), 2U);
    const auto held_b = value_of(renew(*b, request())).held;
    EXPECT_EQ(held_b.size(), 2U);
    std::set<store::Shard> all;
    for (const auto* held : std::array<const std::vector<Lease>*, 2>{&held_a, &held_b}) {
        for (const Lease& lease : *held) all.insert(lease.shard);
    }
    EXPECT_EQ(all.size(), shards);
}

TEST_F(RedisEngineTest, ADeadNodeIsReplacedWhenItsLeasesEnd) {
    const auto a = node("a");
    const auto b = node("b");
    enrol(*a, "orders");
    EXPECT_EQ(value_of(renew(*a, request({}, 400ms))).held.size(), shards);
    std::vector<Lease> held;
    EXPECT_TRUE(within(10s, [&] {
        held = value_of(renew(*b, request(held, 400ms))).held;
        return held.size() == shards;
    }));
}

TEST_F(RedisEngineTest, ANodeThatStartsAgainTakesOverAtOnce) {
    auto a = node("a");
    enrol(*a, "orders");
    const auto before = value_of(renew(*a, request())).held;
    a = node("a");
    const auto after = value_of(renew(*a, request())).held;
    ASSERT_EQ(after.size(), shards);
    EXPECT_NE(after.front().token, before.front().token);
    const auto fenced = save(*a, before.front().shard, 5, before.front().token);
    ASSERT_FALSE(fenced);
    EXPECT_EQ(fenced.error().code, core::Errc::fenced);
}

TEST_F(RedisEngineTest, WhoLeavesIsReplacedAtOnce) {
    const auto a = node("a");
    const auto b = node("b");
    enrol(*a, "orders");
    auto leaving = request();
    leaving.given_up = value_of(renew(*a, request())).held;
    leaving.leaving = true;
    EXPECT_THAT(value_of(renew(*a, leaving)).held, IsEmpty());
    EXPECT_EQ(value_of(renew(*b, request())).held.size(), shards);
}

TEST_F(RedisEngineTest, ASaveUnderALostLeaseChangesNothing) {
    const auto a = node("a");
    const auto b = node("b");
    enrol(*a, "orders");
    const Lease old = value_of(renew(*a, request({}, 100ms))).held.front();
    value_of(save(*a, old.shard, 3, old.token));
    std::vector<Lease> held;
    EXPECT_TRUE(within(10s, [&] {
        held = value_of(renew(*b, request(held))).held;
        return held.size() == shards;
    }));
    for (const store::LeaseToken token : {old.token, store::LeaseToken{0}}) {
        const auto fenced = save(*a, old.shard, 9, token);
        ASSERT_FALSE(fenced);
        EXPECT_EQ(fenced.error().code, core::Errc::fenced);
    }
    EXPECT_EQ(cursor(*b, old.shard), 3U);
    value_of(save(*b, old.shard, 4, held.at(old.shard).token));
    EXPECT_EQ(cursor(*b, old.shard), 4U);
}

TEST_F(RedisEngineTest, AnUnknownSubscriberHasNoLeases) {
    const auto a = node("a");
    const auto report = renew(*a, request());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, core::Errc::not_found);
}

// Other nodes.

TEST_F(RedisEngineTest, WhatAnotherNodeAppendsIsHeardOf) {
    const auto a = node("a");
    const auto b = node("b", true);
    std::atomic<unsigned> heard{0};
    b->store().on_append([&](std::span<const store::Shard> grown) {
        for (const store::Shard shard : grown) heard |= 1U << shard;
    });
    const auto reference = references_in(2, shards, 1).front();
    value_of(accept(*a, {pending(reference)}));
    EXPECT_TRUE(within(5s, [&] { return (heard & (1U << 2U)) != 0; }));
    b->store().on_append({});
}

TEST_F(RedisEngineTest, AnAnnouncementThatIsLostIsMadeGoodByALook) {
    const auto a = node("a");
    const auto b = node("b", true);
    server_.ask({"CONFIG", "SET", "client-output-buffer-limit", "pubsub 1 1 1"});
    std::atomic<unsigned> heard{0};
    b->store().on_append([&](std::span<const store::Shard> grown) {
        for (const store::Shard shard : grown) heard |= 1U << shard;
    });
    for (store::Shard shard = 0; shard < shards; ++shard) {
        value_of(accept(*a, {pending(references_in(shard, shards, 1).front())}));
        EXPECT_TRUE(within(10s, [&] { return (heard & (1U << shard)) != 0; }));
    }
    b->store().on_append({});
}

TEST_F(RedisEngineTest, OneFactFromThreeNodesAtOnceIsOneEvent) {
    std::vector<std::unique_ptr<RedisNode>> nodes;
    for (const char* name : {"a", "b", "c"}) nodes.push_back(node(name));
    constexpr int payments = 300;
    using Answers = std::vector<store::Accepted>;
    std::vector<std::shared_ptr<Inbox<Answers>>> inboxes;
    for (int i = 0; i < payments; ++i) {
        for (const auto& each : nodes) {
            inboxes.push_back(std::make_shared<Inbox<Answers>>());
            each->store().accept({succeeded("ref-" + std::to_string(i))}, into(inboxes.back()));
        }
    }
    int accepted = 0;
    for (const auto& inbox : inboxes) {
        if (value_of(inbox->take()).front().outcome == event::Outcome::accepted) ++accepted;
    }
    EXPECT_EQ(accepted, payments);
    std::size_t events = 0;
    for (store::Shard shard = 0; shard < shards; ++shard) events += log(*nodes[0], shard).entries.size();
    EXPECT_EQ(events, static_cast<std::size_t>(payments));
}

// Redis itself.

TEST_F(RedisEngineTest, ARestartEndsLeasesAndBeginsAnotherHistory) {
    const auto a = node("a");
    enrol(*a, "orders");
    value_of(accept(*a, {pending("ref-1")}));
    const store::Shard shard = store::shard_of("kenya", "ref-1", shards);
    const auto held = value_of(renew(*a, request())).held;
    const auto history = log(*a, shard).history;
    EXPECT_EQ(log(*a, shard).history, history);

    server_.kill();
    ASSERT_TRUE(a->wait_until_ready(false));
    const auto away = accept(*a, {pending("ref-2")});
    ASSERT_FALSE(away);
    EXPECT_EQ(away.error().code, core::Errc::unavailable);
    EXPECT_THAT(a->store().durability(), HasSubstr("Redis is away"));
    server_.start();
    ASSERT_TRUE(a->wait_until_ready());
    EXPECT_EQ(a->told().times_forgotten(), 1);

    EXPECT_EQ(log(*a, shard).entries.size(), 1U) << "appendfsync always forgets nothing";
    EXPECT_NE(log(*a, shard).history, history);
    const auto fenced = save(*a, shard, 1, held.at(shard).token);
    ASSERT_FALSE(fenced);
    EXPECT_EQ(fenced.error().code, core::Errc::fenced);
    const auto again = value_of(renew(*a, request(held))).held;
    ASSERT_EQ(again.size(), shards);
    for (store::Shard each = 0; each < shards; ++each) EXPECT_NE(again[each].token, held[each].token);
}

TEST_F(RedisEngineTest, AFrozenRedisIsAway) {
    auto options = redis_options(server_, shards);
    options.address.timeout = 200ms;
    const core::SystemClock clock;  // whose time passes
    RedisNode a(options, clock);
    ASSERT_TRUE(a.wait_until_ready());
    server_.freeze();
    const auto answer = accept(a, {succeeded("ref-1")});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, core::Errc::unavailable) << "the question was not answered: nothing was written";
    EXPECT_FALSE(a.store().ready());
    server_.thaw();
    ASSERT_TRUE(a.wait_until_ready());
    EXPECT_EQ(value_of(accept(a, {succeeded("ref-1")})).front().outcome, event::Outcome::accepted);
}

TEST_F(RedisEngineTest, CallbacksAreFoundWhereverTheyLie) {
    const auto a = node("a");
    const auto b = node("b");
    // What others append between this node's look at the log and its own event.
    for (int i = 0; i < 600; ++i) value_of(accept(*b, {pending("other-" + std::to_string(i))}));
    value_of(accept(*a, {pending("ref-1"), pending("ref-1"), succeeded("ref-1")}));
    for (int i = 0; i < 20; ++i) value_of(accept(*b, {pending("later-" + std::to_string(i))}));
    value_of(accept(*b, {failed("ref-1")}));
    using Answer = std::optional<store::PaymentRecord>;
    const auto record = value_of(
        ask<Answer>([&](Store::Done<Answer> done) { a->store().read_payment("kenya", "ref-1", std::move(done)); }));
    ASSERT_TRUE(record);
    ASSERT_EQ(record->callbacks.size(), 3U);
    EXPECT_EQ(record->callbacks[0].count, 2U);
    EXPECT_EQ(record->callbacks[0].body, pending("ref-1").journal.body);
    EXPECT_EQ(record->callbacks[1].body, succeeded("ref-1").journal.body);
    EXPECT_EQ(record->callbacks[2].body, failed("ref-1").journal.body);
}

TEST_F(RedisEngineTest, WhatIsWatchedByOneBatchIsNotForgottenByTheNext) {
    const auto a = node("a");
    const auto b = node("b");
    using Answers = std::vector<store::Accepted>;
    // Many at once on one connection, and the same payments from another node: each is decided by one of the two.
    std::vector<std::shared_ptr<Inbox<Answers>>> first;
    std::vector<std::shared_ptr<Inbox<Answers>>> second;
    for (int i = 0; i < 200; ++i) {
        const std::string reference = "ref-" + std::to_string(i);
        first.push_back(std::make_shared<Inbox<Answers>>());
        second.push_back(std::make_shared<Inbox<Answers>>());
        a->store().accept({succeeded(reference)}, into(first.back()));
        b->store().accept({failed(reference)}, into(second.back()));
    }
    for (std::size_t i = 0; i < first.size(); ++i) {
        const auto one = value_of(first[i]->take()).front().outcome;
        const auto other = value_of(second[i]->take()).front().outcome;
        EXPECT_TRUE((one == event::Outcome::accepted && other == event::Outcome::conflict) ||
                    (one == event::Outcome::conflict && other == event::Outcome::accepted))
            << i;
    }
}

TEST_F(RedisEngineTest, ScriptsThatAreGoneAreSentAgain) {
    const auto a = node("a");
    value_of(accept(*a, {pending("ref-1")}));
    server_.ask({"SCRIPT", "FLUSH"});
    EXPECT_EQ(log(*a, store::shard_of("kenya", "ref-1", shards)).entries.size(), 1U);
    enrol(*a, "orders");
    EXPECT_EQ(value_of(renew(*a, request())).held.size(), shards);
}

TEST_F(RedisEngineTest, OutOfMemoryNothingIsHalfDone) {
    const auto a = node("a");
    value_of(accept(*a, {pending("before")}));
    server_.ask({"CONFIG", "SET", "maxmemory", "1mb"});
    const auto refused = accept(*a, {pending("ref-1"), succeeded("before")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::unavailable);
    EXPECT_FALSE(a->store().ready());
    EXPECT_THAT(a->told().refused(), ElementsAre(HasSubstr("OOM")));
    EXPECT_EQ(server_.ask({"KEYS", "*:p:*"}),
              "tollgate:{" + std::to_string(store::shard_of("kenya", "before", shards)) + "}:p:kenya:before");
    server_.ask({"CONFIG", "SET", "maxmemory", "0"});
    ASSERT_TRUE(a->wait_until_ready()) << "it finds out by itself";
    EXPECT_EQ(a->told().takes_again(), 1);
    const auto answers = value_of(accept(*a, {pending("ref-1"), succeeded("before")}));
    EXPECT_EQ(answers[0].outcome, event::Outcome::accepted);
    EXPECT_EQ(answers[1].outcome, event::Outcome::accepted);
}

TEST_F(RedisEngineTest, WhoMayNoLongerWriteIsToldSoUntilHeMay) {
    server_.ask({"ACL", "SETUSER", "gate", "on", ">pass", "~*", "&*", "+@all"});
    auto options = redis_options(server_, shards);
    options.address.user = "gate";
    options.address.password = "pass";
    RedisNode a(options, clock_);
    ASSERT_TRUE(a.wait_until_ready());
    for (const char* command : {"-watch", "-xadd", "-mset"}) {
        server_.ask({"ACL", "SETUSER", "gate", command});
        const auto refused = accept(a, {pending("ref-1")});
        ASSERT_FALSE(refused) << command;
        EXPECT_EQ(refused.error().code, core::Errc::unavailable) << command;
        std::this_thread::sleep_for(600ms);  // two probes
        EXPECT_FALSE(a.store().ready()) << command << ": what was refused is what is tried";
        server_.ask({"ACL", "SETUSER", "gate", "+@all"});
        ASSERT_TRUE(a.wait_until_ready()) << command;
    }
    EXPECT_EQ(a.told().refused().size(), 3U);
    EXPECT_TRUE(within(5s, [&] { return a.told().takes_again() == 3; }));
    EXPECT_EQ(value_of(accept(a, {pending("ref-1")})).front().outcome, event::Outcome::accepted);
    EXPECT_EQ(server_.ask({"EXISTS", "tollgate:probe"}), "0");
}

TEST_F(RedisEngineTest, APaymentIsNotKnownWithoutItsEvent) {
    const auto a = node("a");
    const auto known = references_in(1, shards, 2);
    const auto elsewhere = references_in(2, shards, 1).front();
    value_of(accept(*a, {pending(known[0])}));
    // Another program writes to the log, with an id of Redis' own making: every id of ours is too small from then on.
    const std::string foreign = server_.ask({"XADD", "tollgate:{1}:log", "*", "a", "b"});
    const auto refused = accept(*a, {succeeded(known[0]), pending(known[1]), pending(elsewhere)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::unavailable) << "so it is spooled";
    EXPECT_FALSE(a->store().ready());
    EXPECT_EQ(server_.ask({"EXISTS", "tollgate:{1}:p:kenya:" + known[1]}), "0");
    std::this_thread::sleep_for(600ms);
    EXPECT_FALSE(a->store().ready());

    ASSERT_EQ(server_.ask({"XDEL", "tollgate:{1}:log", foreign}), "1");
    ASSERT_EQ(server_.ask({"XSETID", "tollgate:{1}:log", "0-1"}), "OK");
    ASSERT_TRUE(a->wait_until_ready());
    const auto answers = value_of(accept(*a, {succeeded(known[0]), pending(known[1]), pending(elsewhere)}));
    EXPECT_EQ(answers[0].outcome, event::Outcome::accepted);
    EXPECT_EQ(answers[1].outcome, event::Outcome::accepted);
    EXPECT_EQ(answers[2].outcome, event::Outcome::duplicate) << "that one was written";
    EXPECT_EQ(log(*a, 1).entries.size(), 3U);
    EXPECT_EQ(log(*a, 2).entries.size(), 1U);
}

TEST_F(RedisEngineTest, TooFewReplicasAreARefusal) {
    const auto a = node("a");
    server_.ask({"CONFIG", "SET", "min-replicas-to-write", "1"});
    const auto refused = accept(*a, {pending("ref-1")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::unavailable);
    server_.ask({"CONFIG", "SET", "min-replicas-to-write", "0"});
    ASSERT_TRUE(a->wait_until_ready());
    value_of(accept(*a, {pending("ref-1")}));
}

TEST_F(RedisEngineTest, WithoutTheReplicasAskedForTheOutcomeIsUnknown) {
    auto options = redis_options(server_, shards);
    options.wait_replicas = 1;
    options.address.timeout = 400ms;
    RedisNode a(options, clock_);
    ASSERT_TRUE(a.wait_until_ready());
    EXPECT_TRUE(within(5s, [&] { return !a.told().warnings().empty(); }));
    EXPECT_THAT(a.told().warnings(), ElementsAre(HasSubstr("wait_replicas is 1, but only 0")));
    const auto answer = accept(a, {pending("ref-1")});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, core::Errc::unknown_outcome);
}

TEST_F(RedisEngineTest, AStoreMadeWithOtherShardsIsLeftAlone) {
    { const auto a = node("a"); }
    auto options = redis_options(server_, shards * 2);
    RedisNode other(options, clock_);
    EXPECT_TRUE(within(10s, [&] { return !other.told().lost().empty(); }));
    EXPECT_THAT(other.told().lost().front(), HasSubstr("made with store.shards = 4, not 8"));
    const auto refused = accept(other, {pending("ref-1")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::unavailable);
    EXPECT_EQ(server_.ask({"EXISTS", "tollgate:{0}:log", "tollgate:{1}:log"}), "0");
}

TEST_F(RedisEngineTest, AFullRedisDoesNotHideThatTheStoreIsAnother) {
    { const auto a = node("a"); }
    server_.ask({"CONFIG", "SET", "maxmemory", "1mb"});
    RedisNode other(redis_options(server_, shards * 2), clock_);
    EXPECT_TRUE(within(10s, [&] { return !other.told().lost().empty(); }));
    EXPECT_THAT(other.told().lost().front(), HasSubstr("made with store.shards = 4, not 8"));
    server_.ask({"CONFIG", "SET", "maxmemory", "0"});
    std::this_thread::sleep_for(600ms);
    EXPECT_FALSE(other.store().ready());
}

TEST_F(RedisEngineTest, AStoreIsFoundAsSoonAsThereIsRoom) {
    server_.ask({"CONFIG", "SET", "maxmemory", "1mb"});
    RedisNode a(redis_options(server_, shards), clock_);
    EXPECT_TRUE(within(10s, [&] { return !a.told().refused().empty(); }));
    EXPECT_FALSE(a.store().ready());
    server_.ask({"CONFIG", "SET", "maxmemory", "0"});
    ASSERT_TRUE(a.wait_until_ready());
    EXPECT_EQ(value_of(accept(a, {pending("ref-1")})).front().outcome, event::Outcome::accepted);
}

TEST_F(RedisEngineTest, PrefixesAreWorldsOfTheirOwn) {
    const auto a = node("a");
    RedisNode other(redis_options(server_, shards * 2, "a", "elsewhere"), clock_);
    ASSERT_TRUE(other.wait_until_ready());
    EXPECT_EQ(value_of(accept(*a, {pending("ref-1")})).front().outcome, event::Outcome::accepted);
    EXPECT_EQ(value_of(accept(other, {pending("ref-1")})).front().outcome, event::Outcome::accepted);
}

TEST_F(RedisEngineTest, OtherProgramsReadTheLogAsAStream) {
    const auto a = node("a");
    const auto reference = references_in(0, shards, 1).front();
    value_of(accept(*a, {succeeded(reference)}));
    EXPECT_EQ(server_.ask({"XGROUP", "CREATE", "tollgate:{0}:log", "finance", "0"}), "OK");
    const std::string read = server_.ask({"XREADGROUP", "GROUP", "finance", "one", "STREAMS", "tollgate:{0}:log", ">"});
    EXPECT_THAT(read, HasSubstr("0-1"));
    EXPECT_THAT(read, HasSubstr("payment.succeeded"));
    EXPECT_THAT(read, HasSubstr("\"reference\":\"" + reference + "\""));
}

}  // namespace
}  // namespace tollgate::test
