// What only the redis engine has to show: nodes beside each other, and other programs.
#include "store/audience.hpp"
#include "store/redis_engine_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <set>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using store::Lease;
using store::Store;
using testing::HasSubstr;
using testing::IsEmpty;

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

TEST_F(RedisEngineTest, WhatNobodyElseHearsIsNotSaidUntilSomebodyCame) {
    const auto a = node("a", true);
    const auto said = [this] {
        const std::string statistics = server_.ask({"INFO", "commandstats"});
        const std::string name = "cmdstat_publish:calls=";
        const std::size_t at = statistics.find(name);
        return at == std::string::npos ? 0 : std::stoi(statistics.substr(at + name.size()));
    };
    auto another = [&, number = 0]() mutable {
        value_of(accept(*a, {pending("ref-" + std::to_string(++number))}));
    };
    // Its own subscription is on its way.
    EXPECT_TRUE(within(5s, [&] {
        return server_.ask({"PUBSUB", "NUMSUB", "tollgate:grown"}).find('1') != std::string::npos;
    }));
    another();
    EXPECT_EQ(said(), 1);
    for (int i = 0; i < 10; ++i) another();
    EXPECT_EQ(said(), 1);

    const auto b = node("b", true);
    EXPECT_TRUE(within(5s, [&] {
        return server_.ask({"PUBSUB", "NUMSUB", "tollgate:grown"}).find('2') != std::string::npos;
    }));
    another();
    EXPECT_EQ(said(), 1) << "not before the time is over";
    clock_.advance(store::Audience::interval);
    for (int i = 0; i < 10; ++i) another();
    EXPECT_EQ(said(), 11);
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

TEST_F(RedisEngineTest, ALargeBatchGoesInPartsOfOneSize) {
    const auto a = node("a");
    std::vector<event::Candidate> batch;
    for (int number = 0; number < 200; ++number) batch.push_back(pending("ref-" + std::to_string(number)));
    for (int number = 0; number < 200; ++number) batch.push_back(succeeded("ref-" + std::to_string(number)));
    batch.push_back(succeeded("ref-0"));
    server_.ask({"CONFIG", "RESETSTAT"});
    const auto answers = value_of(accept(*a, batch));
    ASSERT_EQ(answers.size(), batch.size());
    for (std::size_t i = 0; i < 400; ++i) EXPECT_EQ(answers[i].outcome, event::Outcome::accepted) << i;
    EXPECT_EQ(answers[400].outcome, event::Outcome::duplicate) << "decided behind the others";
    const std::string statistics = server_.ask({"INFO", "commandstats"});
    EXPECT_THAT(statistics, HasSubstr("cmdstat_watch:calls=5,")) << "at most 96 at once";
    server_.ask({"CONFIG", "RESETSTAT"});
    value_of(accept(*a, {batch.begin(), batch.begin() + 96}));
    EXPECT_THAT(server_.ask({"INFO", "commandstats"}), HasSubstr("cmdstat_watch:calls=1,"));
}

TEST_F(RedisEngineTest, AMasterThatWasReplacedMeanwhileMayHaveForgotten) {
    const auto a = node("a");
    value_of(accept(*a, {succeeded("ref-1")}));
    const store::Shard shard = store::shard_of("kenya", "ref-1", shards);
    const auto history = log(*a, shard).history;
    const auto again = [&](std::initializer_list<std::string_view> command) {
        const auto lost = a->told().lost().size();
        server_.ask(command);
        server_.ask({"CLIENT", "KILL", "TYPE", "normal"});
        EXPECT_TRUE(within(10s, [&] { return a->told().lost().size() > lost; }));
        EXPECT_TRUE(a->wait_until_ready());
    };
    again({"PING"});
    EXPECT_EQ(log(*a, shard).history, history) << "a connection that ends takes nothing with it";
    EXPECT_EQ(a->told().times_forgotten(), 0);

    // As Sentinels do it, there and back; the process is the same all the time.
    server_.ask({"REPLICAOF", "127.0.0.1", "1"});
    again({"REPLICAOF", "NO", "ONE"});
    EXPECT_TRUE(within(10s, [&] { return a->told().times_forgotten() == 1; }));
    EXPECT_NE(log(*a, shard).history, history);
    EXPECT_EQ(log(*a, shard).entries.size(), 1U);
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

TEST_F(RedisEngineTest, EntriesOfOlderVersionsAreReadLikeOthers) {
    const auto a = node("a");
    const auto reference = references_in(0, shards, 1).front();
    value_of(accept(*a, {pending(reference)}));
    const store::LogPage before = log(*a, 0);
    EXPECT_EQ(server_.ask({"EVAL", R"lua(
        local entry = redis.call('XRANGE', KEYS[1], '-', '+')[1]
        local fields = entry[2]
        redis.call('DEL', KEYS[1])
        return redis.call('XADD', KEYS[1], entry[1], 'type', 'payment.pending', fields[3], fields[4],
                          fields[1], fields[2], fields[5], fields[6])
    )lua",
                           "1", "tollgate:{0}:log"}),
              "0-1");
    value_of(accept(*a, {succeeded(reference)}));

    const store::LogPage after = log(*a, 0);
    ASSERT_EQ(before.entries.size(), 1U);
    ASSERT_EQ(after.entries.size(), 2U);
    EXPECT_EQ(after.entries[0].type, "payment.pending");
    EXPECT_EQ(after.entries[0].body, before.entries[0].body);
    EXPECT_EQ(after.entries[0].accepted_at, before.entries[0].accepted_at);
    EXPECT_EQ(after.entries[1].type, "payment.succeeded");
    using Answer = std::optional<store::PaymentRecord>;
    const auto record = value_of(
        ask<Answer>([&](Store::Done<Answer> done) { a->store().read_payment("kenya", reference, std::move(done)); }));
    ASSERT_TRUE(record);
    ASSERT_EQ(record->callbacks.size(), 2U);
    EXPECT_EQ(record->callbacks[0].body, pending(reference).journal.body);
    EXPECT_EQ(record->callbacks[1].body, succeeded(reference).journal.body);
}

TEST_F(RedisEngineTest, NothingIsAcceptedBeforeTheSubscribersAreKnown) {
    auto options = redis_options(server_, shards, "a");
    options.enrolments = [] { return std::vector<store::Enrolment>{{"orders", store::StartFrom::now}}; };
    RedisNode a(std::move(options), clock_);
    const store::Shard shard = store::shard_of("kenya", "ref-1", shards);
    for (const char* const when : {"a Redis that is new", "one that has forgotten everything"}) {
        ASSERT_TRUE(a.wait_until_ready());
        value_of(accept(a, {succeeded("ref-1")}));
        // Only now another store of the same node gets to say who there is.
        value_of(ask<void>([&](store::Store::Done<void> done) {
            a.store().enrol({{"orders", store::StartFrom::now}}, std::move(done));
        }));
        EXPECT_EQ(cursor(a, shard), 0U) << when;
        server_.ask({"FLUSHALL"});
        server_.kill();
        ASSERT_TRUE(a.wait_until_ready(false));
        server_.start();
    }
}

}  // namespace
}  // namespace tollgate::test
