// NameFilter and KnownNames: what was added is never unknown, and nearly all else is.
#include "store/known_names.hpp"

#include <tollgate/store/store.hpp>

#include <gtest/gtest.h>

#include <string>

namespace tollgate::test {
namespace {

using store::KnownNames;
using store::NameFilter;

std::uint64_t hash_of(std::size_t number) {
    return store::payment_key("kenya", "order-" + std::to_string(number));
}

double share_of_others(const NameFilter& filter, std::size_t first, std::size_t count) {
    std::size_t wrong = 0;
    for (std::size_t number = first; number < first + count; ++number)
        wrong += filter.may_have(hash_of(number)) ? 1 : 0;
    return static_cast<double>(wrong) / static_cast<double>(count);
}

TEST(NameFilter, KnowsWhatWasAddedAndOneOfAHundredOthers) {
    constexpr std::size_t capacity = 50'000;
    NameFilter filter(capacity);
    EXPECT_EQ(share_of_others(filter, 0, capacity), 0.0);
    for (std::size_t number = 0; number < capacity; ++number) {
        filter.add(hash_of(number));
        ASSERT_TRUE(filter.may_have(hash_of(number))) << number;
        if (number == capacity / 2) {
            EXPECT_LT(share_of_others(filter, capacity, capacity), 0.001);
        }
    }
    for (std::size_t number = 0; number < capacity; ++number) ASSERT_TRUE(filter.may_have(hash_of(number))) << number;
    EXPECT_LT(share_of_others(filter, capacity, 2 * capacity), 0.015);
    EXPECT_GT(share_of_others(filter, capacity, 2 * capacity), 0.0) << "it would be larger than it has to be";
}

TEST(NameFilter, TakesEveryHashWhateverItsSize) {
    for (const std::size_t capacity : {0, 1, 21, 22, 1000}) {
        NameFilter filter(capacity);
        for (const std::uint64_t hash :
             {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
            filter.add(hash);
            EXPECT_TRUE(filter.may_have(hash)) << hash << " of " << capacity;
        }
    }
}

constexpr std::size_t least = 1'000;

void expect_known(const KnownNames& names, std::size_t behind) {
    for (std::size_t number = 0; number < behind; ++number) ASSERT_TRUE(names.may_have(hash_of(number))) << number;
}
bool knows_others(const KnownNames& names) {
    std::size_t others = 0;
    for (std::size_t number = 1'000'000; number < 1'001'000; ++number)
        others += names.may_have(hash_of(number)) ? 1 : 0;
    return others > 100;
}

TEST(KnownNames, AnyNameMayBeOneUntilAllAreLearned) {
    KnownNames names(least);
    EXPECT_TRUE(knows_others(names));
    names.add(hash_of(0));
    names.begin(3);
    names.learn(hash_of(0));
    names.learn(hash_of(1));
    names.add(hash_of(2));
    EXPECT_TRUE(names.is_learning());
    EXPECT_TRUE(knows_others(names));
    names.learn(hash_of(3));
    names.end();
    EXPECT_FALSE(names.is_learning());
    expect_known(names, 4);
    EXPECT_FALSE(knows_others(names));
    names.add(hash_of(4));
    expect_known(names, 5);
}

TEST(KnownNames, GivenUpTheyGoOnAsTheyWere) {
    KnownNames never(least);
    never.begin(10);
    never.learn(hash_of(0));
    never.give_up();
    EXPECT_FALSE(never.is_learning());
    EXPECT_TRUE(knows_others(never));

    KnownNames once(least);
    once.begin(1);
    once.learn(hash_of(0));
    once.end();
    once.begin(1);
    once.give_up();
    for (std::size_t number = 1; number < 10 * least; ++number) {
        once.add(hash_of(number));
        once.commit();
    }
    EXPECT_FALSE(once.is_full());
    expect_known(once, 10 * least);
}

TEST(KnownNames, WhatDoesNotComeToBeDoesNotCount) {
    KnownNames names(least);
    names.begin(0);
    names.end();
    for (std::size_t number = 0; number < 5 * least; ++number) names.add(hash_of(number));
    names.rollback();
    EXPECT_FALSE(names.is_full());
    EXPECT_EQ(names.names(), 0U);
    expect_known(names, 5 * least);
}

TEST(KnownNames, LearnedAnewNoneIsEverUnknown) {
    KnownNames names(least);
    names.begin(0);
    names.end();
    std::size_t count = 0;
    for (int round = 0; round < 4; ++round) {
        for (; !names.is_full(); ++count) {
            names.add(hash_of(count));
            names.commit();
            ASSERT_LT(count, 100 * least);
        }
        EXPECT_EQ(names.names(), count);
        names.begin(names.names());
        EXPECT_FALSE(names.is_full()) << "they are being learned";
        for (std::size_t number = 0; number < count; ++number) {
            names.learn(hash_of(number));
            if (number % 2 == 0) continue;
            expect_known(names, 10);
            EXPECT_TRUE(names.may_have(hash_of(count - 1)));
        }
        const std::size_t meanwhile = count + 50;
        for (; count < meanwhile; ++count) names.add(hash_of(count));
        names.commit();
        names.end();
        expect_known(names, count);
        EXPECT_FALSE(knows_others(names));
        EXPECT_FALSE(names.is_full());
    }
    EXPECT_GT(count, 8 * least);
}

TEST(KnownNames, OfMoreThanWereExpectedAsManyAgainMayCome) {
    KnownNames names(least);
    names.begin(1);
    for (std::size_t number = 0; number < 3 * least; ++number) names.learn(hash_of(number));
    names.end();
    expect_known(names, 3 * least);
    std::size_t count = 3 * least;
    for (; !names.is_full(); ++count) {
        names.add(hash_of(count));
        names.commit();
    }
    EXPECT_EQ(count, 6 * least + 1);
}

}  // namespace
}  // namespace tollgate::test
