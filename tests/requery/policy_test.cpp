// Which payments are asked about, in which order, how fast, and what trouble does to that.
#include <tollgate/requery/policy.hpp>

#include <gtest/gtest.h>

namespace tollgate::requery {
namespace {

using event::Purpose;
using provider::AnswerKind;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr core::WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h;
constexpr core::SteadyTime start{1h};

PolicyOptions usual() {
    PolicyOptions options;
    options.schedule.backoff = default_backoff();
    return options;
}

DuePayment due(std::string reference, milliseconds ago = 0ms, Purpose purpose = Purpose::outcome) {
    return {std::move(reference), purpose, noon - 1h, noon - ago, event::Kind::payment, 0};
}

class Policy : public testing::Test {
  protected:
    explicit Policy(PolicyOptions options = usual()) : policy_(std::move(options), 7, noon - 1h) {}

    void find(std::vector<DuePayment> payments) { policy_.found(std::move(payments)); }
    void find_many(int count) {
        for (int number = 0; number < count; ++number) find({due("p" + std::to_string(number))});
    }
    std::vector<std::string> ask() {
        std::vector<std::string> references;
        for (Ask& ask : policy_.next(now_)) {
            references.push_back(ask.reference);
            asked_.push_back(std::move(ask));
        }
        return references;
    }
    /// Until all that is due has been asked, at the policy's pace.
    void ask_all() {
        while (!ask().empty()) pass(20ms);
    }
    /// The first question that is open, answered.
    event::Answer answer(AnswerKind kind, std::optional<milliseconds> retry_after = std::nullopt) {
        const Ask first = std::move(asked_.at(0));
        asked_.erase(asked_.begin());
        event::Answer answer = policy_.finished(first.id, {kind, "said so", retry_after, true}, wall(), now_);
        policy_.forget(first.reference);
        return answer;
    }
    [[nodiscard]] core::WallTime wall() const { return noon + std::chrono::duration_cast<milliseconds>(now_ - start); }
    void pass(milliseconds time) { now_ += time; }

