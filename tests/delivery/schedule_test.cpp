// The retry schedule and the retry budget.
#include <tollgate/delivery/schedule.hpp>

#include <gtest/gtest.h>

namespace tollgate::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const std::vector<milliseconds> schedule = {5s, 5min, 30min};
constexpr core::SteadyTime start{1h};

TEST(RetryDelay, FollowsTheScheduleAndThenEnds) {
    EXPECT_EQ(retry_delay(schedule, 1, 0.5, std::nullopt), 5s);
    EXPECT_EQ(retry_delay(schedule, 2, 0.5, std::nullopt), 5min);
    EXPECT_EQ(retry_delay(schedule, 3, 0.5, std::nullopt), 30min);
    EXPECT_EQ(retry_delay(schedule, 4, 0.5, std::nullopt), std::nullopt);
    EXPECT_EQ(retry_delay({}, 1, 0.5, std::nullopt), std::nullopt);
    EXPECT_EQ(retry_delay(schedule, 4, 0.5, 1h), std::nullopt) << "Retry-After adds no attempt";
}

TEST(RetryDelay, JittersByTwentyPercent) {
    EXPECT_EQ(retry_delay(schedule, 1, 0, std::nullopt), 4s);
    EXPECT_EQ(retry_delay(schedule, 1, 0.25, std::nullopt), 4'500ms);
    EXPECT_EQ(retry_delay(schedule, 1, 0.999999999, std::nullopt), 6s);
}

TEST(RetryDelay, RetryAfterOnlyMakesItLater) {
    EXPECT_EQ(retry_delay(schedule, 1, 0, 1s), 4s);
    EXPECT_EQ(retry_delay(schedule, 1, 0, 1min), 1min);
    EXPECT_EQ(retry_delay(schedule, 1, 0, 240h), 24h);
    EXPECT_EQ(retry_delay(schedule, 1, 0, 0ms), 4s);
}

TEST(RetryBudget, GivesTenASecondWithoutABurst) {
    RetryBudget budget;
    core::SteadyTime now = start;
    int retries = 0;
    for (int ms = 0; ms < 10'000; ++ms, now += 1ms) retries += budget.try_retry(now) ? 1 : 0;
    EXPECT_EQ(retries, 100);
    EXPECT_FALSE(budget.allows_retry(now - 1ms));
    now += 1h;
    EXPECT_TRUE(budget.try_retry(now));
    EXPECT_FALSE(budget.try_retry(now)) << "a quiet hour saves nothing up";
    EXPECT_EQ(budget.next(now), now + 100ms);
}

TEST(RetryBudget, GivesAFifthOfManyFirstAttempts) {
    RetryBudget budget;
    core::SteadyTime now = start;
    int retries = 0;
    for (int ms = 0; ms < 10'000; ++ms, now += 1ms) {  // 1,000 first attempts a second
        budget.first_attempt();
        while (budget.try_retry(now)) ++retries;
    }
    EXPECT_GE(retries, 1'999);
    EXPECT_LE(retries, 2'001) << "the larger of both, not their sum";
}

TEST(RetryBudget, GivesTheLargerOfBothNearTheirMeetingPoint) {
    for (const int interval_ms : {10, 15, 19, 20, 21, 30}) {  // first attempts: 100 a second to 33 a second
        RetryBudget budget;
        core::SteadyTime now = start;
        int retries = 0;
        for (int ms = 0; ms < 100'000; ++ms, now += 1ms) {
            if (ms % interval_ms == 0) budget.first_attempt();
            while (budget.try_retry(now)) ++retries;
        }
        const double expected = std::max(1'000.0, 100'000.0 / interval_ms / 5);
        EXPECT_GE(retries, static_cast<int>(expected) - 1) << interval_ms;
        EXPECT_LE(retries, static_cast<int>(expected) + 1) << interval_ms;
    }
}

TEST(RetryBudget, WhatFirstAttemptsEarnIsBounded) {
    RetryBudget budget;
    for (int i = 0; i < 1'000; ++i) budget.first_attempt();
    int retries = 0;
    while (budget.try_retry(start)) ++retries;
    EXPECT_EQ(retries, 10);
}

}  // namespace
}  // namespace tollgate::delivery
