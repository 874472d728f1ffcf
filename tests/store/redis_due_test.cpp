// What is due, as it lies in Redis: members that their payments do not bear out, and what a refused event leaves.
#include "store/redis_engine_fixture.hpp"
#include "store/redis_records.hpp"
#include "store/redis_scripts.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr store::Shard shard = 1;

event::Candidate asked(event::Candidate candidate, std::chrono::milliseconds first_after = 3min) {
    candidate.terms.emplace();
    candidate.terms->first_after = first_after;
    return candidate;
}

class RedisDue : public RedisEngineTest {
  protected:
    std::vector<std::string> due(RedisNode& node, std::size_t limit = 1'000) {
        using Answer = std::vector<store::DueExpectation>;
        std::vector<std::string> references;
        for (auto& each : value_of(ask<Answer>([&](store::Store::Done<Answer> done) {
                 node.store().read_due(shard, {{"kenya", limit, {{core::WallTime::min(), clock_.wall()}}}},
                                       std::move(done));
             }))) {
            references.push_back(std::move(each.reference));
        }
        return references;
    }
    /// Behind what was read before: what is put right is so when this is answered.
    std::string score(const std::string& set, const std::string& reference) {
        return server_.ask({"ZSCORE", "tollgate:{1}:" + set + ":kenya", reference});
    }
    void put(const std::string& set, const std::string& member, core::WallTime at) {
        server_.ask({"ZADD", "tollgate:{1}:" + set + ":kenya", text(at), member});
    }
    static std::string text(core::WallTime at) { return std::to_string(at.time_since_epoch().count()); }

    const std::vector<std::string> references_ = references_in(shard, shards, 4);
    const std::string& a_ = references_[0];
    const std::string& b_ = references_[1];
    const std::string& c_ = references_[2];
};

TEST_F(RedisDue, WithoutAnExpectationThereIsNoSet) {
    const auto a = node("a");
    value_of(accept(*a, {pending(a_), succeeded(b_), asked(succeeded(c_))}));
    EXPECT_EQ(server_.ask({"EXISTS", "tollgate:{1}:due:kenya", "tollgate:{1}:held:kenya"}), "0");
    value_of(accept(*a, {asked(candidate(event::TransitionName::expected, references_[3]))}));
    EXPECT_EQ(score("due", references_[3]), text(clock_.wall() + 3min));
    value_of(accept(*a, {succeeded(references_[3])}));
    EXPECT_EQ(server_.ask({"EXISTS", "tollgate:{1}:due:kenya", "tollgate:{1}:held:kenya"}), "0");
}

TEST_F(RedisDue, TheSetsHoldWhatTheStatesSay) {
    const auto a = node("a");
    auto held = asked(succeeded(b_));
    held.facts.evidence = event::Evidence::shared_secret;
    held.terms->confirm = event::Confirm::weak;
    value_of(accept(*a, {asked(pending(a_)), asked(pending(b_)), failed(a_), asked(pending(c_)), held}));
    EXPECT_EQ(server_.ask({"ZRANGE", "tollgate:{1}:due:kenya", "0", "-1"}), c_);
    EXPECT_EQ(server_.ask({"ZRANGE", "tollgate:{1}:held:kenya", "0", "-1"}), b_);
    value_of(accept(*a, {failed(c_), succeeded(b_)}));
    EXPECT_EQ(server_.ask({"EXISTS", "tollgate:{1}:due:kenya", "tollgate:{1}:held:kenya"}), "0");
}

TEST_F(RedisDue, WhatAVersionBeforeHasLeftInSetsOfAllSourcesIsMovedToEachSourcesOwn) {
    const auto a = node("a");
    value_of(accept(*a, {asked(pending(a_), 1min), asked(pending(b_), 1min)}));
    server_.ask({"DEL", "tollgate:{1}:due:kenya", "tollgate:{1}:sources"});
    for (const std::string& reference : {a_, b_}) {
        server_.ask({"ZADD", "tollgate:{1}:due", text(clock_.wall() + 1min), "kenya:" + reference});
    }
    clock_.advance(1min);
    EXPECT_THAT(due(*a), IsEmpty());
    using Counts = std::vector<store::WaitingCount>;
    const auto counts =
        value_of(ask<Counts>([&](store::Store::Done<Counts> done) { a->store().count_waiting(std::move(done)); }));
    ASSERT_EQ(counts.size(), 1U);
    EXPECT_EQ(counts[0].open, 2U);
    EXPECT_THAT(due(*a), testing::UnorderedElementsAre(a_, b_));
    EXPECT_EQ(server_.ask({"EXISTS", "tollgate:{1}:due"}), "0");
}