    RequeryPolicy policy_;
    core::SteadyTime now_ = start;
    std::vector<Ask> asked_;
};

class SlowPolicy : public Policy {
  protected:
    SlowPolicy() : Policy(slow()) {}
    static PolicyOptions slow() {
        PolicyOptions options = usual();
        options.rate_per_second = 2;
        options.max_in_flight = 3;
        options.max_waiting = 5;
        return options;
    }
};

using Words = std::vector<std::string>;

TEST_F(Policy, AsksWhatIsHeldFirstAndThenTheLongestDue) {
    find({due("new", 1s), due("old", 1h), due("held", 0s, Purpose::confirmation), due("middle", 1min)});
    EXPECT_EQ(ask(), (Words{"held", "old", "middle", "new"}));
    EXPECT_EQ(ask(), Words{});
    EXPECT_EQ(policy_.in_flight(), 4U);
}

TEST_F(Policy, DoesNotAskTwiceAtOnce) {
    find({due("a"), due("a")});
    EXPECT_EQ(ask(), Words{"a"});
    find({due("a")});
    EXPECT_EQ(ask(), Words{});
    static_cast<void>(policy_.finished(asked_[0].id, {AnswerKind::reported, "", {}, true}, wall(), now_));
    find({due("a")});
    EXPECT_EQ(ask(), Words{}) << "the store does not have the answer yet, so it still says that it is due";
    policy_.forget("a");
    find({due("a")});
    EXPECT_EQ(ask(), Words{"a"});
}

TEST_F(Policy, GoesToTheFrontWhenItsEndHasComeToBeHeldBack) {
    find({due("old", 1h), due("a", 1s)});
    find({due("a", 0s, Purpose::confirmation), due("old", 2h)});
    EXPECT_EQ(ask(), (Words{"a", "old"}));
    find({due("a", 0s, Purpose::confirmation)});
    EXPECT_EQ(ask(), Words{}) << "it is being asked about";
}

TEST_F(Policy, AnAnswerSaysWhatTheTimelineKeepsAndWhenToAskNext) {
    find({due("a")});
    ask();
    pass(2s);
    const event::Answer answer = this->answer(AnswerKind::unknown);
    EXPECT_EQ(answer.question, (event::Question{noon + 2s, Purpose::outcome, "unknown", "said so"}));
    EXPECT_TRUE(answer.definite);
    EXPECT_EQ(answer.steady_since, noon - 1h);
    EXPECT_GT(answer.next_due, noon + 5min);
    EXPECT_LT(answer.next_due, noon + 90min);
}

TEST_F(SlowPolicy, KeepsTheRateWhateverTheBacklog) {
    int asked = 0;
    for (int step = 0; step < 10'000; ++step, pass(10ms)) {
        if (policy_.room() > 0) find({due("p" + std::to_string(step))});
        asked += static_cast<int>(ask().size());
        while (!asked_.empty()) answer(AnswerKind::reported);
    }
    EXPECT_GE(asked, 199);
    EXPECT_LE(asked, 201) << "100 seconds at two a second";
}

TEST_F(SlowPolicy, LimitsWhatIsInFlightAndWhatWaits) {
    find_many(20);
    EXPECT_EQ(policy_.room(), 0U);
    int asked = 0;
    for (int step = 0; step < 100; ++step, pass(1s)) asked += static_cast<int>(ask().size());
    EXPECT_EQ(asked, 3);
    EXPECT_EQ(policy_.room(), 3U);
    EXPECT_EQ(policy_.wake_after(now_), std::nullopt) << "nothing to do before an answer";
    answer(AnswerKind::reported);
    EXPECT_EQ(ask().size(), 1U);
}

TEST_F(SlowPolicy, WhatIsHeldFindsRoomWhereNothingElseDoes) {
    find_many(20);
    find({due("held", 0s, Purpose::confirmation)});
    EXPECT_EQ(ask(), Words{"held"});
}

TEST_F(Policy, AnOutageOpensTheBreakerAndEndsWithAnAnswer) {
    find_many(9);
    ask_all();
    for (int failures = 0; failures < 8; ++failures) {
        EXPECT_FALSE(policy_.breaker_open());
        EXPECT_FALSE(answer(AnswerKind::failed).definite);
    }
    EXPECT_TRUE(policy_.breaker_open());
    answer(AnswerKind::failed);
    find({due("probe"), due("other")});
    EXPECT_EQ(ask(), Words{});
    const auto wait = policy_.wake_after(now_);
    ASSERT_TRUE(wait);
    EXPECT_LE(*wait, 2s);
    pass(*wait);
    EXPECT_EQ(ask().size(), 1U) << "one at a time";
    EXPECT_EQ(ask(), Words{});
    const event::Answer first = answer(AnswerKind::reported);
    EXPECT_EQ(first.steady_since, wall()) << "what was counted before the outage is void";
    EXPECT_FALSE(policy_.breaker_open());
    EXPECT_EQ(ask().size(), 1U);
}

TEST_F(Policy, PatienceWithWhatIsHeldEndsThoughNobodyCanBeAsked) {
    find({due("held", 0s, Purpose::confirmation)});
    EXPECT_TRUE(policy_.unaskable(wall(), now_).empty()) << "it can be asked about";
    find_many(8);
    ask_all();
    while (!asked_.empty()) answer(AnswerKind::failed);
    ASSERT_TRUE(policy_.breaker_open());
    DuePayment fresh = due("fresh", 0s, Purpose::confirmation);
    fresh.since = wall();
    find({due("old", 0s, Purpose::confirmation), fresh, due("other")});
    const auto probe = policy_.wake_after(now_);
    const auto unaskable = policy_.unaskable(wall(), now_);
    ASSERT_EQ(unaskable.size(), 1U);
    EXPECT_EQ(unaskable[0].reference, "old");
    const event::Answer answer =
        policy_.finished(unaskable[0].id, {AnswerKind::failed, "not asked", {}, false}, wall(), now_);
    EXPECT_FALSE(answer.definite);
    EXPECT_EQ(policy_.wake_after(now_), probe) << "it says nothing about the provider";
    EXPECT_TRUE(policy_.unaskable(wall(), now_).empty());
}

TEST_F(Policy, WhatIsHeldIsLookedAtWhileTheProviderWantsAPause) {
    DuePayment held = due("held", 0s, Purpose::confirmation);
    held.since = wall();
    find({due("a"), held});
    ask_all();
    answer(AnswerKind::reported);
    answer(AnswerKind::limited, 1h);
    held.reference = "another";
    find({held});
    EXPECT_EQ(policy_.wake_after(now_), 1s);
    EXPECT_TRUE(policy_.unaskable(wall(), now_).empty());
    pass(2min);
    EXPECT_EQ(policy_.unaskable(wall(), now_).size(), 1U);
    find({due("b")});
    EXPECT_EQ(policy_.wake_after(now_), 58min) << "the others wait";
}

TEST_F(Policy, WhatWasOnItsWayWhenTheBreakerOpenedSaysNothingNew) {
    find_many(16);
    ask_all();
    for (int failures = 0; failures < 8; ++failures) answer(AnswerKind::failed);
    ASSERT_TRUE(policy_.breaker_open());
    while (!asked_.empty()) answer(AnswerKind::failed);
    find({due("probe")});
    const auto wait = policy_.wake_after(now_);
    ASSERT_TRUE(wait);
    EXPECT_LE(*wait, 1200ms) << "the first pause is the shortest";
    pass(*wait);
    ASSERT_EQ(ask(), Words{"probe"});
    answer(AnswerKind::failed);
    find({due("next")});
    EXPECT_GT(policy_.wake_after(now_), *wait) << "a probe that fails makes it longer";
}

TEST_F(Policy, RefusalsAreAnOutageToo) {
    find_many(8);
    ask_all();
    for (int failures = 0; failures < 8; ++failures) answer(AnswerKind::refused);
    EXPECT_TRUE(policy_.breaker_open());
}

TEST_F(Policy, OneStrangePaymentIsNoOutage) {
    for (int failures = 0; failures < 20; ++failures) {
        find({due("a")});
        ASSERT_EQ(ask(), Words{"a"});
        answer(failures % 2 == 0 ? AnswerKind::failed : AnswerKind::mismatched);
        pass(1s);
    }
    EXPECT_FALSE(policy_.breaker_open());
}

TEST_F(Policy, TheProvidersWishStopsEverybody) {
    find({due("a"), due("b")});
    ask();
    answer(AnswerKind::limited, 30s);
    find({due("c")});
    EXPECT_EQ(ask(), Words{});
    EXPECT_EQ(policy_.wake_after(now_), 30s);
    pass(30s);
    EXPECT_EQ(ask(), Words{"c"});
}

TEST_F(Policy, WithNothingDueThereIsNothingToWaitFor) {
    EXPECT_EQ(policy_.wake_after(now_), std::nullopt);
    find({due("a")});
    EXPECT_EQ(policy_.wake_after(now_), 0ms);
}

TEST_F(Policy, ANewRateCountsAtOnce) {
    PolicyOptions options = usual();
    options.rate_per_second = 1;
    policy_.reconfigure(options);
    find_many(3);
    EXPECT_EQ(ask().size(), 1U);
    EXPECT_EQ(policy_.wake_after(now_), 1s);
}

TEST_F(Policy, KeepsItsShareOfTheRate) {
    policy_.set_share(0.25);
    int asked = 0;
    for (int step = 0; step < 10'000; ++step, pass(10ms)) {
        find({due("p" + std::to_string(step))});
        asked += static_cast<int>(ask().size());
        while (!asked_.empty()) answer(AnswerKind::reported);
    }
    EXPECT_GE(asked, 1'248);
    EXPECT_LE(asked, 1'252) << "100 seconds at a quarter of 50 a second";
}

TEST_F(Policy, WithoutAnyShareNobodyIsAsked) {
    policy_.set_share(0);
    find({due("a")});
    EXPECT_EQ(ask(), Words{});
    EXPECT_EQ(policy_.wake_after(now_), std::nullopt);
    policy_.set_share(1);
    EXPECT_EQ(ask(), Words{"a"});
}

TEST_F(SlowPolicy, WhatIsHeldHasALimitOfItsOwn) {
    for (int number = 0; number < 20; ++number) find({due("h" + std::to_string(number), 0s, Purpose::confirmation)});
    EXPECT_EQ(policy_.room_for_held(), 0U);
    EXPECT_EQ(policy_.room(), 5U);
    int asked = 0;
    for (int step = 0; step < 100; ++step, pass(1s)) {
        asked += static_cast<int>(ask().size());
        while (!asked_.empty()) answer(AnswerKind::reported);
    }
    EXPECT_EQ(asked, 5) << "the others are still due, and found again";
}

TEST_F(Policy, AShardThatIsAnothersIsLeftAloneAndWhatIsAskedGoesOn) {
    DuePayment other = due("b", 1s);
    other.shard = 3;
    find({due("a", 1h), other, due("c", 0s)});
    EXPECT_EQ(policy_.known_in(0), 2U);
    EXPECT_EQ(policy_.known_in(3), 1U);
    ASSERT_EQ(policy_.next(now_).size(), 3U);
    policy_.drop(0);
    EXPECT_EQ(policy_.known_in(0), 2U) << "they are being asked about";
    EXPECT_EQ(policy_.in_flight(), 3U);
    DuePayment late = due("d");
    late.shard = 3;
    find({late});
    policy_.drop(3);
    EXPECT_EQ(ask(), Words{});
    EXPECT_EQ(policy_.known_in(3), 1U);
    policy_.forget("b");
    EXPECT_EQ(policy_.known_in(3), 0U);
    find({late});
    EXPECT_EQ(ask(), Words{"d"}) << "and may be found again";
}

TEST_F(Policy, AClockThatWasSetVoidsWhatWasCounted) {
    find({due("a")});
    ask();
    policy_.clock_was_set(wall() + 30h);
    EXPECT_EQ(answer(AnswerKind::reported).steady_since, wall() + 30h);
}

TEST_F(Policy, PatienceWithWhatIsHeldBeginsWithOurStart) {
    // Awaited for an hour, while nobody was there: the first quick step, not the backoff.
    DuePayment held = due("held", 0s, Purpose::confirmation);
    held.since = noon - 30h;
    policy_.clock_was_set(wall());
    find({held});
    ask();
    EXPECT_LE(answer(AnswerKind::unknown).next_due, wall() + 10s);
}

}  // namespace
}  // namespace tollgate::requery
