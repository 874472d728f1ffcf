// A Redis that restarts, freezes, forgets, refuses, is written to by others, or holds the store of another.
#include "store/redis_accept.hpp"
#include "store/redis_engine_fixture.hpp"
#include "store/redis_scripts.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

#include <future>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// There is none: until that is known, whatever comes after a batch waits behind it.
store::RedisOptions waiting_for_a_replica(const RedisServer& server, std::chrono::milliseconds timeout) {
    auto options = redis_options(server, shards);
    options.wait_replicas = 1;
    options.address.timeout = timeout;
    return options;
}

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

TEST_F(RedisEngineTest, WhatWasLostIsSentAgainInPartsAndAnsweredTogether) {
    auto options = redis_options(server_, shards);
    options.address.timeout = 500ms;
    const core::SystemClock clock;  // whose time passes
    RedisNode a(options, clock);
    ASSERT_TRUE(a.wait_until_ready());
    // One part, as long as nothing is lost: see ALargeBatchGoesInPartsOfOneSize.
    std::vector<event::Candidate> batch;
    for (int number = 0; number < 45; ++number) batch.push_back(pending("ref-" + std::to_string(number)));
    for (int number = 0; number < 45; ++number) batch.push_back(succeeded("ref-" + std::to_string(number)));
    batch.push_back(succeeded("ref-0"));
    server_.freeze();
    ASSERT_FALSE(accept(a, batch));
    server_.thaw();
    ASSERT_TRUE(a.wait_until_ready());
    server_.ask({"CONFIG", "RESETSTAT"});
    const auto answers = value_of(accept(a, batch));
    ASSERT_EQ(answers.size(), batch.size());
    for (std::size_t i = 0; i < 90; ++i) EXPECT_EQ(answers[i].outcome, event::Outcome::accepted) << i;
    EXPECT_EQ(answers[90].outcome, event::Outcome::duplicate) << "decided behind the others";
    // A quarter, what is then at most twice as much, and the rest: slow answers make more of them, never fewer.
    EXPECT_THAT(server_.ask({"INFO", "commandstats"}),
                testing::ContainsRegex("cmdstat_exec:calls=([3-9]|[1-9][0-9]+),"));
    std::size_t events = 0;
    for (store::Shard shard = 0; shard < shards; ++shard) events += log(a, shard).head;
    EXPECT_EQ(events, 90U);
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

TEST_F(RedisEngineTest, OutOfMemoryTheLogIsTrimmedAndDeliveriesGoOn) {
    const auto a = node("a");
    enrol(*a, "orders");
    value_of(accept(*a, {pending("ref-1"), succeeded("ref-1")}));
    const store::Shard shard = store::shard_of("kenya", "ref-1", shards);
    const auto held = value_of(renew(*a, request())).held;
    server_.ask({"CONFIG", "SET", "maxmemory", "1mb"});
    ASSERT_FALSE(accept(*a, {pending("ref-2")}));

    const auto kept = value_of(renew(*a, request(held))).held;
    ASSERT_EQ(kept.size(), shards) << "who works for a subscriber goes on";
    value_of(save(*a, shard, 2, kept.at(shard).token));
    EXPECT_EQ(cursor(*a, shard), 2U);
    store::RetentionPolicy policy;
    policy.retention = 1h;
    clock_.advance(2h);
    const auto done = value_of(ask<store::MaintenanceReport>([&](store::Store::Done<store::MaintenanceReport> answer) {
        a->store().maintain(policy, clock_.wall(), std::move(answer));
    }));
    EXPECT_EQ(done.trimmed_events, 2U) << "or no room would ever be made";
    EXPECT_TRUE(log(*a, shard).entries.empty());
}

/// Sends one command now, whatever else happens, and reads no answer.
class Intruder {
  public:
    explicit Intruder(const RedisServer& server) { socket_.connect(server.unix_socket()); }
    void send(const std::string& command) { boost::asio::write(socket_, boost::asio::buffer(command + "\r\n")); }

  private:
    boost::asio::io_context loop_;
    boost::asio::local::stream_protocol::socket socket_{loop_};
};

TEST_F(RedisEngineTest, AProbeBetweenQuestionAndDecisionHidesNoChange) {
    const std::string payment =
        "tollgate:{" + std::to_string(store::shard_of("kenya", "ref-1", shards)) + "}:p:kenya:ref-1";
    const auto a = node("a");
    value_of(accept(*a, {failed("ref-1")}));
    server_.ask({"RENAME", payment, "what-another-node-knows"});
    server_.ask({"CONFIG", "SET", "min-replicas-to-write", "1"});
    ASSERT_FALSE(accept(*a, {pending("ref-2")}));
    // It is going to probe now. Its next question and the probe reach a Redis that answers both at once.
    server_.ask({"CONFIG", "SET", "min-replicas-to-write", "0"});
    Intruder intruder(server_);
    server_.freeze();
    using Answers = std::vector<store::Accepted>;
    const auto inbox = std::make_shared<Inbox<Answers>>();
    a->store().accept({succeeded("ref-1")}, into(inbox));
    std::this_thread::sleep_for(400ms);
    intruder.send("COPY what-another-node-knows " + payment);
    server_.thaw();
    EXPECT_EQ(value_of(inbox->take()).front().outcome, event::Outcome::conflict)
        << "decided on what was there before the other node wrote";
}

TEST_F(RedisEngineTest, WhoMayNoLongerWriteIsToldSoUntilHeMay) {
    server_.ask({"ACL", "SETUSER", "gate", "on", ">pass", "~*", "&*", "+@all"});
    auto options = redis_options(server_, shards);
    options.address.user = "gate";
    options.address.password = "pass";
    RedisNode a(options, clock_);
    ASSERT_TRUE(a.wait_until_ready());
    auto awaited = pending("ref-1");
    awaited.terms.emplace();
    for (const char* command : {"-watch", "-xadd", "-mset", "-zadd"}) {
        server_.ask({"ACL", "SETUSER", "gate", command});
        const auto refused = accept(a, {awaited});
        ASSERT_FALSE(refused) << command;
        EXPECT_EQ(refused.error().code, core::Errc::unavailable) << command;
        std::this_thread::sleep_for(600ms);  // two probes
        EXPECT_FALSE(a.store().ready()) << command << ": what was refused is what is tried";
        server_.ask({"ACL", "SETUSER", "gate", "+@all"});
        ASSERT_TRUE(a.wait_until_ready()) << command;
    }
    EXPECT_EQ(a.told().refused().size(), 4U);
    EXPECT_TRUE(within(5s, [&] { return a.told().takes_again() == 4; }));
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
    // It is taken back on the engine's connection, which Redis may serve after ours.
    EXPECT_TRUE(within(5s, [&] { return server_.ask({"EXISTS", "tollgate:{1}:p:kenya:" + known[1]}) == "0"; }));
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
    const auto options = waiting_for_a_replica(server_, 400ms);
    RedisNode a(options, clock_);
    ASSERT_TRUE(a.wait_until_ready());
    EXPECT_TRUE(within(5s, [&] { return !a.told().warnings().empty(); }));
    EXPECT_THAT(a.told().warnings(), ElementsAre(HasSubstr("wait_replicas is 1, but only 0")));
    const auto answer = accept(a, {pending("ref-1")});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, core::Errc::unknown_outcome);
}

