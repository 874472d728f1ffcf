// DeliveryPolicy: order, the window, the cursor.
#include "delivery/policy_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::delivery::test {
namespace {

using namespace std::chrono_literals;
using event::Happening;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(PolicyOrder, LoadsReadsAttemptsAndSaves) {
    PolicyHarness world;
    const std::string a = world.append("a");
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(a));
    EXPECT_EQ(world.attempt_of(a), 1U);
    world.succeed(a);
    EXPECT_EQ(world.durable[0].cursor, 1U);
    EXPECT_EQ(world.policy->counters().delivered, 1U);
    EXPECT_FALSE(world.policy->has_unsaved());
    EXPECT_EQ(world.policy->wake_after(world.clock.steady()), 1'250ms) << "nothing to wait for but a pause";
}

TEST(PolicyOrder, OneAttemptOfAPaymentAtATimeInTheOrderOfTheLog) {
    PolicyHarness world;
    const std::string a1 = world.append("a", Happening::pending);
    const std::string b1 = world.append("b", Happening::pending);
    const std::string a2 = world.append("a");
    const std::string b2 = world.append("b");
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(a1, b1));
    world.succeed(b1);
    EXPECT_THAT(world.flying(), ElementsAre(a1, b2));
    world.succeed(a1);
    EXPECT_THAT(world.flying(), ElementsAre(b2, a2));
}

TEST(PolicyOrder, AFailingEventParksOnlyItsPayment) {
    PolicyHarness world;
    const std::string a1 = world.append("a", Happening::pending);
    const std::string b1 = world.append("b");
    const std::string a2 = world.append("a");
    world.run();
    world.fail(a1);
    EXPECT_TRUE(world.is_parked(a1));
    EXPECT_TRUE(world.is_parked(a2)) << "behind the one before it";
    EXPECT_EQ(world.durable[0].parked.at(a1).delivery.attempts, 1U);
    EXPECT_EQ(world.durable[0].parked.at(a1).failures.size(), 1U);
    EXPECT_EQ(world.durable[0].parked.at(a1).failures[0].what, "HTTP 500");
    EXPECT_EQ(world.durable[0].parked.at(a2).delivery.attempts, 0U);
    const std::string c1 = world.append("c");
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(b1, c1));
    world.succeed_all();
    EXPECT_EQ(world.durable[0].cursor, 4U) << "the cursor does not wait for what is parked";
}

TEST(PolicyOrder, TheCursorWaitsForASlowOneAndAheadRemembersTheRest) {
    PolicyHarness world;
    const std::string slow = world.append("slow");
    const std::string b = world.append("b");
    const std::string c = world.append("c");
    const std::string d = world.append("d");
    world.run();
    world.succeed(c);
    world.fail(d);
    EXPECT_EQ(world.durable[0].cursor, 0U);
    EXPECT_THAT(world.durable[0].ahead, ElementsAre(3, 4));
    world.succeed(slow);
    EXPECT_EQ(world.durable[0].cursor, 1U);
    world.succeed(b);
    EXPECT_EQ(world.durable[0].cursor, 4U);
    EXPECT_THAT(world.durable[0].ahead, IsEmpty());
}

TEST(PolicyOrder, ARestartRepeatsOnlyWhatWasNotSaved) {
    PolicyHarness world;
    const std::string slow = world.append("slow");
    const std::string b = world.append("b");
    const std::string c = world.append("c");
    world.run();
    world.succeed(b);
    world.fail(c);
    world.crash(false);
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(slow)) << "b was delivered, c is parked for later";
    world.succeed(slow);
    EXPECT_EQ(world.durable[0].cursor, 3U);
    world.advance(13s);
    EXPECT_THAT(world.flying(), ElementsAre(c));
    EXPECT_EQ(world.attempt_of(c), 2U);
}

TEST(PolicyOrder, WhatIsNotWantedIsPassed) {
    PolicyOptions options = PolicyHarness::default_options();
    options.filter.types = {"payment.succeeded"};
    PolicyHarness world(options);
    world.append("a", Happening::pending);
    const std::string a2 = world.append("a", Happening::succeeded);
    world.append("b", Happening::failed);
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(a2));
    EXPECT_EQ(world.durable[0].cursor, 1U);
    world.succeed(a2);
    EXPECT_EQ(world.durable[0].cursor, 3U);
    EXPECT_EQ(world.policy->counters().filtered, 2U);
}

