// DeliveryPolicy: saves that fail, saves that nobody knows the end of, and crashes.
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

TEST(PolicySave, OneIsInFlightAndTheNextTakesWhatCameMeanwhile) {
    PolicyHarness world;
    world.saves_at_once = false;
    const std::string a = world.append("a");
    const std::string b = world.append("b");
    const std::string c = world.append("c");
    world.run();
    world.succeed(a);
    ASSERT_TRUE(world.save_waits());
    EXPECT_EQ(world.waiting_save().updates.at(0).cursor, 1U);
    world.fail(b);
    world.succeed(c);
    EXPECT_EQ(world.waiting_save().updates.at(0).cursor, 1U) << "still the first";
    world.end_save(SaveOutcome::done);
    world.run();
    ASSERT_TRUE(world.save_waits());
    const store::DeliveryUpdate& second = world.waiting_save().updates.at(0);
    EXPECT_EQ(second.cursor, 3U);
    ASSERT_EQ(second.park.size(), 1U);
    EXPECT_EQ(second.park[0].event.event_id, b);
    EXPECT_EQ(second.park[0].event.body, "body of " + b);
    EXPECT_THAT(second.ahead, IsEmpty());
    world.end_save(SaveOutcome::done);
    world.run();
    EXPECT_FALSE(world.save_waits()) << "nothing is sent twice";
    EXPECT_FALSE(world.policy->has_unsaved());
}

TEST(PolicySave, CarriesAllShardsThatChangedAndNoOthers) {
    PolicyHarness world(PolicyHarness::default_options(), 4);
    world.saves_at_once = false;
    for (int i = 0; i < 8; ++i) world.append("p" + std::to_string(i));
    world.run();
    world.succeed_all();  // the first one starts the save, all others go with the next
    world.end_save(SaveOutcome::done);
    world.run();
    ASSERT_TRUE(world.save_waits());
    std::set<store::Shard> shards;
    for (const auto& update : world.waiting_save().updates) EXPECT_TRUE(shards.insert(update.shard).second);
    EXPECT_GE(shards.size(), 2U);
    world.end_save(SaveOutcome::done);
    const std::string last = world.append("p0");
    world.run();
    world.succeed(last);
    ASSERT_TRUE(world.save_waits());
    ASSERT_EQ(world.waiting_save().updates.size(), 1U);
    EXPECT_EQ(world.waiting_save().updates[0].shard, store::shard_of("kenya", "p0", 4));
}

TEST(PolicySave, WaitsNoLongerOnceTheStoreGrantsLeasesAgain) {
    PolicyHarness world;
    world.saves_at_once = false;
    world.leases = world.all_leases(1);
    const std::string a = world.append("a");
    world.run();
    world.leases_at_once = false;
    world.succeed(a);
    for (auto pause = 100ms; pause < 1s; pause *= 2) {
        world.end_save(SaveOutcome::unavailable);
        world.advance(pause - 1ms);
        EXPECT_FALSE(world.save_waits());
        world.advance(1ms);
        ASSERT_TRUE(world.save_waits());
    }
    world.end_save(SaveOutcome::unavailable);
    world.run();
    ASSERT_FALSE(world.save_waits());
    ASSERT_TRUE(world.lease_request);
    world.answer_leases();
    world.run();
    EXPECT_TRUE(world.save_waits());
    world.end_save(SaveOutcome::done);
    EXPECT_FALSE(world.policy->has_unsaved());
}

