// AgeIndex: the oldest of what is not delivered.
#include "delivery/age_index.hpp"

#include <gtest/gtest.h>

namespace tollgate::delivery {
namespace {

using namespace std::chrono_literals;

TEST(AgeIndex, KnowsTheOldest) {
    const core::WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h;
    AgeIndex ages;
    EXPECT_FALSE(ages.oldest());
    ages.add(noon + 1s);
    ages.add(noon);
    ages.add(noon);
    ages.remove(noon);
    EXPECT_EQ(ages.oldest(), noon);
    ages.remove(noon);
    EXPECT_EQ(ages.oldest(), noon + 1s);
}

}  // namespace
}  // namespace tollgate::delivery
