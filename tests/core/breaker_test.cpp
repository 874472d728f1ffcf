// Breaker: it opens, probes and ramps up.
#include <tollgate/core/breaker.hpp>

#include <gtest/gtest.h>

namespace tollgate::core {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime start{1h};

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
    SteadyTime now = start;
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
}  // namespace tollgate::core
