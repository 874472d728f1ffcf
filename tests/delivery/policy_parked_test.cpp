// DeliveryPolicy: parked deliveries, their schedule, their end.
#include "delivery/policy_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::delivery::test {
namespace {

using namespace std::chrono_literals;
using event::Happening;
using testing::ElementsAre;
using testing::IsEmpty;

/// Lets the delivery come due and fail once more.
void fail_again(PolicyHarness& world, const std::string& id) {
    world.advance(60s);
    ASSERT_THAT(world.flying(), testing::Contains(id));
    world.fail(id);
}

TEST(PolicyParked, IsTriedAgainAfterItsDelayWithinTheJitter) {
    PolicyOptions options = PolicyHarness::default_options();
    options.lease_margin = 24h;  // no lease is asked for meanwhile
    PolicyHarness world(options);
    const std::string a = world.append("a");
    world.run();
    world.fail(a);
    const auto wake = world.policy->wake_after(world.clock.steady());
    ASSERT_TRUE(wake);
    EXPECT_GE(*wake, 8s);
    EXPECT_LT(*wake, 12s);
    EXPECT_EQ(world.durable[0].parked.at(a).delivery.next_attempt_at, world.clock.wall() + *wake);
    world.advance(*wake - 1ms);
    EXPECT_THAT(world.flying(), IsEmpty());
    world.advance(1ms);
    EXPECT_THAT(world.flying(), ElementsAre(a));
    EXPECT_EQ(world.attempt_of(a), 2U);
    world.fail(a);
    EXPECT_EQ(world.durable[0].parked.at(a).delivery.attempts, 2U);
    EXPECT_GE(*world.policy->wake_after(world.clock.steady()), 16s);
    EXPECT_LT(*world.policy->wake_after(world.clock.steady()), 24s);
}

TEST(PolicyParked, HeedsRetryAfterWhereItMay) {
    PolicyHarness world;
    const std::string a = world.append("a");
    const std::string b = world.append("b");
    const std::string c = world.append("c");
    const std::string d = world.append("d");
    world.run();
    const core::WallTime start = world.clock.wall();
    world.answer(a, 503, 1h);
    world.answer(b, 429, 100h);
    world.answer(c, 500, 1h);
    world.answer(d, 503, 1s);
    auto& parked = world.durable[0].parked;
    EXPECT_EQ(parked.at(a).delivery.next_attempt_at, start + 1h);
    EXPECT_EQ(parked.at(b).delivery.next_attempt_at, start + 24h) << "at most";
    EXPECT_LT(parked.at(c).delivery.next_attempt_at, start + 12s) << "only 429 and 503 may ask";
    EXPECT_GE(parked.at(d).delivery.next_attempt_at, start + 8s) << "never sooner than the schedule";
}

TEST(PolicyParked, EndsAsADeadLetterThatBlocksNothing) {
    PolicyHarness world;
    const std::string a1 = world.append("a", Happening::succeeded);
    const std::string a2 = world.append("a", Happening::settled);
    world.run();
    world.fail(a1);
    for (int i = 0; i < 4; ++i) fail_again(world, a1);
    EXPECT_EQ(world.death_of(a1), store::DeadReason::exhausted);
    EXPECT_EQ(world.policy->counters().dead_exhausted, 1U);
    EXPECT_EQ(world.policy->counters().failed_attempts, 5U);
    EXPECT_THAT(world.flying(), ElementsAre(a2)) << "at once";
    EXPECT_EQ(world.attempt_of(a2), 1U);
    world.succeed(a2);
    EXPECT_EQ(world.policy->parked(), 0U);
    EXPECT_FALSE(world.policy->oldest_undelivered());
}

TEST(PolicyParked, WithoutARetryTheFirstFailureIsTheEnd) {
    PolicyOptions options = PolicyHarness::default_options();
    options.retry = {};
    PolicyHarness world(options);
    const std::string a1 = world.append("a", Happening::pending);
    const std::string a2 = world.append("a");
    world.run();
    world.fail(a1);
    EXPECT_EQ(world.death_of(a1), store::DeadReason::exhausted);
    EXPECT_EQ(world.policy->parked(), 0U);
    EXPECT_THAT(world.flying(), ElementsAre(a2));
    EXPECT_EQ(world.durable[0].cursor, 1U);
}

TEST(PolicyParked, TheNextOfItsPaymentIsDueAtOnceAfterASuccess) {
    PolicyHarness world;
    const std::string a1 = world.append("a", Happening::pending);
    const std::string a2 = world.append("a", Happening::action_required);
    const std::string a3 = world.append("a");
    world.run();
    world.fail(a1);
    EXPECT_EQ(world.policy->parked(), 3U);
    world.advance(12s);
    world.succeed(a1);
    EXPECT_THAT(world.flying(), ElementsAre(a2));
    world.succeed(a2);
    EXPECT_THAT(world.flying(), ElementsAre(a3));
    world.fail(a3);
    EXPECT_EQ(world.policy->parked(), 1U);
    world.advance(12s);
    EXPECT_EQ(world.attempt_of(a3), 2U);
    world.succeed(a3);
    EXPECT_THAT(world.delivered, ElementsAre(a1, a2, a3));
}

TEST(PolicyParked, ANonFinalOneIsSupersededAfterThreeAttempts) {
    PolicyHarness world;
    const std::string a1 = world.append("a", Happening::pending);
    const std::string a2 = world.append("a");
    world.run();
    world.fail(a1);
    fail_again(world, a1);
    EXPECT_FALSE(world.death_of(a1)) << "two attempts only";
    fail_again(world, a1);
    EXPECT_EQ(world.death_of(a1), store::DeadReason::superseded);
    EXPECT_EQ(world.policy->counters().dead_superseded, 1U);
    EXPECT_THAT(world.flying(), ElementsAre(a2));
}

TEST(PolicyParked, ANonFinalOneIsSupersededByOneThatComesLater) {
    PolicyHarness world;
    const std::string a1 = world.append("a", Happening::action_required);
    world.run();
    world.fail(a1);
    fail_again(world, a1);
    fail_again(world, a1);
    EXPECT_FALSE(world.death_of(a1)) << "nothing waits behind it";
    EXPECT_EQ(world.durable[0].parked.at(a1).delivery.attempts, 3U);
    const std::string a2 = world.append("a");
    world.run();
    EXPECT_EQ(world.death_of(a1), store::DeadReason::superseded);
    EXPECT_THAT(world.flying(), ElementsAre(a2));
    EXPECT_EQ(world.policy->parked(), 0U) << "what came later never had to wait";
}

TEST(PolicyParked, ALaterOneDoesNotCutAnAttemptShort) {
    PolicyHarness world;
    const std::string a1 = world.append("a", Happening::pending);
    world.run();
    world.fail(a1);
    fail_again(world, a1);
    fail_again(world, a1);
    world.advance(60s);
    ASSERT_THAT(world.flying(), ElementsAre(a1));
    const std::string a2 = world.append("a");
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(a1));
    EXPECT_FALSE(world.death_of(a1));
    world.succeed(a1);
    EXPECT_THAT(world.flying(), ElementsAre(a2));
    EXPECT_FALSE(world.death_of(a1));
}

