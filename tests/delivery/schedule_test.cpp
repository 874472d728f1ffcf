// The retry schedule, Retry-After, the retry budget and the breaker.
#include <tollgate/delivery/schedule.hpp>

#include <gtest/gtest.h>

namespace tollgate::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const std::vector<milliseconds> schedule = {5s, 5min, 30min};
constexpr core::SteadyTime start{1h};
constexpr core::WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h;

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

TEST(RetryAfter, ReadsSeconds) {
    EXPECT_EQ(parse_retry_after("120", noon), 120s);
    EXPECT_EQ(parse_retry_after(" 7\t", noon), 7s);
    EXPECT_EQ(parse_retry_after("0", noon), 0s);
    EXPECT_EQ(parse_retry_after("86401", noon), 24h);
    EXPECT_EQ(parse_retry_after("99999999999999999999999999", noon), 24h);
}

TEST(RetryAfter, ReadsDates) {
    EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 12:00:30 GMT", noon), 30s);
    EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 11:00:00 GMT", noon), 0s) << "past: now";
    EXPECT_EQ(parse_retry_after("Tue, 24 Nov 2026 12:00:00 GMT", noon), 24h);
}

TEST(RetryAfter, RefusesTheRest) {
    for (const char* value : {"", " ", "soon", "-5", "+5", "1.5", "5s", "1e3", "2026-11-22T12:00:00Z"}) {
        EXPECT_EQ(parse_retry_after(value, noon), std::nullopt) << value;
    }
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

TEST(Breaker, OpensAfterEightDifferentPaymentsWithoutASuccess) {
    Breaker breaker;
    for (std::uint64_t payment = 0; payment < 7; ++payment) breaker.failed(payment, start);
    for (int i = 0; i < 20; ++i) breaker.failed(3, start);
    EXPECT_FALSE(breaker.open());
    EXPECT_EQ(breaker.allowed_in_flight(64, start), 64U);
    EXPECT_FALSE(breaker.next_probe());
    breaker.failed(7, start);
    EXPECT_TRUE(breaker.open());
    EXPECT_EQ(breaker.next_probe(), start + 1s);
}

TEST(Breaker, ASuccessForgetsTheFailures) {
    Breaker breaker;
    for (std::uint64_t payment = 0; payment < 7; ++payment) breaker.failed(payment, start);
    breaker.succeeded();
    for (std::uint64_t payment = 0; payment < 7; ++payment) breaker.failed(payment, start);
    EXPECT_FALSE(breaker.open());
    EXPECT_EQ(breaker.allowed_in_flight(64, start), 64U) << "no ramp without an opening";
}

TEST(Breaker, ProbesAtDoublingIntervals) {
    Breaker breaker;
    for (std::uint64_t payment = 0; payment < 8; ++payment) breaker.failed(payment, start);
    core::SteadyTime now = start;
    for (const auto interval : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        EXPECT_EQ(breaker.next_probe(), now + interval);
        EXPECT_EQ(breaker.allowed_in_flight(64, now + interval - 1ms), 0U);
        now += interval;
        EXPECT_EQ(breaker.allowed_in_flight(64, now), 1U);
        breaker.failed(1, now);
    }
}

TEST(Breaker, RampsUpAfterASuccess) {
    Breaker breaker;
    for (std::uint64_t payment = 0; payment < 8; ++payment) breaker.failed(payment, start);
    breaker.succeeded();
    EXPECT_FALSE(breaker.open());
    for (std::uint32_t allowed = 1; allowed <= 32; allowed *= 2) {
        for (std::uint32_t i = 0; i < allowed; ++i) {
            EXPECT_EQ(breaker.allowed_in_flight(64, start), allowed);
            breaker.succeeded();
        }
    }
    EXPECT_EQ(breaker.allowed_in_flight(64, start), 64U);
    for (int i = 0; i < 200'000; ++i) breaker.succeeded();
    EXPECT_EQ(breaker.allowed_in_flight(1'000'000, start), 1'000'000U) << "the ramp has an end";
}

TEST(Breaker, StartsItsIntervalsAnewAfterItClosed) {
    Breaker breaker;
    for (std::uint64_t payment = 0; payment < 8; ++payment) breaker.failed(payment, start);
    for (int i = 0; i < 5; ++i) breaker.failed(1, start);
    breaker.succeeded();
    for (std::uint64_t payment = 0; payment < 8; ++payment) breaker.failed(payment, start);
    EXPECT_EQ(breaker.next_probe(), start + 1s);
}

TEST(Breaker, ARestartedRampBeginsAtOne) {
    Breaker breaker;
    breaker.restart_ramp();
    EXPECT_EQ(breaker.allowed_in_flight(64, start), 1U);
    breaker.succeeded();
    EXPECT_EQ(breaker.allowed_in_flight(64, start), 2U);
}

}  // namespace
}  // namespace tollgate::delivery