TEST(PolicyOrder, AChangedFilterAppliesFromTheCursorOn) {
    PolicyOptions options = PolicyHarness::default_options();
    options.filter.types = {"payment.pending", "payment.failed"};
    PolicyHarness world(options);
    const std::string a = world.append("a", Happening::succeeded);  // passed at once
    const std::string b = world.append("b", Happening::pending);
    const std::string c = world.append("c", Happening::succeeded);
    const std::string d = world.append("d", Happening::failed);
    const std::string d2 = world.append("d", Happening::pending);
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(b, d));
    EXPECT_EQ(world.durable[0].cursor, 1U);
    world.succeed(d);
    world.fail(d2);
    options.filter.types = {"payment.succeeded"};
    world.reconfigure(options);
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(b, c)) << "b is on its way, c is now wanted, a is behind the cursor";
    world.succeed_all();
    EXPECT_EQ(world.durable[0].cursor, 5U);
    EXPECT_FALSE(world.delivered_once.contains(a));
    world.advance(13s);
    EXPECT_THAT(world.flying(), ElementsAre(d2)) << "what is parked stays wanted";
}

TEST(PolicyOrder, AChangedFilterTakesNoEventTwice) {
    PolicyHarness world;
    const std::string a = world.append("a", Happening::pending);
    const std::string a2 = world.append("a");
    const std::string b = world.append("b");
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(a, b));
    PolicyOptions options = world.options();
    options.filter.sources = {"k*"};
    world.reconfigure(options);
    world.run();
    world.succeed(b);
    EXPECT_THAT(world.flying(), ElementsAre(a));
    world.succeed_all();
    EXPECT_THAT(world.delivered, ElementsAre(b, a, a2));
    EXPECT_EQ(world.durable[0].cursor, 3U);
}

TEST(PolicyOrder, TheWindowIsBoundedAndReadInPages) {
    PolicyOptions options = PolicyHarness::default_options();
    options.page_entries = 8;
    options.max_in_flight = 4;
    PolicyHarness world(options);
    for (int i = 0; i < 100; ++i) world.append("p" + std::to_string(i));
    world.run();
    EXPECT_EQ(world.log_reads, 1U);
    EXPECT_EQ(world.flying().size(), 4U);
    for (int i = 0; i < 3; ++i) world.succeed(world.flying().front());
    EXPECT_EQ(world.log_reads, 1U) << "not for less than half a window";
    world.succeed(world.flying().front());
    EXPECT_EQ(world.log_reads, 2U);
    world.succeed_all();
    EXPECT_EQ(world.delivered.size(), 100U);
}

TEST(PolicyOrder, WhatLiesAheadOfASlowOneIsBounded) {
    PolicyOptions options = PolicyHarness::default_options();
    options.page_entries = 2;
    PolicyHarness world(options);
    const std::string slow = world.append("slow");
    for (int i = 0; i < 100; ++i) world.append("p" + std::to_string(i));
    world.run();
    while (world.flying().size() > 1) world.succeed(world.flying().back());
    EXPECT_EQ(world.durable[0].ahead.size(), 32U);
    world.succeed(slow);
    world.succeed_all();
    EXPECT_EQ(world.delivered.size(), 101U);
}

TEST(PolicyOrder, ReadsAgainWhenTheLogGrewDuringARead) {
    PolicyHarness world;
    world.append("a");
    Command renew = world.policy->next(world.clock.wall(), world.clock.steady()).at(0);
    world.carry_out(renew);
    Command load = world.policy->next(world.clock.wall(), world.clock.steady()).at(0);
    world.carry_out(load);
    const auto commands = world.policy->next(world.clock.wall(), world.clock.steady());
    ASSERT_EQ(commands.size(), 1U);
    ASSERT_TRUE(std::holds_alternative<ReadLog>(commands[0]));
    store::LogPage page;
    page.entries = {world.logs[0][0]};
    page.head = 1;
    const std::string b = world.append("b");  // while the read is on its way
    EXPECT_TRUE(world.policy->next(world.clock.wall(), world.clock.steady()).empty()) << "one read at a time";
    world.policy->log_read({0, 1}, page, world.clock.steady());
    world.run();
    EXPECT_THAT(world.flying(), testing::Contains(b));
}

