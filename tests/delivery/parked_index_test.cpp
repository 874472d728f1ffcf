// ParkedIndex: one delivery of a payment at a time, the longest due first.
#include "delivery/parked_index.hpp"

#include <gtest/gtest.h>

namespace tollgate::delivery {
namespace {

using namespace std::chrono_literals;

constexpr core::SteadyTime start{1h};

ParkedRecord record(std::uint32_t attempts, core::SteadyTime due) {
    ParkedRecord made;
    made.event_id = "id";
    made.attempts = attempts;
    made.due = due;
    return made;
}

ParkedKey key(std::uint64_t payment, store::Position position, store::Shard shard = 0) {
    return {shard, payment, position};
}

TEST(ParkedIndex, OnlyTheFirstOfAPaymentComesDue) {
    ParkedIndex index;
    index.insert(key(1, 10), record(1, start + 10s), start);
    index.insert(key(1, 11), record(0, start), start);
    index.insert(key(2, 5), record(1, start + 5s), start);
    EXPECT_EQ(index.next_due(AttemptKind::first), std::nullopt);
    EXPECT_EQ(index.next_due(AttemptKind::retry), start + 5s);
    EXPECT_EQ(index.claim(AttemptKind::retry, start + 4s), std::nullopt);
    EXPECT_EQ(index.claim(AttemptKind::retry, start + 20s), key(2, 5)) << "the longest due first";
    EXPECT_EQ(index.claim(AttemptKind::retry, start + 20s), key(1, 10));
    EXPECT_EQ(index.claim(AttemptKind::retry, start + 20s), std::nullopt);
    EXPECT_EQ(index.claimed(AttemptKind::retry), 2U);
    index.erase(key(1, 10), start + 20s);
    EXPECT_EQ(index.claimed(AttemptKind::retry), 1U);
    EXPECT_EQ(index.next_due(AttemptKind::first), start + 20s) << "at once";
}

TEST(ParkedIndex, AFirstAttemptThatWasAskedToWaitIsNotDueSooner) {
    ParkedIndex index;
    index.insert(key(1, 10), record(0, start + 1h), start);
    EXPECT_EQ(index.next_due(AttemptKind::first), start + 1h);
    EXPECT_EQ(index.claim(AttemptKind::first, start + 59min), std::nullopt);
    index.insert(key(1, 9), record(0, start - 1s), start);  // a new filter wants it
    EXPECT_EQ(index.next_due(AttemptKind::first), start) << "behind those due already";
    index.erase(key(1, 9), start + 1s);
    EXPECT_EQ(index.next_due(AttemptKind::first), start + 1h);
}

TEST(ParkedIndex, GoesThroughItsStages) {
    ParkedIndex index;
    index.insert(key(1, 10), record(1, start), start);
    ASSERT_TRUE(index.claim(AttemptKind::retry, start));
    EXPECT_EQ(index.next_ready(AttemptKind::retry), std::nullopt) << "without its copy";
    store::LogEntry copy;
    copy.body = "body";
    index.give_copy(key(1, 10), copy);
    EXPECT_EQ(index.next_ready(AttemptKind::retry), key(1, 10));
    EXPECT_EQ(index.next_ready(AttemptKind::first), std::nullopt);
    const auto [started, body] = index.start(AttemptKind::retry);
    EXPECT_EQ(started, key(1, 10));
    EXPECT_EQ(body.body, "body");
    EXPECT_EQ(index.claimed(AttemptKind::retry), 0U);
    EXPECT_EQ(index.next_ready(AttemptKind::retry), std::nullopt);
    index.wait_again(key(1, 10), 2, start + 1s);
    EXPECT_EQ(index.find(key(1, 10))->attempts, 2U);
    EXPECT_EQ(index.next_due(AttemptKind::retry), start + 1s);
}

TEST(ParkedIndex, WhatIsGoneIsNotReady) {
    ParkedIndex index;
    index.insert(key(1, 10), record(3, start), start);
    index.insert(key(2, 11), record(3, start), start);
    index.claim(AttemptKind::retry, start);
    index.claim(AttemptKind::retry, start);
    index.give_copy(key(1, 10), {});
    index.give_copy(key(2, 11), {});
    index.erase(key(1, 10), start);
    EXPECT_EQ(index.next_ready(AttemptKind::retry), key(2, 11));
    EXPECT_EQ(index.claimed(AttemptKind::retry), 1U);
}

TEST(ParkedIndex, OneInFrontOfAnotherThatIsAtWorkWaits) {
    ParkedIndex index;
    index.insert(key(1, 10), record(1, start), start);
    ASSERT_EQ(index.claim(AttemptKind::retry, start), key(1, 10));
    index.insert(key(1, 9), record(0, start), start);  // a new filter wants it
    EXPECT_EQ(index.next_due(AttemptKind::first), std::nullopt);
    index.give_copy(key(1, 10), {});
    index.start(AttemptKind::retry);
    index.wait_again(key(1, 10), 2, start + 1s);
    EXPECT_EQ(index.next_due(AttemptKind::first), start) << "now it goes first";
    EXPECT_EQ(index.next_due(AttemptKind::retry), std::nullopt);
    index.insert(key(1, 8), record(0, start + 2s), start + 2s);
    EXPECT_EQ(index.claim(AttemptKind::first, start + 2s), key(1, 8));
}

TEST(ParkedIndex, ShardsAreApart) {
    ParkedIndex index;
    index.insert(key(1, 10, 0), record(0, start), start);
    index.insert(key(1, 10, 1), record(0, start), start);
    EXPECT_EQ(index.size(), 2U);
    EXPECT_FALSE(index.has_later(key(1, 10, 0)));
    EXPECT_TRUE(index.holds_any_of(1, 1));
    EXPECT_FALSE(index.holds_any_of(2, 1));
    EXPECT_EQ(index.first_of(1, 1), key(1, 10, 1));
    index.insert(key(1, 11, 0), record(0, start), start);
    EXPECT_TRUE(index.has_later(key(1, 10, 0)));
    EXPECT_TRUE(index.claim(AttemptKind::first, start));
    EXPECT_TRUE(index.claim(AttemptKind::first, start));
    EXPECT_FALSE(index.claim(AttemptKind::first, start));
}

}  // namespace
}  // namespace tollgate::delivery
