// Unsaved: what is told again, and in which form.
#include "delivery/unsaved.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::delivery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

store::Park park(store::Position position) {
    store::Park made;
    made.delivery.position = position;
    made.delivery.event_id = "evt" + std::to_string(position);
    made.delivery.attempts = 1;
    made.event.position = position;
    made.event.event_id = made.delivery.event_id;
    made.failures.resize(1);
    return made;
}

store::Reschedule reschedule(store::Position position, std::uint32_t attempts) {
    store::Reschedule made;
    made.event_id = "evt" + std::to_string(position);
    made.attempts = attempts;
    made.failure = store::FailedAttempt{};
    return made;
}

store::Bury bury(store::Position position) {
    store::Bury made;
    made.event_id = "evt" + std::to_string(position);
    return made;
}

store::DeliveryUpdate take(Unsaved& unsaved) {
    store::DeliveryUpdate update;
    unsaved.take(update);
    return update;
}

TEST(Unsaved, ForgetsWhatIsConfirmed) {
    Unsaved unsaved;
    unsaved.delivered();
    unsaved.park(park(1));
    EXPECT_EQ(unsaved.count(), 2U);
    EXPECT_TRUE(unsaved.has_pending());
    EXPECT_NE(unsaved.copy_of(1), nullptr);
    EXPECT_EQ(take(unsaved).park.size(), 1U);
    EXPECT_FALSE(unsaved.has_pending());
    EXPECT_EQ(unsaved.count(), 2U);
    EXPECT_NE(unsaved.copy_of(1), nullptr) << "not known to be saved";
    unsaved.confirmed();
    EXPECT_EQ(unsaved.count(), 0U);
    EXPECT_EQ(unsaved.copy_of(1), nullptr);
    EXPECT_THAT(take(unsaved).park, IsEmpty());
}

TEST(Unsaved, AmendsAParkThatWasNeverSent) {
    Unsaved unsaved;
    unsaved.park(park(1));
    for (std::uint32_t attempts = 2; attempts <= 15; ++attempts) unsaved.reschedule(1, reschedule(1, attempts));
    const store::DeliveryUpdate update = take(unsaved);
    ASSERT_EQ(update.park.size(), 1U);
    EXPECT_EQ(update.park[0].delivery.attempts, 15U);
    EXPECT_EQ(update.park[0].failures.size(), 10U) << "the last ten";
    EXPECT_THAT(update.reschedule, IsEmpty());
}

TEST(Unsaved, TellsAgainWhatMayNotHaveArrived) {
    Unsaved unsaved;
    unsaved.park(park(1));
    take(unsaved);
    unsaved.reschedule(1, reschedule(1, 2));
    unsaved.failed();
    EXPECT_EQ(unsaved.count(), 2U);
    const store::DeliveryUpdate update = take(unsaved);
    ASSERT_EQ(update.park.size(), 1U);
    EXPECT_EQ(update.park[0].delivery.attempts, 1U);
    ASSERT_EQ(update.reschedule.size(), 1U);
    EXPECT_EQ(update.reschedule[0].attempts, 2U);
    unsaved.failed();
    EXPECT_EQ(take(unsaved).reschedule.size(), 1U) << "and again";
}

TEST(Unsaved, DoesNotAmendAParkThatMayHaveArrived) {
    Unsaved unsaved;
    unsaved.park(park(1));
    take(unsaved);
    unsaved.failed();
    unsaved.reschedule(1, reschedule(1, 2));
    const store::DeliveryUpdate update = take(unsaved);
    ASSERT_EQ(update.park.size(), 1U);
    EXPECT_EQ(update.park[0].delivery.attempts, 1U) << "as it was sent: the store may have it";
    ASSERT_EQ(update.reschedule.size(), 1U);
    EXPECT_EQ(update.reschedule[0].attempts, 2U);
}

TEST(Unsaved, KeepsReschedulesInTheirOrderAndBounded) {
    Unsaved unsaved;
    unsaved.reschedule(1, reschedule(1, 2));
    take(unsaved);
    for (std::uint32_t attempts = 3; attempts <= 14; ++attempts) unsaved.reschedule(1, reschedule(1, attempts));
    unsaved.failed();
    const store::DeliveryUpdate update = take(unsaved);
    ASSERT_EQ(update.reschedule.size(), 10U);
    EXPECT_EQ(update.reschedule.front().attempts, 5U);
    EXPECT_EQ(update.reschedule.back().attempts, 14U);
}

TEST(Unsaved, WhatIsFinishedNeedsNoMore) {
    Unsaved unsaved;
    unsaved.park(park(1));
    take(unsaved);
    unsaved.reschedule(1, reschedule(1, 2));
    unsaved.finish(1, "evt1");
    unsaved.failed();
    const store::DeliveryUpdate update = take(unsaved);
    EXPECT_THAT(update.park, IsEmpty());
    EXPECT_THAT(update.reschedule, IsEmpty());
    EXPECT_THAT(update.finished, ElementsAre("evt1"));
    EXPECT_EQ(unsaved.copy_of(1), nullptr);
}

TEST(Unsaved, ADeathIsToldBehindItsPark) {
    Unsaved unsaved;
    unsaved.park(park(1));
    take(unsaved);
    unsaved.bury(1, bury(1));
    unsaved.failed();
    const store::DeliveryUpdate update = take(unsaved);
    EXPECT_EQ(update.park.size(), 1U) << "the dead letter needs the event";
    ASSERT_EQ(update.bury.size(), 1U);
    EXPECT_FALSE(update.bury[0].event);
    unsaved.park(park(2));
    unsaved.bury(2, bury(2));
    unsaved.confirmed();
    EXPECT_EQ(take(unsaved).park.size(), 1U) << "also one that was never sent";
}

}  // namespace
}  // namespace tollgate::delivery