TEST_F(RedisDue, ForgettingLeavesNoMember) {
    const auto a = node("a");
    auto held = asked(succeeded(b_));
    held.facts.evidence = event::Evidence::shared_secret;
    held.terms->confirm = event::Confirm::weak;
    value_of(accept(*a, {asked(pending(a_)), held}));
    EXPECT_EQ(server_.ask({"EXISTS", "tollgate:{1}:due:kenya", "tollgate:{1}:held:kenya"}), "2");
    clock_.advance(1h);
    store::RetentionPolicy policy;
    policy.state_retention = 1min;
    const auto report = value_of(ask<store::MaintenanceReport>([&](store::Store::Done<store::MaintenanceReport> done) {
        a->store().maintain(policy, clock_.wall(), std::move(done));
    }));
    EXPECT_EQ(report.forgotten_payments, 2U);
    EXPECT_EQ(server_.ask({"EXISTS", "tollgate:{1}:due:kenya", "tollgate:{1}:held:kenya"}), "0");
}

TEST_F(RedisDue, APaymentThatHasChangedSinceIsNotPutRight) {
    const auto a = node("a");
    value_of(accept(*a, {asked(pending(a_))}));
    const std::string script(store::redis_scripts::correct_due.text());
    const std::string member = "kenya:" + a_;
    const std::string before = score("due", a_);
    EXPECT_EQ(server_.ask({"EVAL", script, "0", "tollgate", "1", member, "", "", ""}), "0") << "it was not there";
    EXPECT_EQ(server_.ask({"EVAL", script, "0", "tollgate", "1", member, "another value", "", "17"}), "0");
    EXPECT_EQ(score("due", a_), before);
    EXPECT_EQ(score("held", a_), "(nil)");
}

TEST_F(RedisDue, MembersThatNoPaymentBearsOutAreRemoved) {
    const auto a = node("a");
    value_of(accept(*a, {asked(pending(a_), 1min), succeeded(b_)}));
    clock_.advance(1min);
    put("due", b_, clock_.wall() - 1h);
    put("due", "gone", clock_.wall() - 1h);
    put("held", "no name at all", clock_.wall() - 1h);
    EXPECT_THAT(due(*a, 1), ElementsAre(a_)) << "they take nobody's place";
    EXPECT_TRUE(within(5s, [&] { return server_.ask({"ZCARD", "tollgate:{1}:due:kenya"}) == "1"; }));
    EXPECT_TRUE(within(5s, [&] { return server_.ask({"EXISTS", "tollgate:{1}:held:kenya"}) == "0"; }));
    EXPECT_THAT(due(*a), ElementsAre(a_));
}

TEST_F(RedisDue, APaymentInTheWrongPlaceIsPutRight) {
    const auto a = node("a");
    value_of(accept(*a, {asked(pending(a_), 1h), asked(pending(b_), 1min)}));
    const core::WallTime of_a = clock_.wall() + 1h;
    const core::WallTime of_b = clock_.wall() + 1min;
    clock_.advance(1min);
    put("due", a_, clock_.wall() - 1h);
    put("held", b_, clock_.wall() - 1h);
    server_.ask({"ZREM", "tollgate:{1}:due:kenya", b_});
    EXPECT_THAT(due(*a), IsEmpty()) << "one is put off, the other is not held";
    EXPECT_TRUE(within(5s, [&] { return score("due", b_) == text(of_b); }));
    EXPECT_EQ(score("due", a_), text(of_a));
    EXPECT_EQ(score("held", b_), "(nil)");
    EXPECT_THAT(due(*a), ElementsAre(b_));
}

TEST_F(RedisDue, ADamagedPaymentKeepsNoOtherFromBeingAskedAbout) {
    const auto a = node("a");
    value_of(accept(*a, {asked(pending(a_), 1min), asked(pending(b_), 1min), asked(pending(c_), 2min)}));
    clock_.advance(1h);
    server_.ask({"SET", "tollgate:{1}:p:kenya:" + a_, "no payment at all"});
    auto value = value_of(store::decode_payment(server_.ask({"GET", "tollgate:{1}:p:kenya:" + b_})));
    value.state = "damaged";
    server_.ask({"SET", "tollgate:{1}:p:kenya:" + b_, store::encode_payment(value)});
    EXPECT_THAT(due(*a, 1), ElementsAre(c_));
    EXPECT_EQ(server_.ask({"ZCARD", "tollgate:{1}:due:kenya"}), "3");
}

TEST_F(RedisDue, WhatARefusedEventHadMovedIsMovedBack) {
    const auto a = node("a");
    value_of(accept(*a, {asked(pending(a_))}));
    const std::string of_a = score("due", a_);
    const std::string foreign = server_.ask({"XADD", "tollgate:{1}:log", "*", "a", "b"});
    EXPECT_FALSE(accept(*a, {succeeded(a_), asked(pending(b_))}));
    EXPECT_TRUE(within(5s, [&] { return score("due", a_) == of_a && score("due", b_) == "(nil)"; }));
    server_.ask({"XDEL", "tollgate:{1}:log", foreign});
    server_.ask({"XSETID", "tollgate:{1}:log", "0-1"});
    ASSERT_TRUE(a->wait_until_ready());
    value_of(accept(*a, {succeeded(a_), asked(pending(b_))}));
    EXPECT_EQ(score("due", a_), "(nil)");
    EXPECT_EQ(score("due", b_), text(clock_.wall() + 3min));
}

}  // namespace
}  // namespace tollgate::test
