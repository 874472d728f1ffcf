// DeliveryWorker: how it stops, and that nothing reaches it after its end.
#include "delivery/worker_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::delivery::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(DeliveryWorkerTest, StopsWithNothingNewAndSavesWhatItKnows) {
    append("a");
    append("b");
    WorkerOptions one = options();
    one.policy.max_in_flight = 1;
    start(one);
    store_.holds = true;
    wire_.answer(200);  // b starts, the save waits
    ASSERT_EQ(wire_.requests.size(), 2U);
    worker_->stop();
    append("c");
    wire_.answer(200);
    EXPECT_EQ(wire_.requests.size(), 2U);
    EXPECT_FALSE(worker_->settled());
    while (store_.held() != 0) {
        store_.release();
        poll();
    }
    EXPECT_TRUE(worker_->settled());
    EXPECT_EQ(store_.cursor, 2U);
    EXPECT_THAT(notes_.lines, Not(testing::Contains(HasSubstr("paused")))) << "a stop is no pause";
}

TEST_F(DeliveryWorkerTest, AnswersOfTheStoreAfterItsEndAreDropped) {
    append("a");
    store_.holds = true;
    start();
    ASSERT_EQ(store_.held(), 1U);
    std::thread engine([this] { store_.release(); });  // posted, but not yet run
    engine.join();
    worker_.reset();
    poll();
    EXPECT_EQ(store_.held(), 0U);
    start();
    worker_.reset();
    store_.release();  // not even posted
    EXPECT_THAT(wire_.requests, IsEmpty());
}

TEST_F(DeliveryWorkerTest, AnswersOfTheSubscriberAfterItsEndAreDropped) {
    append("a");
    start();
    ASSERT_EQ(wire_.waiting.size(), 1U);
    worker_.reset();
    EXPECT_FALSE(wire_.transport_lives);
    wire_.answer(200);
    EXPECT_THAT(notes_.lines, IsEmpty());
    EXPECT_EQ(store_.cursor, 0U);
}

}  // namespace
}  // namespace tollgate::delivery::test
