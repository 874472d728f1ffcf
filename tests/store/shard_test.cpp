// Where payments live is part of the data format: these values must never change.
#include <tollgate/store/store.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace tollgate::store {

TEST(Shard, BelongsToTheDataFormat) {
    EXPECT_EQ(payment_key("kenya", "610ae86889ee"), 13276068594815566901U);
    EXPECT_EQ(shard_of("kenya", "610ae86889ee", 16), payment_key("kenya", "610ae86889ee") % 16);
}

TEST(Shard, KeepsSourceAndReferenceApart) {
    EXPECT_NE(payment_key("ab", "c"), payment_key("a", "bc"));
    EXPECT_NE(payment_key("a", "b"), payment_key("b", "a"));
}

TEST(Shard, SpreadsEvenly) {
    std::vector<int> counts(16);
    for (int i = 0; i < 16'000; ++i) ++counts[shard_of("kenya", "ref-" + std::to_string(i), 16)];
    for (const int count : counts) {
        EXPECT_GT(count, 850);
        EXPECT_LT(count, 1150);
    }
}

TEST(DeadReason, HasAName) {
    EXPECT_EQ(to_string(DeadReason::exhausted), "exhausted");
    EXPECT_EQ(to_string(DeadReason::superseded), "superseded");
    EXPECT_EQ(to_string(DeadReason::expired), "expired");
}

}  // namespace tollgate::store