TEST(PolicyParked, AFinalOneIsNeverSuperseded) {
    for (const Happening happening :
         {Happening::succeeded, Happening::conflict, Happening::disputed, Happening::unresolved}) {
        PolicyHarness world;
        const std::string a1 = world.append("a", happening);
        world.append("a", Happening::settled);
        world.run();
        world.fail(a1);
        for (int i = 0; i < 3; ++i) fail_again(world, a1);
        EXPECT_FALSE(world.death_of(a1));
        EXPECT_EQ(world.durable[0].parked.at(a1).delivery.attempts, 4U);
    }
}

TEST(PolicyParked, SurvivesARestartWithItsAttemptsAndItsTime) {
    PolicyHarness world;
    const std::string a1 = world.append("a", Happening::succeeded);
    const std::string a2 = world.append("a", Happening::settled);
    world.run();
    world.fail(a1);
    fail_again(world, a1);
    const core::WallTime due = world.durable[0].parked.at(a1).delivery.next_attempt_at;
    world.advance(3s);
    world.crash(false);
    world.run();
    EXPECT_THAT(world.flying(), IsEmpty());
    world.advance(due - world.clock.wall() - 1ms);
    EXPECT_THAT(world.flying(), IsEmpty());
    world.advance(1ms);
    EXPECT_THAT(world.flying(), ElementsAre(a1));
    EXPECT_EQ(world.attempt_of(a1), 3U);
    world.succeed(a1);
    world.succeed(a2);
    EXPECT_EQ(world.policy->parked(), 0U);
    EXPECT_TRUE(world.durable[0].parked.empty());
}

TEST(PolicyParked, OneThatOnlyWaitedIsDueAtOnceAfterARestart) {
    PolicyHarness world;
    const std::string a1 = world.append("a", Happening::succeeded);
    const std::string a2 = world.append("a", Happening::settled);
    world.run();
    world.fail(a1);
    world.advance(12s);
    ASSERT_THAT(world.flying(), ElementsAre(a1));
    world.clock.advance_wall(-2h);  // so a2 seems to have been parked in the future
    world.succeed(a1);
    world.crash(false);
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(a2));
}

TEST(PolicyParked, AStepOfTheWallClockNeitherFiresNorDelays) {
    PolicyHarness world;
    const std::string a = world.append("a");
    const std::string b = world.append("b");
    world.run();
    world.fail(a);
    world.clock.advance_wall(48h);
    world.advance(7s);
    EXPECT_THAT(world.flying(), ElementsAre(b)) << "not fired";
    world.clock.advance_wall(-96h);
    world.advance(5s);
    EXPECT_THAT(world.flying(), ElementsAre(b, a)) << "not delayed";
}