TEST(PolicySave, WhatFailedIsSentAgainTogetherWithWhatIsNew) {
    for (const SaveOutcome outcome :
         {SaveOutcome::unavailable, SaveOutcome::unknown_but_done, SaveOutcome::unknown_and_not_done}) {
        PolicyHarness world;
        world.saves_at_once = false;
        const std::string a = world.append("a");
        const std::string b = world.append("b");
        world.run();
        world.fail(a);
        world.end_save(outcome);
        world.run();
        EXPECT_FALSE(world.save_waits()) << "the store is left alone for a while";
        world.succeed(b);
        EXPECT_FALSE(world.save_waits());
        EXPECT_TRUE(world.policy->has_unsaved());
        world.advance(100ms);
        ASSERT_TRUE(world.save_waits());
        const store::DeliveryUpdate& update = world.waiting_save().updates.at(0);
        EXPECT_EQ(update.cursor, 2U);
        ASSERT_EQ(update.park.size(), 1U);
        EXPECT_EQ(update.park[0].event.event_id, a);
        world.end_save(SaveOutcome::done);
        world.run();
        EXPECT_FALSE(world.policy->has_unsaved());
        EXPECT_TRUE(world.is_parked(a));
        EXPECT_EQ(world.durable[0].cursor, 2U);
    }
}

TEST(PolicySave, TheBackoffDoublesToFiveSecondsAndEndsWithASuccess) {
    PolicyOptions options = PolicyHarness::default_options();
    options.lease_margin = 24h;  // no lease is asked for meanwhile
    PolicyHarness world(options);
    world.saves_at_once = false;
    const std::string a = world.append("a");
    const std::string b = world.append("b");
    world.run();
    world.succeed(a);
    for (const auto wait : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
        world.end_save(SaveOutcome::unavailable);
        world.run();
        EXPECT_EQ(world.policy->wake_after(world.clock.steady()), wait);
        world.advance(wait);
        ASSERT_TRUE(world.save_waits());
    }
    world.end_save(SaveOutcome::done);
    world.succeed(b);
    world.end_save(SaveOutcome::unavailable);
    world.run();
    EXPECT_EQ(world.policy->wake_after(world.clock.steady()), 100ms);
}

TEST(PolicySave, ACursorAloneIsSavedAgainToo) {
    PolicyOptions options = PolicyHarness::default_options();
    options.filter.types = {"payout.*"};
    PolicyHarness world(options);
    world.saves_at_once = false;
    world.append("not wanted");
    world.run();
    ASSERT_TRUE(world.save_waits());
    world.end_save(SaveOutcome::unavailable);
    EXPECT_TRUE(world.policy->has_unsaved());
    world.advance(100ms);
    ASSERT_TRUE(world.save_waits());
    EXPECT_EQ(world.waiting_save().updates.at(0).cursor, 1U);
}

