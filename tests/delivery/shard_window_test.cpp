// ShardWindow: cursor, turns, rests, rewinding.
#include "delivery/shard_window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::delivery {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

void take(ShardWindow& window, store::Position position, std::uint64_t payment, bool parked = false) {
    store::LogEntry entry;
    entry.position = position;
    entry.body = std::string(10, 'x');
    window.add(std::move(entry), payment);
    window.read_to(position);
    window.settle(payment, parked);
}

/// The position that would be attempted next; 0: none.
store::Position next(const ShardWindow& window) {
    const Slot* slot = window.next_ready();
    return slot == nullptr ? 0 : slot->entry.position;
}

TEST(ShardWindow, TheCursorStandsBeforeTheFirstUnfinishedOne) {
    ShardWindow window;
    take(window, 1, 100);
    take(window, 2, 200);
    window.read_to(3);  // not wanted
    take(window, 4, 300);
    EXPECT_EQ(window.cursor(), 0U);
    window.finish(2);
    EXPECT_EQ(window.cursor(), 0U);
    EXPECT_THAT(window.ahead(), ElementsAre(2));
    window.finish(1);
    EXPECT_EQ(window.cursor(), 3U);
    EXPECT_THAT(window.ahead(), IsEmpty());
    window.finish(4);
    EXPECT_EQ(window.cursor(), 4U);
    EXPECT_EQ(window.size(), 0U);
    EXPECT_EQ(window.bytes(), 0U);
}

TEST(ShardWindow, LoadedPositionsAreNotNew) {
    ShardWindow window;
    window.load(10, {15, 12, 3});
    EXPECT_FALSE(window.is_new(10));
    EXPECT_TRUE(window.is_new(11));
    EXPECT_FALSE(window.is_new(12));
    EXPECT_THAT(window.ahead(), ElementsAre(12, 15)) << "3 is behind the cursor";
    EXPECT_FALSE(window.moved());
    window.read_to(13);
    EXPECT_EQ(window.cursor(), 13U);
    EXPECT_TRUE(window.moved());
    EXPECT_THAT(window.ahead(), ElementsAre(15));
}

TEST(ShardWindow, OnlyTheFirstOfAPaymentIsReady) {
    ShardWindow window;
    take(window, 1, 100);
    take(window, 2, 100);
    take(window, 3, 200);
    EXPECT_EQ(window.start().entry.position, 1U);
    EXPECT_EQ(window.start().entry.position, 3U);
    EXPECT_EQ(next(window), 0U);
    window.settle(100, false);
    EXPECT_EQ(next(window), 0U) << "one at a time";
    window.finish(1);
    window.settle(100, false);
    EXPECT_EQ(next(window), 2U);
}

TEST(ShardWindow, WhatWaitsBehindAParkedOneIsKnown) {
    ShardWindow window;
    take(window, 1, 100, true);
    take(window, 2, 100, true);
    EXPECT_EQ(next(window), 0U);
    EXPECT_THAT(window.behind_parked(), ElementsAre(100));
    EXPECT_EQ(window.first_waiting(100), 1U);
    window.finish(1);
    EXPECT_EQ(window.first_waiting(100), 2U);
    window.settle(100, false);
    EXPECT_THAT(window.behind_parked(), IsEmpty());
    EXPECT_EQ(next(window), 2U);
    window.finish(2);
    window.settle(100, true);
    EXPECT_THAT(window.behind_parked(), IsEmpty()) << "nothing is left to wait";
    EXPECT_EQ(window.first_waiting(100), std::nullopt);
}

TEST(ShardWindow, WhatWasPutBackWaitsBehindTheOthers) {
    ShardWindow window;
    take(window, 1, 100);
    take(window, 2, 200);
    window.start();
    window.put_back(1, std::nullopt);
    window.settle(100, false);
    EXPECT_EQ(next(window), 2U);
    window.forget_turns();
    EXPECT_EQ(next(window), 1U);
    window.finish(1);
    EXPECT_EQ(next(window), 2U);
}

TEST(ShardWindow, ARestLastsAsLongAsWasAsked) {
    const core::SteadyTime start{1h};
    ShardWindow window;
    take(window, 1, 100);
    take(window, 2, 200);
    window.start();
    window.put_back(1, start + 10s);
    window.settle(100, false);
    window.start();
    window.put_back(2, start + 5s);
    window.settle(200, false);
    EXPECT_EQ(next(window), 0U);
    EXPECT_EQ(window.next_rest_end(), start + 5s);
    window.end_rests(start + 7s);
    EXPECT_EQ(next(window), 2U);
    EXPECT_EQ(window.next_rest_end(), start + 10s);
    window.finish(1);
    EXPECT_EQ(window.next_rest_end(), std::nullopt);
}

