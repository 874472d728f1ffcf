// Which stored times are due, before and after the clock was set.
#include <tollgate/requery/due_times.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace tollgate::requery {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr core::WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h;
constexpr milliseconds wait = 72min;

bool is_due(core::WallTime stored, core::WallTime now, const std::optional<core::ClockStep>& step) {
    const auto ranges = due_ranges(now, step, wait);
    return std::ranges::count_if(ranges, [&](const store::DueRange& range) {
               return stored > range.after && stored <= range.until;
           }) == 1;
}

TEST(DueTimes, WithoutAStepEverythingUpToNow) {
    EXPECT_TRUE(is_due(noon, noon, {}));
    EXPECT_TRUE(is_due(noon - 100h, noon, {}));
    EXPECT_FALSE(is_due(noon + 1ms, noon, {}));
}

/// What was written before the step comes when it would have come without it; what was written after it, at its time.
TEST(DueTimes, AStepForwardPutsOffWhatItPassedOver) {
    const core::ClockStep step{noon + 30h, 30h};
    for (const milliseconds passed : {0ms, 1ms, milliseconds{1min}, milliseconds{3h}, milliseconds{29h}}) {
        const core::WallTime now = step.at + passed;
        for (const milliseconds ahead :
             {milliseconds{-2h}, 0ms, milliseconds{30s}, milliseconds{1h}, milliseconds{20h}}) {
            EXPECT_EQ(is_due(noon + ahead, now, step), ahead <= passed) << passed.count() << ' ' << ahead.count();
            if (ahead < 0ms) continue;
            EXPECT_EQ(is_due(step.at + ahead, now, step), ahead <= passed) << "written since";
        }
    }
}

TEST(DueTimes, AStepBackBringsForwardWhatLiesTooFarAhead) {
    const core::ClockStep step{noon - 30h, -30h};
    for (const milliseconds passed : {0ms, milliseconds{1min}, milliseconds{3h}, milliseconds{20h}}) {
        const core::WallTime now = step.at + passed;
        for (const milliseconds ahead : {0ms, milliseconds{30s}, milliseconds{1h}, milliseconds{19h}}) {
            EXPECT_EQ(is_due(noon + ahead, now, step), ahead <= passed) << passed.count() << ' ' << ahead.count();
        }
        EXPECT_TRUE(is_due(now, now, step));
        for (const milliseconds ahead : {milliseconds{1ms}, milliseconds{10min}, wait}) {
            EXPECT_FALSE(is_due(now + ahead, now, step))
                << "written since, and not due yet: asked once, not again and again";
        }
    }
}

TEST(DueTimes, AStepBackBySlightlyMoreThanAMinuteChangesNothing) {
    const core::ClockStep step{noon - 2min, -milliseconds{2min}};
    EXPECT_FALSE(is_due(noon, step.at, step));
    EXPECT_TRUE(is_due(noon, noon, step)) << "two minutes late";
}

TEST(DueTimes, AStepIsOverAfterItsOwnLength) {
    for (const milliseconds by : {milliseconds{30h}, -milliseconds{30h}}) {
        const core::ClockStep step{noon, by};
        EXPECT_EQ(due_ranges(noon + 30h, step, wait).size(), 1U);
        EXPECT_EQ(due_ranges(noon + 30h - 1ms, step, wait).size(), 2U);
        EXPECT_EQ(due_ranges(noon - 1h, step, wait).size(), 1U) << "and when the clock was set back behind it";
    }
}

}  // namespace
}  // namespace tollgate::requery
