// Histogram: percentiles against sorting, over all sizes of numbers.
#include "load/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace tollgate::load {
namespace {

TEST(Histogram, IsExactForSmallNumbers) {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 100; ++value) histogram.record(value);
    EXPECT_EQ(histogram.percentile(0.5), 50U);
    EXPECT_EQ(histogram.percentile(0.99), 99U);
    EXPECT_EQ(histogram.percentile(0.999), 100U);
    EXPECT_EQ(histogram.percentile(0), 1U);
    EXPECT_EQ(histogram.percentile(1), 100U);
    EXPECT_EQ(histogram.count(), 100U);
}

TEST(Histogram, IsNeverBelowTheTruthAndAtMostOne128thAbove) {
    std::mt19937_64 random(1);
    std::uniform_int_distribution<unsigned> bits(0, 63);
    std::vector<std::uint64_t> values;
    Histogram histogram;
    for (int i = 0; i < 20'000; ++i) {
        values.push_back(random() >> bits(random));
        histogram.record(values.back());
    }
    std::ranges::sort(values);
    for (const double share : {0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
        const std::uint64_t truth = values[rank - 1];
        EXPECT_GE(histogram.percentile(share), truth);
        EXPECT_LE(histogram.percentile(share) - truth, truth / 128) << share;
    }
    EXPECT_EQ(histogram.max(), values.back());
}

TEST(Histogram, TakesTheLargestNumber) {
    Histogram histogram;
    histogram.record(std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(histogram.percentile(0.5), std::numeric_limits<std::uint64_t>::max());
}

TEST(Histogram, SaysZeroOfNothing) {
    EXPECT_EQ(Histogram().percentile(0.99), 0U);
    EXPECT_EQ(Histogram().max(), 0U);
}

TEST(Histogram, TakesAllValuesOfAnother) {
    Histogram one;
    Histogram other;
    one.record(5);
    other.record(7);
    other.record(100'000);
    one.add(other);
    EXPECT_EQ(one.count(), 3U);
    EXPECT_EQ(one.percentile(0.5), 7U);
    EXPECT_EQ(one.max(), 100'000U);
}

}  // namespace
}  // namespace tollgate::load