TEST(ShardWindow, WhatRestsInFrontOfItsPaymentHoldsTheCursor) {
    const core::SteadyTime end{1h};
    ShardWindow window;
    take(window, 1, 100);
    take(window, 2, 100);
    EXPECT_FALSE(window.stuck()) << "it may be attempted";
    window.start();
    EXPECT_FALSE(window.stuck()) << "it is in flight";
    window.put_back(1, end);
    window.settle(100, false);
    EXPECT_TRUE(window.stuck());
    EXPECT_THAT(window.resting(), ElementsAre(100));
    EXPECT_TRUE(window.holds_cursor(100));
    window.end_rests(end);
    EXPECT_THAT(window.resting(), IsEmpty());
    EXPECT_FALSE(window.holds_cursor(100));
    EXPECT_FALSE(window.stuck());
}

TEST(ShardWindow, WhatRestsBehindAnOlderOneHoldsNothing) {
    ShardWindow window;
    take(window, 1, 50);  // holds the cursor
    take(window, 5, 100);
    window.start();
    window.start();
    window.rewind();
    take(window, 3, 100);
    window.put_back(5, core::SteadyTime{1h});
    window.settle(100, false);
    EXPECT_THAT(window.resting(), IsEmpty());
    EXPECT_EQ(window.start().entry.position, 3U);
    window.settle(100, false);
    EXPECT_THAT(window.resting(), IsEmpty()) << "one of its payment is in flight";
    window.finish(3);
    window.settle(100, false);
    EXPECT_THAT(window.resting(), ElementsAre(100));
}

TEST(ShardWindow, RewindingForgetsWhatIsNotInFlight) {
    ShardWindow window;
    take(window, 1, 100);
    take(window, 2, 200);
    take(window, 3, 300);
    take(window, 4, 400);
    window.start();
    window.start();
    window.finish(2);
    const std::vector<store::LogEntry> forgotten = window.rewind();
    ASSERT_EQ(forgotten.size(), 2U);
    EXPECT_EQ(forgotten[0].position, 3U);
    EXPECT_EQ(window.last_read(), 0U);
    EXPECT_FALSE(window.is_new(1)) << "in flight";
    EXPECT_FALSE(window.is_new(2)) << "done";
    EXPECT_TRUE(window.is_new(3));
    EXPECT_EQ(window.bytes(), 10U);
    window.finish(1);
    EXPECT_EQ(window.cursor(), 0U) << "1 and 2 are done, but nothing was read again";
    window.read_to(3);
    EXPECT_EQ(window.cursor(), 3U);
}

TEST(ShardWindow, AnOlderOneThatComesAfterARewindGoesFirst) {
    ShardWindow window;
    take(window, 1, 50);  // holds the cursor
    take(window, 5, 100);
    window.start();
    window.start();
    window.rewind();
    window.put_back(5, std::nullopt);
    window.settle(100, false);
    EXPECT_EQ(next(window), 5U);
    take(window, 3, 100);
    EXPECT_EQ(window.start().entry.position, 3U);
    EXPECT_EQ(next(window), 0U) << "one of a payment at a time";
    window.finish(3);
    window.settle(100, false);
    EXPECT_EQ(next(window), 5U);
}

TEST(ShardWindow, ARestOutlastsARewind) {
    const core::SteadyTime end{1h};
    ShardWindow window;
    take(window, 1, 100);
    take(window, 2, 200);
    window.start();
    window.put_back(1, end);
    window.settle(100, false);
    window.rewind();
    take(window, 1, 100);
    take(window, 2, 200);
    EXPECT_EQ(next(window), 2U) << "1 was asked to wait, and goes on waiting";
    EXPECT_EQ(window.next_rest_end(), end);
    window.end_rests(end);
    EXPECT_EQ(next(window), 1U);
}

TEST(ShardWindow, TheCursorDoesNotJumpToWhatIsInFlightAfterARewind) {
    ShardWindow window;
    window.read_to(1);
    take(window, 5, 100);
    EXPECT_EQ(window.cursor(), 4U);
    ShardWindow slow;
    take(slow, 1, 50);
    take(slow, 5, 100);
    slow.start();
    slow.start();
    slow.rewind();
    slow.finish(1);
    EXPECT_EQ(slow.cursor(), 0U) << "2 to 4 may be wanted now";
}

}  // namespace
}  // namespace tollgate::delivery