TEST(PolicySave, WithoutAStoreAttemptsComeToAnEnd) {
    PolicyOptions options = PolicyHarness::default_options();
    options.page_entries = 4'000;
    PolicyHarness world(options);
    world.saves_at_once = false;
    for (int i = 0; i < 3'000; ++i) world.append("p" + std::to_string(i));
    world.succeed_all();
    EXPECT_EQ(world.delivered.size(), 1'024U);
    while (world.policy->has_unsaved()) {
        world.end_save(SaveOutcome::done);
        world.succeed_all();
    }
    EXPECT_EQ(world.delivered.size(), 3'000U);
}

TEST(PolicySave, AnUnsentParkIsAmendedButNotOneThatTheStoreMayHave) {
    PolicyHarness world;
    world.saves_at_once = false;
    const std::string first = world.append("first");
    const std::string a = world.append("a");
    const std::string b = world.append("b");
    world.run();
    world.fail(b);  // goes out at once
    world.succeed(first);
    world.fail(a);  // waits for the save in flight
    world.advance(12s);
    world.fail(a);
    world.fail(b);
    world.end_save(SaveOutcome::unknown_but_done);
    world.advance(100ms);
    ASSERT_TRUE(world.save_waits());
    const store::DeliveryUpdate update = world.waiting_save().updates.at(0);
    ASSERT_EQ(update.park.size(), 2U);
    EXPECT_EQ(update.park[0].delivery.attempts, 2U);
    EXPECT_EQ(update.park[0].failures.size(), 2U);
    EXPECT_EQ(update.park[1].delivery.attempts, 1U) << "as it was sent";
    ASSERT_EQ(update.reschedule.size(), 1U);
    EXPECT_EQ(update.reschedule[0].event_id, b);
    EXPECT_EQ(update.reschedule[0].attempts, 2U);
    world.end_save(SaveOutcome::done);
    EXPECT_EQ(world.durable[0].parked.at(a).delivery.attempts, 2U);
    EXPECT_EQ(world.durable[0].parked.at(b).delivery.attempts, 2U);
}

TEST(PolicySave, AParkedOneDeliveredBeforeAnySaveLeavesNothingBehind) {
    for (const SaveOutcome outcome : {SaveOutcome::done, SaveOutcome::unavailable, SaveOutcome::unknown_but_done,
                                      SaveOutcome::unknown_and_not_done}) {
        PolicyHarness world;
        world.saves_at_once = false;
        const std::string a = world.append("a");
        world.run();
        world.fail(a);
        ASSERT_TRUE(world.save_waits());
        world.advance(12s);
        world.succeed(a);
        world.end_save(outcome);
        world.advance(5s);
        ASSERT_TRUE(world.save_waits());
        EXPECT_THAT(world.waiting_save().updates.at(0).finished, ElementsAre(a));
        world.end_save(SaveOutcome::done);
        EXPECT_TRUE(world.durable[0].parked.empty());
        EXPECT_TRUE(world.durable[0].dead.empty());
        EXPECT_EQ(world.durable[0].cursor, 1U);
    }
}

TEST(PolicySave, ADeathBeforeAnySaveKeepsItsEvent) {
    for (const SaveOutcome outcome : {SaveOutcome::done, SaveOutcome::unavailable, SaveOutcome::unknown_but_done,
                                      SaveOutcome::unknown_and_not_done}) {
        PolicyOptions options = PolicyHarness::default_options();
        options.retry = {1s};
        PolicyHarness world(options);
        world.saves_at_once = false;
        const std::string a = world.append("a");
        world.run();
        world.fail(a);
        world.advance(2s);
        world.fail(a);
        world.end_save(outcome);
        world.advance(5s);
        ASSERT_TRUE(world.save_waits());
        world.end_save(SaveOutcome::done);
        EXPECT_EQ(world.death_of(a), store::DeadReason::exhausted);
        EXPECT_TRUE(world.durable[0].parked.empty());
    }
}

TEST(PolicySave, WhatFollowsADeadLetterWaitsUntilThatIsSaved) {
    for (const bool was_parked : {true, false}) {
        PolicyOptions options = PolicyHarness::default_options();
        if (was_parked) {
            options.retry = {1s};
        } else {
            options.retry = {};
        }
        PolicyHarness world(options);
        world.saves_at_once = false;
        const std::string a1 = world.append("a");
        const std::string a2 = world.append("a", Happening::settled);
        world.run();
        world.fail(a1);
        if (was_parked) {
            world.end_save(SaveOutcome::done);
            world.advance(2s);
            world.fail(a1);
        }
        EXPECT_THAT(world.flying(), IsEmpty());
        world.end_save(SaveOutcome::unknown_and_not_done);
        const std::string b = world.append("b");
        const std::string a3 = world.append("a", Happening::reversed);
        world.advance(100ms);
        EXPECT_THAT(world.flying(), ElementsAre(b)) << "a crash now would bring a1 back";
        ASSERT_TRUE(world.save_waits());
        world.end_save(SaveOutcome::done);
        world.run();
        EXPECT_THAT(world.flying(), ElementsAre(b, a2));
        EXPECT_EQ(world.death_of(a1), store::DeadReason::exhausted);
        world.succeed(a2);
        EXPECT_THAT(world.flying(), ElementsAre(b, a3));
    }
}

TEST(PolicySave, ASaveIsHarmlessWhenItArrivesAfterItsRepeat) {
    PolicyHarness world;
    world.saves_at_once = false;
    const std::string a = world.append("a");
    const std::string b = world.append("b");
    world.run();
    world.fail(a);
    const SaveDelivery late = world.waiting_save();
    world.end_save(SaveOutcome::unknown_and_not_done);
    world.advance(12s);
    world.succeed(a);
    world.succeed(b);
    while (world.save_waits()) {
        world.end_save(SaveOutcome::done);
        world.run();
    }
    for (const store::DeliveryUpdate& update : late.updates) world.apply(update);
    EXPECT_TRUE(world.durable[0].parked.empty());
    EXPECT_EQ(world.durable[0].cursor, 2U);
}

/// One history with everything in it: parked, superseded, exhausted, ahead, behind. Returns how many steps it has; the
/// process dies after step `crash_after`, before or after its save in flight arrives, and a new one must end it well.
int play(int crash_after, bool apply_save, SaveOutcome outcome) {
    PolicyOptions options = PolicyHarness::default_options();
    options.retry = {2s, 4s, 6s};
    PolicyHarness world(options, 2);
    world.saves_at_once = false;
    const std::string doomed = world.append("doomed");
    const std::string pending = world.append("a", Happening::pending);
    world.append("a");
    world.append("b");
    const std::string late = world.append("b", Happening::settled);
    world.append("doomed", Happening::settled);
    for (int i = 0; i < 6; ++i) world.append("p" + std::to_string(i));
    int steps = 0;
    bool crashed = false;
    const auto step = [&] {
        if (steps++ != crash_after) return;
        world.crash(apply_save);
        crashed = true;
        world.run();
    };
    for (int round = 0; round < 60; ++round) {
        world.run();
        for (const std::string& id : world.flying()) {
            const std::vector<std::string> flying = world.flying();
            if (std::find(flying.begin(), flying.end(), id) == flying.end()) continue;  // died with the crash
            const bool bad = id == doomed || (id == pending && round < 40) || (id == late && round < 4);
            world.answer(id, bad ? 500 : 204);
            step();
        }
        if (world.save_waits()) {
            world.end_save(round % 3 == 0 ? outcome : SaveOutcome::done);
            world.run();
            step();
        }
        world.advance(500ms);
    }
    while (world.policy->has_unsaved()) {
        if (world.save_waits()) world.end_save(SaveOutcome::done);
        world.advance(5s);
    }
    EXPECT_TRUE(crashed || crash_after < 0 || crash_after >= steps);
    EXPECT_EQ(world.policy->parked(), 0U);
    for (std::size_t shard = 0; shard < world.logs.size(); ++shard) {
        EXPECT_EQ(world.durable[shard].cursor, world.logs[shard].size());
        EXPECT_TRUE(world.durable[shard].parked.empty());
        for (const store::LogEntry& each : world.logs[shard]) {
            EXPECT_TRUE(world.delivered_once.contains(each.event_id) || world.death_of(each.event_id)) << each.event_id;
        }
    }
    EXPECT_EQ(world.death_of(doomed), store::DeadReason::exhausted);
    EXPECT_EQ(world.death_of(pending), store::DeadReason::superseded);
    EXPECT_FALSE(world.delivered_once.contains(doomed));
    return steps;
}

TEST(PolicySave, ACrashAtAnyStepLosesNothingAndKeepsTheOrder) {
    for (const SaveOutcome outcome : {SaveOutcome::done, SaveOutcome::unavailable, SaveOutcome::unknown_but_done,
                                      SaveOutcome::unknown_and_not_done}) {
        const int steps = play(-1, false, outcome);
        ASSERT_GT(steps, 20);
        for (int crash_after = 0; crash_after < steps; ++crash_after) {
            for (const bool apply_save : {false, true}) {
                play(crash_after, apply_save, outcome);
                ASSERT_FALSE(HasFailure()) << "after step " << crash_after << ", save applied: " << apply_save;
            }
        }
    }
}

}  // namespace
}  // namespace tollgate::delivery::test
