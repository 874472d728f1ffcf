// TokenBucket and Backoff.
#include <tollgate/core/backoff.hpp>
#include <tollgate/core/token_bucket.hpp>

#include <gtest/gtest.h>

namespace tollgate::core {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime start{1h};

int take_all(TokenBucket& bucket, SteadyTime now) {
    int taken = 0;
    for (; bucket.has_token(now) && taken < 10'000; ++taken) bucket.take(now);
    return taken;
}

TEST(TokenBucket, KeepsItsRate) {
    TokenBucket bucket(200);
    EXPECT_EQ(take_all(bucket, start), 20) << "a tenth of a second's worth";
    EXPECT_EQ(bucket.next(), start + 5ms);
    int taken = 0;
    for (int ms = 1; ms <= 10'000; ++ms) taken += take_all(bucket, start + std::chrono::milliseconds(ms));
    EXPECT_EQ(taken, 2'000);
    EXPECT_EQ(take_all(bucket, start + 1h), 20) << "an hour saves no more up";
}

TEST(TokenBucket, ASmallRateHasABurstOfOne) {
    TokenBucket bucket(0.5);
    EXPECT_EQ(take_all(bucket, start), 1);
    EXPECT_EQ(take_all(bucket, start + 1'999ms), 0);
    EXPECT_EQ(take_all(bucket, start + 2s), 1);
}

TEST(TokenBucket, ZeroIsNoLimit) {
    TokenBucket bucket(0);
    EXPECT_EQ(take_all(bucket, start), 10'000);
    bucket.set_rate(10);
    EXPECT_EQ(take_all(bucket, start), 1);
}

TEST(Backoff, DoublesToItsLimitAndStartsAnew) {
    Backoff backoff;
    EXPECT_TRUE(backoff.over(start));
    for (const auto delay : {100ms, 200ms, 400ms, 800ms, 1'600ms, 3'200ms, 5'000ms, 5'000ms}) {
        backoff.failed(start);
        EXPECT_EQ(backoff.until(), start + delay);
        EXPECT_FALSE(backoff.over(start + delay - 1ms));
        EXPECT_TRUE(backoff.over(start + delay));
    }
    backoff.succeeded();
    EXPECT_TRUE(backoff.over(start));
    backoff.failed(start);
    EXPECT_EQ(backoff.until(), start + 100ms);
}

}  // namespace
}  // namespace tollgate::core