TEST(PolicyParked, AWrongClockBeforeARestartDelaysNoLongerThanAnySchedule) {
    PolicyHarness world;
    const std::string a = world.append("a");
    world.run();
    world.clock.advance_wall(1'000h);
    world.fail(a);
    world.clock.advance_wall(-1'000h);
    world.crash(false);
    world.advance(24h - 1ms);
    EXPECT_THAT(world.flying(), IsEmpty());
    world.advance(1ms);
    EXPECT_THAT(world.flying(), ElementsAre(a));
}

TEST(PolicyParked, ItsCopyIsReadShortlyBeforeTheAttempt) {
    PolicyHarness world;
    const std::string a = world.append("a");
    world.run();
    world.fail(a);
    EXPECT_EQ(world.copy_reads, 0U);
    world.store_is_down = true;
    world.advance(13s);
    EXPECT_THAT(world.flying(), IsEmpty());
    EXPECT_GE(world.copy_reads, 2U) << "asked again";
    world.store_is_down = false;
    world.advance(5s);
    EXPECT_THAT(world.flying(), ElementsAre(a));
}

TEST(PolicyParked, ItsCopyIsKeptWhileItIsNotSaved) {
    PolicyHarness world;
    world.saves_at_once = false;
    const std::string a = world.append("a");
    world.run();
    world.fail(a);
    world.advance(12s);
    EXPECT_THAT(world.flying(), ElementsAre(a));
    EXPECT_EQ(world.copy_reads, 0U);
}

TEST(PolicyParked, AMissingCopyIsCountedAndHoldsNobodyUp) {
    PolicyHarness world;
    const std::string a1 = world.append("a");
    const std::string a2 = world.append("a", Happening::settled);
    world.run();
    world.fail(a1);
    world.durable[0].parked.erase(a1);
    world.advance(12s);
    EXPECT_EQ(world.policy->counters().missing_copies, 1U);
    EXPECT_THAT(world.flying(), ElementsAre(a2));
}

TEST(PolicyParked, ABoundOnParkedOnesHoldsTheCursor) {
    PolicyOptions options = PolicyHarness::default_options();
    options.max_parked = 2;
    options.max_in_flight = 1;
    PolicyHarness world(options);
    const std::string a1 = world.append("a", Happening::succeeded);
    const std::string a2 = world.append("a", Happening::settled);
    const std::string a3 = world.append("a", Happening::reversed);
    const std::string b1 = world.append("b");
    world.run();
    world.fail(a1);
    EXPECT_EQ(world.policy->parked(), 2U);
    EXPECT_EQ(world.durable[0].cursor, 2U);
    EXPECT_THAT(world.flying(), IsEmpty()) << "b1 could not be parked if it failed";
    world.advance(12s);
    world.succeed(a1);
    EXPECT_EQ(world.durable[0].cursor, 3U) << "a3 has taken the place of a1";
    world.succeed(a2);
    world.succeed_all();
    EXPECT_EQ(world.delivered.size(), 4U);
    EXPECT_EQ(world.durable[0].cursor, 4U);
}

TEST(PolicyParked, RetriesAreBoundedAndDoNotStarveFreshEvents) {
    PolicyOptions options = PolicyHarness::default_options();
    options.max_in_flight = 4;
    options.retry = {10s, 1h, 1h};
    PolicyHarness world(options);
    // Failures with a success now and then, so that the breaker stays out of it.
    for (int i = 0; i < 60; ++i) {
        const std::string id = world.append("p" + std::to_string(i));
        const std::string good = world.append("good" + std::to_string(i));
        world.run();
        world.succeed(good);
        world.fail(id);
    }
    EXPECT_EQ(world.policy->parked(), 60U);
    world.advance(3s);  // those 120 first attempts have earned some retries
    world.clock.advance(20s);
    world.run();
    const std::size_t before = world.started;
    for (int tenth = 0; tenth < 20; ++tenth) {
        for (const std::string& id : world.flying()) world.succeed(id);
        world.advance(100ms);
    }
    EXPECT_GE(world.started - before, 19U);
    EXPECT_LE(world.started - before, 20U + 10U) << "ten a second, and what first attempts have earned";
    const std::string fresh = world.append("fresh");
    world.run();
    EXPECT_THAT(world.flying(), testing::Contains(fresh));
}

TEST(PolicyParked, ParkedAndFreshTakeTurns) {
    PolicyOptions options = PolicyHarness::default_options();
    options.max_in_flight = 1;
    PolicyHarness world(options);
    std::vector<std::string> late;
    for (int i = 0; i < 4; ++i) {
        late.push_back(world.append("late" + std::to_string(i)));
        world.run();
        world.fail(late.back());
    }
    for (int i = 0; i < 8; ++i) world.append("fresh" + std::to_string(i));
    world.clock.advance(13s);
    world.run();
    std::string kinds;
    while (!world.flying().empty()) {
        kinds += world.flying()[0][0];
        world.advance(100ms);  // the retry budget is not what is tested
        world.succeed(world.flying()[0]);
    }
    EXPECT_EQ(kinds.substr(0, 8), "lflflflf");
}

}  // namespace
}  // namespace tollgate::delivery::test