TEST_F(RedisEngineTest, WhatTheLogRefusedIsTakenBackThoughTheReplicasDoNotAnswer) {
    const auto options = waiting_for_a_replica(server_, 400ms);
    RedisNode a(options, clock_);
    ASSERT_TRUE(a.wait_until_ready());
    const std::string reference = references_in(1, shards, 1).front();
    server_.ask({"XADD", "tollgate:{1}:log", "*", "a", "b"});
    const auto answer = accept(a, {pending(reference)});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, core::Errc::unknown_outcome);
    EXPECT_EQ(server_.ask({"EXISTS", "tollgate:{1}:p:kenya:" + reference}), "0");
}

TEST_F(RedisEngineTest, WhatSomebodyElseTakesBackAsWellIsTriedAgainAndThenOnlyReady) {
    const auto options = waiting_for_a_replica(server_, 1'200ms);
    RedisNode a(options, clock_);
    ASSERT_TRUE(a.wait_until_ready());
    const std::string reference = references_in(1, shards, 1).front();
    const std::string key = "tollgate:{1}:p:kenya:" + reference;
    const std::string foreign = server_.ask({"XADD", "tollgate:{1}:log", "*", "a", "b"});
    auto answer = std::async(std::launch::async, [&] { return accept(a, {pending(reference)}); });
    ASSERT_TRUE(within(5s, [&] { return server_.ask({"EXISTS", key}) == "1"; }));
    const std::string written = server_.ask({"GET", key});
    server_.ask({"SET", key, "what another node has made of it"});
    EXPECT_FALSE(answer.get());
    server_.ask({"XDEL", "tollgate:{1}:log", foreign});
    server_.ask({"XSETID", "tollgate:{1}:log", "0-0"});
    std::this_thread::sleep_for(700ms);  // of three seconds, with two probes in it
    EXPECT_FALSE(a.store().ready()) << "whoever repeats it now would find it known";
    server_.ask({"SET", key, written});
    EXPECT_TRUE(within(5s, [&] { return server_.ask({"EXISTS", key}) == "0"; }));
    EXPECT_TRUE(a.wait_until_ready());
}

TEST_F(RedisEngineTest, WhatIsTakenBackWhileRedisIsAwayHoldsUpAllStoresOfANodeUntilItIsDone) {
    const auto options = waiting_for_a_replica(server_, 1'200ms);
    RedisNode a(options, clock_);
    RedisNode sibling(options, clock_);  // of the same node
    const auto other = node("other");
    ASSERT_TRUE(a.wait_until_ready());
    ASSERT_TRUE(sibling.wait_until_ready());
    const std::string reference = references_in(1, shards, 1).front();
    const std::string key = "tollgate:{1}:p:kenya:" + reference;
    const std::string foreign = server_.ask({"XADD", "tollgate:{1}:log", "*", "a", "b"});
    auto answer = std::async(std::launch::async, [&] { return accept(a, {pending(reference)}); });
    ASSERT_TRUE(within(5s, [&] { return server_.ask({"EXISTS", key}) == "1"; }));
    std::this_thread::sleep_for(100ms);
    server_.kill();  // the undo is behind the WAIT
    EXPECT_FALSE(answer.get());
    std::this_thread::sleep_for(300ms);  // tried again and again
    server_.start();
    server_.ask({"XDEL", "tollgate:{1}:log", foreign});
    server_.ask({"XSETID", "tollgate:{1}:log", "0-0"});
    EXPECT_TRUE(within(10s, [&] {
        const bool known = server_.ask({"EXISTS", key}) == "1";
        EXPECT_FALSE(known && sibling.store().ready() && server_.ask({"EXISTS", key}) == "1");
        return !known;
    }));
    EXPECT_TRUE(a.wait_until_ready());
    EXPECT_TRUE(sibling.wait_until_ready());
    EXPECT_TRUE(other->wait_until_ready());
    EXPECT_EQ(value_of(accept(*other, {pending(reference)})).front().outcome, event::Outcome::accepted);
}

TEST_F(RedisEngineTest, OnlyWhatNobodyHasChangedSinceIsTakenBack) {
    const auto due = [](core::WallTime at) { return store::DuePlace{false, at}; };
    const core::WallTime noon = clock_.wall();
    store::AcceptUndo undo{{{1, "kenya:new", "n1", "", due(noon), std::nullopt, 10},
                            {1, "kenya:old", "o2", "o1", std::nullopt, due(noon), 20},
                            {2, "kenya:changed", "c2", "c1", due(noon), std::nullopt, 40},
                            {2, "kenya:back", "b2", "b1", due(noon), std::nullopt, 80}},
                           3,
                           {}};
    const auto put = [&](const std::string& key, const std::string& value) {
        EXPECT_EQ(server_.ask({"SET", "tollgate:" + key, value}), "OK");
    };
    const auto get = [&](const std::string& key) { return server_.ask({"GET", "tollgate:" + key}); };
    put("{1}:p:kenya:new", "n1");
    put("{1}:p:kenya:old", "o2");
    put("{2}:p:kenya:changed", "c3");
    put("{2}:p:kenya:back", "b1");
    put("{3}:size", "1000");
    for (const auto& [shard, name] : {std::pair{"1", "new"}, std::pair{"2", "changed"}, std::pair{"2", "back"}}) {
        server_.ask({"ZADD", std::string("tollgate:{") + shard + "}:due:kenya", "1", name});
    }
    const auto arguments = undo.arguments();
    std::vector<std::string_view> command{"EVAL", store::redis_scripts::take_back.text(), "0", "tollgate"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(server_.ask(command), "2") << "the place of the one that stays as somebody left it";

    EXPECT_EQ(get("{1}:p:kenya:new"), "(nil)");
    EXPECT_EQ(get("{1}:p:kenya:old"), "o1");
    EXPECT_EQ(get("{2}:p:kenya:changed"), "c3");
    EXPECT_EQ(get("{2}:p:kenya:back"), "b1");
    EXPECT_EQ(get("{3}:size"), "970");
    EXPECT_EQ(server_.ask({"ZRANGE", "tollgate:{1}:due:kenya", "0", "-1"}), "old");
    EXPECT_EQ(server_.ask({"ZCARD", "tollgate:{2}:due:kenya"}), "2");
    EXPECT_EQ(server_.ask(command), "2") << "done again, it does nothing";
    EXPECT_EQ(get("{3}:size"), "970");
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

}  // namespace
}  // namespace tollgate::test