TEST(PolicyOrder, AnEmptyPageEndsTheReadingWhateverTheHead) {
    PolicyHarness world;
    Command renew = world.policy->next(world.clock.wall(), world.clock.steady()).at(0);
    world.carry_out(renew);
    Command load = world.policy->next(world.clock.wall(), world.clock.steady()).at(0);
    world.carry_out(load);
    ASSERT_EQ(world.policy->next(world.clock.wall(), world.clock.steady()).size(), 1U);
    store::LogPage trimmed;
    trimmed.head = 1'000;
    world.policy->log_read({0, 1}, trimmed, world.clock.steady());
    EXPECT_TRUE(world.policy->next(world.clock.wall(), world.clock.steady()).empty());
}

TEST(PolicyOrder, GapsInTheLogDoNotHoldTheCursor) {
    PolicyHarness world;
    world.append("a");
    world.append("b");
    world.append("c");
    world.logs[0].erase(world.logs[0].begin(), world.logs[0].begin() + 2);  // retention took them
    world.run();
    world.succeed_all();
    EXPECT_EQ(world.delivered.size(), 1U);
    EXPECT_EQ(world.policy->next(world.clock.wall(), world.clock.steady()).size(), 0U);
    EXPECT_EQ(world.durable[0].cursor, 3U);
}

TEST(PolicyOrder, InFlightIsBoundedOverAllShardsAndShardsTakeTurns) {
    PolicyOptions options = PolicyHarness::default_options();
    options.max_in_flight = 8;
    PolicyHarness world(options, 4);
    for (int i = 0; i < 200; ++i) world.append("p" + std::to_string(i));
    world.run();
    ASSERT_EQ(world.flying().size(), 8U);
    std::map<store::Shard, int> per_shard;
    for (const std::string& id : world.flying()) ++per_shard[store::shard_of("kenya", world.entry(id).reference, 4)];
    EXPECT_THAT(per_shard,
                UnorderedElementsAre(std::pair(0U, 2), std::pair(1U, 2), std::pair(2U, 2), std::pair(3U, 2)));
}

TEST(PolicyOrder, TheRateIsKept) {
    PolicyOptions options = PolicyHarness::default_options();
    options.rate_per_second = 50;
    options.max_in_flight = 1'000;
    options.page_entries = 1'000;
    PolicyHarness world(options);
    for (int i = 0; i < 500; ++i) world.append("p" + std::to_string(i));
    world.run();
    EXPECT_EQ(world.started, 5U) << "a tenth of a second's worth at once";
    world.advance(1s);
    EXPECT_EQ(world.started, 55U);
    world.advance(2s);
    EXPECT_EQ(world.started, 155U);
}

TEST(PolicyOrder, FailedLoadsAndReadsAreRepeatedWithABackoff) {
    PolicyHarness world;
    world.store_is_down = true;
    const std::string a = world.append("a");
    world.run();
    EXPECT_EQ(world.policy->wake_after(world.clock.steady()), 100ms);
    world.advance(100ms);
    EXPECT_EQ(world.policy->wake_after(world.clock.steady()), 200ms);
    world.advance(30s);
    EXPECT_GT(*world.policy->wake_after(world.clock.steady()), 0ms);
    EXPECT_LE(*world.policy->wake_after(world.clock.steady()), 5s);
    world.store_is_down = false;
    world.advance(5s);
    EXPECT_THAT(world.flying(), ElementsAre(a));
    world.store_is_down = true;
    world.succeed(a);
    const std::size_t reads = world.log_reads;
    const std::string b = world.append("b");
    world.run();
    world.advance(300ms);
    EXPECT_EQ(world.log_reads, reads + 3);
    world.store_is_down = false;
    world.advance(400ms);
    EXPECT_THAT(world.flying(), ElementsAre(b));
}

TEST(PolicyOrder, KnowsTheOldestThatIsNotDelivered) {
    PolicyHarness world;
    const core::WallTime start = world.clock.wall();
    const std::string a = world.append("a");
    world.clock.advance(1s);
    const std::string b = world.append("b");
    world.run();
    EXPECT_EQ(world.policy->oldest_undelivered(), start);
    world.fail(a);
    EXPECT_EQ(world.policy->oldest_undelivered(), start) << "parked is not delivered";
    world.succeed(b);
    world.advance(13s);
    world.succeed(a);
    EXPECT_FALSE(world.policy->oldest_undelivered());
}

}  // namespace
}  // namespace tollgate::delivery::test
