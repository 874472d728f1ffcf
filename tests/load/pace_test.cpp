// Pace: intended times depend on the rate alone, however late the slots are taken.
#include "load/pace.hpp"

#include <gtest/gtest.h>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

const core::SteadyTime start{100s};

TEST(Pace, SlotsStandAtEvenDistances) {
    Pace pace(400, start);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(pace.take(start), start + i * 2500us);
    EXPECT_EQ(pace.taken(), 1000U);
}

TEST(Pace, AStallMovesNoSlot) {
    Pace pace(10, start);
    EXPECT_EQ(pace.take(start), start);
    const auto late = start + 10s;
    EXPECT_EQ(pace.behind(late), 100U);
    EXPECT_EQ(pace.take(late), start + 100ms);
    EXPECT_EQ(pace.next(late), start + 200ms);
    EXPECT_EQ(pace.behind(late), 99U);
}

TEST(Pace, ErrorsDoNotAddUp) {
    Pace pace(3, start);
    for (int i = 0; i < 3'000'000; ++i) pace.take(start);
    EXPECT_LT(pace.next(start) - (start + 1'000'000s), 1us);
    EXPECT_GT(pace.next(start) - (start + 1'000'000s), -1us);
}

TEST(Pace, WithoutARateASlotIsAlwaysDue) {
    Pace pace(0, start);
    const auto now = start + 17ms;
    EXPECT_EQ(pace.take(now), now);
    EXPECT_EQ(pace.take(now), now);
    EXPECT_EQ(pace.behind(now + 1s), 0U);
}

TEST(Pace, IsNeverBehindBeforeItsTime) {
    Pace pace(10, start);
    EXPECT_EQ(pace.behind(start - 1s), 0U);
    EXPECT_EQ(pace.behind(start), 1U);
    pace.take(start);
    EXPECT_EQ(pace.behind(start + 99ms), 0U);
}

}  // namespace
}  // namespace tollgate::load
