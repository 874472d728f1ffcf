// DeliveryPolicy: the breaker, probes, the ramp, and pauses.
#include "delivery/policy_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tollgate::delivery::test {
namespace {

using namespace std::chrono_literals;
using event::Happening;
using testing::ElementsAre;
using testing::IsEmpty;

/// Eight payments fail: seven are parked, the eighth opens the breaker. `waiting` more have not been tried.
void open_breaker(PolicyHarness& world, int waiting) {
    std::vector<std::string> ids;
    for (int i = 0; i < 8; ++i) ids.push_back(world.append("sick" + std::to_string(i)));
    world.run();
    for (const std::string& id : ids) world.fail(id);
    for (int i = 0; i < waiting; ++i) world.append("waiting" + std::to_string(i));
    world.run();
}

PolicyOptions eight_at_a_time() {
    PolicyOptions options = PolicyHarness::default_options();
    options.max_in_flight = 8;
    return options;
}

TEST(PolicyBreaker, OpensAndParksNothingMore) {
    PolicyHarness world;
    std::vector<std::string> ids;
    for (int i = 0; i < 20; ++i) ids.push_back(world.append("p" + std::to_string(i)));
    world.run();
    EXPECT_EQ(world.flying().size(), 20U);
    for (int i = 0; i < 12; ++i) world.fail(ids[static_cast<std::size_t>(i)]);
    EXPECT_TRUE(world.policy->breaker_open());
    EXPECT_EQ(world.policy->parked(), 7U) << "the eighth opened it";
    EXPECT_EQ(world.durable[0].cursor, 7U);
    EXPECT_EQ(world.flying().size(), 8U) << "only what was on its way before";
    world.advance(5s);
    EXPECT_EQ(world.flying().size(), 8U) << "no probe before those have ended";
}

TEST(PolicyBreaker, TheSamePaymentFailingDoesNotOpenIt) {
    PolicyOptions options = PolicyHarness::default_options();
    options.retry.assign(20, 1s);
    PolicyHarness world(options);
    const std::string a = world.append("a");
    world.run();
    for (int i = 0; i < 12; ++i) {
        world.fail(a);
        world.advance(2s);
    }
    EXPECT_FALSE(world.policy->breaker_open());
}

TEST(PolicyBreaker, ProbesOneAtATimeWithDoublingIntervals) {
    PolicyHarness world(eight_at_a_time());
    open_breaker(world, 4);
    ASSERT_TRUE(world.policy->breaker_open());
    EXPECT_THAT(world.flying(), IsEmpty());
    EXPECT_EQ(world.policy->wake_after(world.clock.steady()), 1s);
    for (const auto interval : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        world.advance(interval - 1ms);
        EXPECT_THAT(world.flying(), IsEmpty());
        world.advance(1ms);
        ASSERT_EQ(world.flying().size(), 1U);
        const std::string probe = world.flying()[0];
        world.fail(probe);
        EXPECT_TRUE(world.policy->breaker_open());
        EXPECT_EQ(world.policy->parked(), 7U);
        EXPECT_EQ(world.durable[0].cursor, 7U);
    }
    for (const auto& [id, park] : world.durable[0].parked) EXPECT_EQ(park.delivery.attempts, 1U);
}

TEST(PolicyBreaker, ASuccessClosesItAndTheRampDoubles) {
    PolicyHarness world(eight_at_a_time());
    open_breaker(world, 40);
    world.advance(1s);
    ASSERT_EQ(world.flying().size(), 1U);
    world.succeed(world.flying()[0]);
    EXPECT_FALSE(world.policy->breaker_open());
    for (const std::size_t size : {1U, 2U, 4U, 8U, 8U}) {
        const std::vector<std::string> round = world.flying();
        EXPECT_EQ(round.size(), size);
        for (const std::string& id : round) world.succeed(id);
    }
}

TEST(PolicyBreaker, AProbeThatFailsUsesUpNothingAndOthersHaveTheirTurn) {
    PolicyHarness world(eight_at_a_time());
    open_breaker(world, 2);
    std::vector<std::string> probed;
    for (int i = 0; i < 6; ++i) {
        world.advance(30s);
        ASSERT_EQ(world.flying().size(), 1U);
        probed.push_back(world.flying()[0]);
        world.fail(probed.back());
    }
    std::vector<std::string> distinct = probed;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    EXPECT_EQ(distinct.size(), 6U) << "an event that never succeeds is not the only one probed";
    world.advance(30s);
    world.succeed(world.flying().at(0));
    EXPECT_FALSE(world.policy->breaker_open());
    for (int i = 0; i < 20; ++i) {
        world.succeed_all();
        world.advance(1s);
    }
    for (const std::string& id : probed) EXPECT_TRUE(world.delivered_once.contains(id)) << id;
    EXPECT_EQ(world.policy->counters().dead_exhausted, 0U);
}

TEST(PolicyBreaker, TheEventThatWasProbedIsStillAtItsFirstAttempt) {
    PolicyHarness world(eight_at_a_time());
    open_breaker(world, 0);
    world.advance(1s);
    ASSERT_THAT(world.flying(), ElementsAre(testing::StartsWith("sick7"))) << "the only one that may be tried";
    const std::string probe = world.flying()[0];
    EXPECT_EQ(world.attempt_of(probe), 1U);
    world.fail(probe);
    world.advance(2s);
    EXPECT_EQ(world.attempt_of(probe), 1U);
    world.succeed(probe);
    EXPECT_EQ(world.durable[0].cursor, 8U);
}

TEST(PolicyBreaker, ALateSuccessOfWhatWasInFlightClosesItToo) {
    PolicyHarness world;
    std::vector<std::string> ids;
    for (int i = 0; i < 9; ++i) ids.push_back(world.append("p" + std::to_string(i)));
    world.run();
    for (std::size_t i = 0; i < 8; ++i) world.fail(ids[i]);
    ASSERT_TRUE(world.policy->breaker_open());
    world.succeed(ids[8]);
    EXPECT_FALSE(world.policy->breaker_open());
    EXPECT_THAT(world.flying(), ElementsAre(ids[7])) << "the ramp starts at one";
}

TEST(PolicyBreaker, WhatComesBehindAParkedOneWaitsInTheWindowUntilItCloses) {
    PolicyHarness world(eight_at_a_time());
    open_breaker(world, 0);
    const std::string later = world.append("sick0", Happening::settled);
    world.run();
    EXPECT_EQ(world.policy->parked(), 7U);
    EXPECT_EQ(world.durable[0].cursor, 7U) << "the cursor stands";
    world.advance(1s);
    world.succeed(world.flying().at(0));
    EXPECT_TRUE(world.is_parked(later));
    EXPECT_EQ(world.durable[0].cursor, 9U);
}

TEST(PolicyBreaker, RetryAfterKeepsAnEventFromBeingProbed) {
    PolicyHarness world(eight_at_a_time());
    open_breaker(world, 0);
    world.advance(1s);
    const std::string probe = world.flying().at(0);
    world.answer(probe, 503, 1min);
    for (int i = 0; i < 3; ++i) {
        world.advance(15s);
        for (const std::string& id : world.flying()) {
            EXPECT_NE(id, probe);
            world.fail(id);
        }
    }
    world.advance(2min);
    for (int i = 0; i < 10 && !world.delivered_once.contains(probe); ++i) {
        world.advance(30s);
        world.succeed_all();
    }
    EXPECT_TRUE(world.delivered_once.contains(probe));
}

/// A maintenance page: it asks for a day, of everything that is in flight.
void ask_for_a_day(PolicyHarness& world) {
    for (const std::string& id : world.flying()) world.answer(id, 503, 24h);
}

void deliver_for(PolicyHarness& world, std::chrono::milliseconds time) {
    for (auto passed = 0ms; passed < time; passed += 1s) {
        world.succeed_all();
        world.advance(1s);
    }
}

TEST(PolicyBreaker, WhatWasAskedToWaitHoldsNothingUpOnceItHasClosed) {
    PolicyOptions options = PolicyHarness::default_options();
    options.max_in_flight = 40;
    PolicyHarness world(options);
    std::vector<std::string> asked;
    for (int i = 0; i < 39; ++i) asked.push_back(world.append("asked" + std::to_string(i)));
    world.run();
    ask_for_a_day(world);
    for (int i = 0; i < 10; ++i) world.append("waiting" + std::to_string(i));
    ASSERT_TRUE(world.policy->breaker_open());
    EXPECT_EQ(world.policy->parked(), 7U);
    world.advance(1s);
    ASSERT_EQ(world.flying().size(), 1U);
    world.succeed(world.flying()[0]);
    ASSERT_FALSE(world.policy->breaker_open());
    EXPECT_EQ(world.policy->parked(), 39U);
    for (int i = 0; i < 2'000; ++i) world.append("new" + std::to_string(i));
    deliver_for(world, 5min);
    EXPECT_EQ(world.delivered.size(), 2'010U);
    EXPECT_EQ(world.durable[0].cursor, 2'049U);
    for (const std::string& id : asked) EXPECT_FALSE(world.delivered_once.contains(id)) << "it asked for a day";
    const std::string& last = asked.back();
    EXPECT_EQ(world.durable[0].parked.at(last).delivery.attempts, 0U) << "no attempt is used up";
    world.advance(24h - 6min);
    EXPECT_THAT(world.flying(), IsEmpty());
    world.advance(6min);
    EXPECT_FALSE(world.flying().empty());
    deliver_for(world, 1min);
    EXPECT_EQ(world.delivered.size(), 2'049U);
    EXPECT_EQ(world.policy->counters().dead_exhausted, 0U);
}

TEST(PolicyBreaker, WhatWasAskedToWaitIsParkedWithWhatFollowsIt) {
    PolicyHarness world;
    std::vector<std::string> first;
    for (int i = 0; i < 9; ++i) first.push_back(world.append("p" + std::to_string(i), Happening::pending));
    world.run();
    const std::string second = world.append("p8");
    world.run();
    for (const std::string& id : first) world.answer(id, 503, 1h);
    world.append("healthy");
    world.advance(1s);
    ASSERT_THAT(world.flying(), ElementsAre(testing::StartsWith("healthy")));
    world.succeed_all();
    EXPECT_TRUE(world.is_parked(first[8]));
    EXPECT_TRUE(world.is_parked(second));
    EXPECT_EQ(world.durable[0].cursor, 11U);
    world.advance(58min);
    EXPECT_THAT(world.flying(), IsEmpty()) << "what follows it does not overtake it";
    world.advance(2min);
    world.succeed_all();
    deliver_for(world, 1min);
    EXPECT_EQ(world.delivered_once.size(), 11U);
    EXPECT_EQ(world.policy->counters().dead_superseded, 0U);
}

TEST(PolicyBreaker, AShardFullOfWhatWasAskedToWaitStillGetsItsProbes) {
    PolicyHarness world;
    for (int i = 0; i < 64; ++i) world.append("asked" + std::to_string(i));
    world.run();
    ask_for_a_day(world);
    ASSERT_TRUE(world.policy->breaker_open());
    for (int i = 0; i < 2'000; ++i) world.append("new" + std::to_string(i));
    for (int i = 0; i < 120; ++i) {
        world.advance(30s);
        ASSERT_EQ(world.flying().size(), 1U) << "after " << i << " probes nothing was left to probe with";
        ask_for_a_day(world);
    }
    EXPECT_TRUE(world.policy->breaker_open());
    EXPECT_LE(world.policy->parked(), 64U + 120U) << "only what was asked to wait";
    world.advance(30s);
    world.succeed_all();
    deliver_for(world, 5min);
    EXPECT_EQ(world.delivered.size(), 2'000U - 120U);
    EXPECT_EQ(world.durable[0].cursor, 2'064U);
}

TEST(PolicyBreaker, WhatFollowsWhatWasAskedToWaitDoesNotKeepTheProbesOutEither) {
    PolicyHarness world;
    for (int i = 0; i < 64; ++i) world.append("asked" + std::to_string(i));
    world.run();
    ask_for_a_day(world);
    for (int i = 10; i < 50; ++i) world.append("asked" + std::to_string(i), Happening::settled);
    world.append("new");
    world.advance(1s);
    EXPECT_THAT(world.flying(), ElementsAre(testing::StartsWith("new")));
    EXPECT_TRUE(world.policy->breaker_open());
    EXPECT_EQ(world.policy->counters().dead_superseded, 0U);
}

TEST(PolicyBreaker, WhatFollowsAFailedOneIsNotParkedDuringAnOutageHoweverFullTheWindow) {
    PolicyHarness world(eight_at_a_time());
    open_breaker(world, 0);
    for (int i = 0; i < 63; ++i) world.append("sick" + std::to_string(i % 7), Happening::settled);
    world.advance(1s);
    EXPECT_THAT(world.flying(), ElementsAre(testing::StartsWith("sick7")));
    world.answer(world.flying().at(0), 503, 24h);
    world.advance(100ms);
    EXPECT_EQ(world.policy->parked(), 8U) << "only what was asked to wait";
}

TEST(PolicyBreaker, WhatWasAskedToWaitIsParkedOnlyWhereThereIsRoom) {
    PolicyOptions options = PolicyHarness::default_options();
    options.max_parked = 10;
    PolicyHarness world(options);
    for (int i = 0; i < 64; ++i) world.append("asked" + std::to_string(i));
    world.run();
    ask_for_a_day(world);
    for (int i = 0; i < 100; ++i) world.append("new" + std::to_string(i));
    for (int i = 0; i < 10; ++i) {
        world.advance(30s);
        world.succeed_all();
        EXPECT_EQ(world.policy->parked(), 10U);
    }
    world.advance(24h);
    deliver_for(world, 5min);
    EXPECT_EQ(world.delivered.size(), 164U) << "nothing is lost by the limit";
}

TEST(PolicyPause, WhatWasAskedToWaitHoldsNothingUpOnceItHasEnded) {
    PolicyHarness world;
    for (int i = 0; i < 40; ++i) world.append("asked" + std::to_string(i));
    world.run();
    world.policy->pause();
    ask_for_a_day(world);
    EXPECT_EQ(world.policy->parked(), 0U);
    EXPECT_EQ(world.durable[0].cursor, 0U) << "the cursor stands";
    world.resume();
    for (int i = 0; i < 2'000; ++i) world.append("new" + std::to_string(i));
    deliver_for(world, 5min);
    EXPECT_EQ(world.delivered.size(), 2'000U);
    EXPECT_EQ(world.policy->parked(), 40U);
    EXPECT_EQ(world.durable[0].cursor, 2'040U);
}

TEST(PolicyPause, A410PausesAndUsesUpNothing) {
    PolicyHarness world;
    const std::string a = world.append("a");
    const std::string b = world.append("b");
    world.run();
    world.answer(a, 410);
    EXPECT_TRUE(world.policy->paused());
    world.fail(b);
    EXPECT_EQ(world.policy->parked(), 0U);
    EXPECT_EQ(world.durable[0].cursor, 0U);
    world.append("c");
    world.advance(10min);
    EXPECT_THAT(world.flying(), IsEmpty());
    world.resume();
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(a)) << "ramps from one, oldest first";
    world.succeed_all();
    EXPECT_EQ(world.delivered.size(), 3U);
}

TEST(PolicyPause, AParkedOneKeepsItsAttempts) {
    PolicyHarness world;
    const std::string a = world.append("a");
    world.run();
    world.fail(a);
    world.advance(12s);
    world.answer(a, 410);
    EXPECT_EQ(world.durable[0].parked.at(a).delivery.attempts, 1U);
    world.resume();
    world.advance(100ms);
    EXPECT_THAT(world.flying(), ElementsAre(a));
    EXPECT_EQ(world.attempt_of(a), 2U);
}

TEST(PolicyPause, WhatSucceedsDuringAPauseCounts) {
    PolicyHarness world;
    const std::string a = world.append("a");
    world.run();
    world.policy->pause();
    world.succeed(a);
    EXPECT_EQ(world.durable[0].cursor, 1U);
}

}  // namespace
}  // namespace tollgate::delivery::test
