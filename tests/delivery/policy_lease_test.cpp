// DeliveryPolicy under leases: what it works, when it asks, and what it forgets.
#include "delivery/policy_lease_fixture.hpp"

namespace tollgate::delivery::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(PolicyLease, WithoutOneNothingIsDoneOrReported) {
    grant({});
    append_to(0);
    world_.run();
    EXPECT_EQ(world_.lease_requests, 1U);
    EXPECT_EQ(world_.log_reads, 0U);
    EXPECT_THAT(world_.flying(), IsEmpty());
    EXPECT_FALSE(world_.policy->oldest_undelivered());
    EXPECT_EQ(world_.policy->parked(), 0U);
}

TEST_F(PolicyLease, OnlyTheShardsHeldAreWorked) {
    grant({{1, 8}});
    append_to(0);
    const std::string b = append_to(1);
    world_.run();
    EXPECT_THAT(world_.flying(), ElementsAre(b));
    grant({{0, 9}, {1, 8}});
    world_.advance(1'250ms);
    EXPECT_EQ(world_.flying().size(), 2U);
}

TEST_F(PolicyLease, AsksAtOnceAndThenFourTimesWithinTheMargin) {
    world_.run();
    EXPECT_EQ(world_.lease_requests, 1U);
    world_.advance(1'249ms);
    EXPECT_EQ(world_.lease_requests, 1U);
    const store::LeaseRequest& request = next_request();
    EXPECT_EQ(request.subscriber, "orders");
    EXPECT_EQ(request.lifetime, 20s);
    EXPECT_THAT(request.held, ElementsAre(store::Lease{0, 7}, store::Lease{1, 8}));
    EXPECT_FALSE(request.leaving);
}

TEST_F(PolicyLease, WhereLeasesDoNotEndItGoesOnAskingWhetherItIsPaused) {
    world_.leases.reset();
    const std::string a = append_to(0);
    world_.run();
    EXPECT_THAT(world_.flying(), ElementsAre(a));
    world_.advance(10min);
    EXPECT_EQ(world_.lease_requests, 1U + 10 * 60 * 1'000 / 1'250);
    EXPECT_THAT(world_.flying(), ElementsAre(a));
}

TEST_F(PolicyLease, AfterAFailureItAsksAgainLessAndLessOften) {
    world_.store_is_down = true;
    world_.advance(1s);
    EXPECT_EQ(world_.lease_requests, 4U);  // at 0, 100, 300 and 700 ms
    world_.advance(1min);
    EXPECT_LE(world_.lease_requests, 4U + 15U);
    world_.store_is_down = false;
    const std::string a = append_to(0);
    world_.advance(5s);
    EXPECT_THAT(world_.flying(), ElementsAre(a));
}

TEST_F(PolicyLease, AnAttemptStartsOnlyWhenItEndsBeforeTheLease) {
    world_.run();
    world_.store_is_down = true;
    world_.advance(4'999ms);
    world_.store_is_down = false;
    world_.leases_at_once = false;
    const std::string a = append_to(0);
    world_.run();
    EXPECT_THAT(world_.flying(), ElementsAre(a)) << "a millisecond more than the time-out is left";
    world_.advance(1ms);
    append_to(0);
    world_.run();
    EXPECT_EQ(world_.flying().size(), 1U) << "the lease might end first";
    if (!world_.lease_request) world_.advance(5s);
    world_.answer_leases();
    world_.run();
    EXPECT_EQ(world_.flying().size(), 2U);
}

TEST_F(PolicyLease, ALeaseCountsFromWhenItWasAskedFor) {
    world_.leases_at_once = false;
    const std::string a = append_to(0);
    world_.run();
    world_.clock.advance(5s);
    world_.answer_leases();
    world_.run();
    EXPECT_THAT(world_.flying(), IsEmpty()) << "of 20 s only 15 are left";
    ASSERT_TRUE(world_.lease_request) << "so it asks again at once";
    world_.answer_leases();
    world_.run();
    EXPECT_THAT(world_.flying(), ElementsAre(a));
}

TEST_F(PolicyLease, WhoeverWakesUpTooLateStartsNothing) {
    world_.run();
    append_to(0);
    hang(20s);
    world_.leases_at_once = false;
    world_.run();
    EXPECT_THAT(world_.flying(), IsEmpty());
    EXPECT_FALSE(world_.policy->oldest_undelivered());
    ASSERT_TRUE(world_.lease_request);
    EXPECT_THAT(world_.lease_request->held, IsEmpty());
    EXPECT_THAT(world_.lease_request->given_up, UnorderedElementsAre(store::Lease{0, 7}, store::Lease{1, 8}));
}

TEST_F(PolicyLease, ATokenThatWasDroppedIsNeverWorkedAgain) {
    world_.run();
    hang(19s);
    world_.leases_at_once = false;
    world_.run();
    ASSERT_TRUE(world_.lease_request);
    hang(1s);
    const std::string a = append_to(0);
    world_.run();  // the leases are over while the request is on its way
    world_.answer_leases();
    world_.run();
    EXPECT_THAT(world_.flying(), IsEmpty());
    ASSERT_TRUE(world_.lease_request);
    EXPECT_THAT(world_.lease_request->given_up, UnorderedElementsAre(store::Lease{0, 7}, store::Lease{1, 8}));
    grant({{0, 9}});
    world_.answer_leases();
    world_.run();
    EXPECT_THAT(world_.flying(), ElementsAre(a));
    EXPECT_THAT(next_request().given_up, IsEmpty()) << "handed back once";
}

TEST_F(PolicyLease, AnotherTokenMeansThatEverythingIsLoadedAnew) {
    const std::string a = append_to(0);
    const std::string b = append_to(0);
    world_.saves_at_once = false;
    world_.run();
    world_.succeed(a);
    world_.fail(b);
    world_.run();
    EXPECT_EQ(world_.policy->parked(), 1U);
    grant({{0, 9}, {1, 8}});
    world_.advance(1'250ms);
    EXPECT_EQ(world_.policy->parked(), 0U);
    EXPECT_THAT(world_.flying(), UnorderedElementsAre(a, b)) << "neither was saved";
    EXPECT_EQ(world_.policy->oldest_undelivered(), world_.entry(a).received_at);
}

TEST_F(PolicyLease, ALostShardIsForgotten) {
    const std::string a = append_to(0);
    world_.run();
    world_.fail(a);
    EXPECT_EQ(world_.policy->parked(), 1U);
    grant({{1, 8}});
    world_.advance(1'250ms);
    EXPECT_EQ(world_.policy->parked(), 0U);
    EXPECT_FALSE(world_.policy->oldest_undelivered());
    world_.advance(1min);
    EXPECT_THAT(world_.flying(), IsEmpty()) << "its retry is somebody else's";
    grant({{0, 9}, {1, 8}});
    world_.advance(1'250ms);
    EXPECT_EQ(world_.attempt_of(a), 2U) << "loaded as it was saved";
}

TEST_F(PolicyLease, OutcomesUnderALostLeaseAreIgnoredButCountedAsFinished) {
    const std::string a = append_to(0);
    world_.run();
    grant({{1, 8}});
    world_.advance(1'250ms);
    EXPECT_EQ(world_.policy->in_flight(), 1U);
    world_.succeed(a);
    EXPECT_EQ(world_.policy->in_flight(), 0U);
    EXPECT_EQ(world_.policy->counters().delivered, 0U);
    EXPECT_FALSE(world_.policy->has_unsaved());
}

TEST_F(PolicyLease, WhatStillFliesHoldsItsPaymentBack) {
    const std::string a = append_to(0);
    const std::string b = append_to(0);
    world_.run();
    world_.succeed(b);
    grant({{0, 9}, {1, 8}});
    world_.advance(1'250ms);
    EXPECT_THAT(world_.flying(), ElementsAre(a)) << "its first attempt still flies";
    world_.succeed(a);
    EXPECT_THAT(world_.flying(), ElementsAre(a)) << "and is repeated after that: nobody knows how it ended";
    world_.succeed(a);
    EXPECT_THAT(world_.flying(), IsEmpty());
    EXPECT_EQ(world_.durable[0].cursor, 2U);
}

TEST_F(PolicyLease, AnswersAskedForUnderAnOldLeaseAreIgnored) {
    const std::string a = append_to(0);
    std::vector<Command> commands;
    const auto next = [&] { commands = world_.policy->next(world_.clock.wall(), world_.clock.steady()); };
    const auto carry_out_all = [&] {
        for (Command& command : commands) world_.carry_out(command);
    };
    grant({{0, 7}});
    next();
    carry_out_all();  // the lease
    next();
    ASSERT_EQ(commands.size(), 1U);
    ASSERT_TRUE(std::holds_alternative<LoadDelivery>(commands[0]));
    EXPECT_EQ(std::get<LoadDelivery>(commands[0]).lease, (store::Lease{0, 7}));
    Command old_load = std::move(commands[0]);

    grant({{0, 9}});
    world_.clock.advance(1'250ms);
    next();
    carry_out_all();
    next();
    ASSERT_EQ(commands.size(), 1U);
    EXPECT_EQ(std::get<LoadDelivery>(commands[0]).lease, (store::Lease{0, 9}));
    world_.carry_out(old_load);
    EXPECT_THAT(world_.policy->next(world_.clock.wall(), world_.clock.steady()), IsEmpty()) << "it is not the answer";
    carry_out_all();
    world_.run();
    EXPECT_THAT(world_.flying(), ElementsAre(a));
    // Nor may a page or a copy come under it.
    world_.policy->log_read({0, 7}, core::Error(core::Errc::unavailable, "late"), world_.clock.steady());
    world_.policy->parked_read({0, 7}, std::vector<store::ParkedEvent>{}, world_.clock.steady());
    EXPECT_THAT(world_.policy->next(world_.clock.wall(), world_.clock.steady()), IsEmpty());
}

TEST_F(PolicyLease, SavesCarryTheTokenOfTheirShard) {
    const std::string a = append_to(0);
    const std::string b = append_to(1);
    world_.saves_at_once = false;
    world_.run();
    world_.succeed(a);
    ASSERT_TRUE(world_.save_waits());
    EXPECT_EQ(world_.waiting_save().updates.at(0).lease, 7U);
    world_.end_save(SaveOutcome::done);
    world_.succeed(b);
    ASSERT_TRUE(world_.save_waits());
    EXPECT_EQ(world_.waiting_save().updates.at(0).lease, 8U);
}

TEST_F(PolicyLease, AfterAFencedSaveItRenewsAtOnceAndSavesNothingBefore) {
    const std::string a = append_to(0);
    const std::string b = append_to(1);
    world_.run();
    world_.saves_at_once = false;
    world_.leases_at_once = false;
    world_.succeed(a);
    world_.succeed(b);
    world_.end_save(SaveOutcome::fenced);
    world_.run();
    ASSERT_TRUE(world_.lease_request) << "at once";
    world_.advance(1s);
    EXPECT_FALSE(world_.save_waits());
    grant({{1, 8}});
    world_.answer_leases();
    world_.run();
    ASSERT_TRUE(world_.save_waits());
    ASSERT_EQ(world_.waiting_save().updates.size(), 1U) << "what is lost is forgotten, what is held is kept";
    EXPECT_EQ(world_.waiting_save().updates[0].shard, 1U);
    world_.end_save(SaveOutcome::done);
    EXPECT_EQ(world_.durable[1].cursor, 1U);
    EXPECT_EQ(world_.durable[0].cursor, 0U);
}

TEST_F(PolicyLease, ARequestOnItsWayDoesNotEndAFence) {
    const std::string a = append_to(0);
    world_.run();
    world_.saves_at_once = false;
    world_.succeed(a);
    next_request();
    world_.end_save(SaveOutcome::fenced);
    world_.run();
    world_.answer_leases();  // it may be from before the lease was lost
    world_.run();
    EXPECT_FALSE(world_.save_waits());
    ASSERT_TRUE(world_.lease_request);
    world_.answer_leases();
    world_.advance(100ms);
    EXPECT_TRUE(world_.save_waits());
}

TEST_F(PolicyLease, ASaveThatEndsAfterItsShardWasLostTouchesNothing) {
    const std::string a = append_to(0);
    world_.run();
    world_.saves_at_once = false;
    world_.succeed(a);
    grant({{0, 9}, {1, 8}});
    world_.advance(1'250ms);
    EXPECT_THAT(world_.flying(), ElementsAre(a)) << "loaded before the save was done";
    world_.end_save(SaveOutcome::unknown_and_not_done);
    world_.run();
    EXPECT_FALSE(world_.policy->has_unsaved());
}

}  // namespace
}  // namespace tollgate::delivery::test
