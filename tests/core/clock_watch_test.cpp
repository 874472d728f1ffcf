// What is a step of the wall clock, and what is not.
#include <tollgate/core/clock_watch.hpp>

#include <gtest/gtest.h>

namespace tollgate::core {
namespace {

constexpr WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h;
constexpr SteadyTime start{1h};

TEST(ClockWatch, NothingIsSaidOfClocksThatKeepPace) {
    ClockWatch watch(noon, start);
    for (int second = 1; second < 100; ++second) EXPECT_FALSE(watch.look(noon + second * 1s, start + second * 1s));
    EXPECT_FALSE(watch.look(noon + 30h, start + 30h)) << "however long nobody looked";
}

TEST(ClockWatch, AStepIsToldOnceWithWhereItLedTo) {
    for (const std::chrono::milliseconds by : {std::chrono::milliseconds{30h}, std::chrono::milliseconds{-30h},
                                               ClockWatch::largest_drift + 1ms, -ClockWatch::largest_drift - 1ms}) {
        ClockWatch watch(noon, start);
        const WallTime after = noon + 10s + by;
        EXPECT_EQ(watch.look(after, start + 10s), (ClockStep{after, by}));
        EXPECT_FALSE(watch.look(after + 1s, start + 11s));
    }
}

TEST(ClockWatch, AMinuteIsNone) {
    ClockWatch watch(noon, start);
    EXPECT_FALSE(watch.look(noon + ClockWatch::largest_drift, start));
    EXPECT_FALSE(watch.look(noon, start));
}

TEST(ClockWatch, DriftIsNeverAStepHowMuchItAddsUpTo) {
    ClockWatch watch(noon, start);
    for (int hour = 1; hour < 100; ++hour) EXPECT_FALSE(watch.look(noon + hour * 1h + hour * 50s, start + hour * 1h));
}

TEST(ClockWatch, AMachineThatSleptWakesUpWithAStep) {
    ClockWatch watch(noon, start);
    EXPECT_EQ(watch.look(noon + 8h + 1s, start + 1s)->by, std::chrono::milliseconds{8h});
}

}  // namespace
}  // namespace tollgate::core
