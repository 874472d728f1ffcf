// YoungNames: what is found at once, what goes into the index when, and what a rollback takes back.
#include "store/young_names.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace tollgate::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class YoungNamesTest : public testing::Test {
  protected:
    void add(std::uint64_t hash) { names_.add({hash, ++last_}); }
    std::vector<NamedPayment> next(std::size_t most) {
        const auto slice = names_.next(most);
        return {slice.begin(), slice.end()};
    }

    YoungNames names_{4};
    std::int64_t last_ = 0;
};

TEST_F(YoungNamesTest, AreFoundAtOnceAndTakenBack) {
    add(7);
    EXPECT_THAT(names_.find(7), ElementsAre(1));
    names_.commit();
    add(7);
    add(8);
    EXPECT_EQ(names_.added(), 2U);
    EXPECT_THAT(names_.find(7), UnorderedElementsAre(1, 2)) << "two payments may have one hash";
    names_.rollback();
    EXPECT_EQ(names_.added(), 0U);
    EXPECT_THAT(names_.find(7), ElementsAre(1));
    EXPECT_THAT(names_.find(8), IsEmpty());
}

TEST_F(YoungNamesTest, LeaveInTheOrderOfTheIndexOnceThereAreEnough) {
    for (const std::uint64_t hash : {40, 10, 30}) add(hash);
    names_.commit();
    EXPECT_THAT(next(10), IsEmpty());
    add(20);
    names_.commit();
    add(15);
    EXPECT_THAT(next(3), ElementsAre(NamedPayment{10, 2}, NamedPayment{20, 4}, NamedPayment{30, 3}));
    EXPECT_EQ(names_.complete_up_to(), 0);
    names_.rollback();
    EXPECT_THAT(next(3), ElementsAre(NamedPayment{10, 2}, NamedPayment{20, 4}, NamedPayment{30, 3}));
    names_.commit();
    EXPECT_THAT(names_.find(10), ElementsAre(2)) << "nobody may have to look in both places";
    EXPECT_THAT(next(3), ElementsAre(NamedPayment{40, 1}));
    EXPECT_EQ(names_.complete_up_to(), 4);
    EXPECT_THAT(names_.find(40), ElementsAre(1)) << "not before it is committed";
    names_.commit();
    EXPECT_THAT(names_.find(40), IsEmpty());
    EXPECT_EQ(names_.complete_up_to(), 0);
    EXPECT_THAT(next(3), IsEmpty());
}

TEST_F(YoungNamesTest, ThoseThatComeMeanwhileWaitForTheNextTurn) {
    for (std::uint64_t hash = 0; hash < 4; ++hash) add(hash);
    names_.commit();
    for (std::uint64_t hash = 10; hash < 20; ++hash) add(hash);
    EXPECT_EQ(next(100).size(), 4U);
    EXPECT_EQ(names_.complete_up_to(), 4) << "and not those that came since";
    names_.commit();
    EXPECT_EQ(next(100).size(), 10U);
    EXPECT_EQ(names_.complete_up_to(), 14);
}

TEST_F(YoungNamesTest, WhatIsForgottenDoesNotGoIntoTheIndex) {
    for (std::uint64_t hash = 0; hash < 4; ++hash) add(hash);
    names_.commit();
    add(9);
    names_.commit();
    names_.forget({2, 3});
    EXPECT_TRUE(names_.forgets());
    names_.rollback();
    EXPECT_FALSE(names_.forgets());
    EXPECT_THAT(names_.find(2), ElementsAre(3));
    names_.forget({2, 3});
    names_.forget({9, 5});
    names_.forget({1, 77});
    names_.commit();
    EXPECT_THAT(names_.find(2), IsEmpty());
    EXPECT_THAT(names_.find(9), IsEmpty());
    EXPECT_THAT(next(100), ElementsAre(NamedPayment{0, 1}, NamedPayment{1, 2}, NamedPayment{3, 4}));
}

/// Against the plainest thing that does the same.
TEST_F(YoungNamesTest, EveryNameIsInMemoryOrInTheIndex) {
    std::mt19937_64 random(7);
    std::multimap<std::uint64_t, std::int64_t> all;
    std::multimap<std::uint64_t, std::int64_t> index;
    YoungNames names(1'000);
    std::int64_t last = 0;
    for (int transaction = 0; transaction < 2'000; ++transaction) {
        const auto all_before = all;
        const auto index_before = index;
        const std::int64_t last_before = last;
        for (std::uint64_t adding = random() % 20; adding > 0; --adding) {
            const std::uint64_t hash = random() % 5'000 << (random() % 2 * 32);
            names.add({hash, ++last});
            all.emplace(hash, last);
        }
        for (const NamedPayment& moved : names.next(2 * names.added())) index.emplace(moved.hash, moved.id);
        if (random() % 8 == 0) {
            names.rollback();
            all = all_before;
            index = index_before;
            last = last_before;
        } else {
            names.commit();
        }
        for (int look = 0; look < 5; ++look) {
            const std::uint64_t hash = random() % 5'000 << (random() % 2 * 32);
            std::set<std::int64_t> found;
            for (const std::int64_t id : names.find(hash)) found.insert(id);
            for (auto [at, end] = index.equal_range(hash); at != end; ++at) found.insert(at->second);
            std::set<std::int64_t> expected;
            for (auto [at, end] = all.equal_range(hash); at != end; ++at) expected.insert(at->second);
            ASSERT_EQ(found, expected);
        }
    }
    EXPECT_GT(index.size(), 10'000U);
    EXPECT_LT(all.size() - index.size(), 3'000U) << "what waits does not grow without end";
}

}  // namespace
}  // namespace tollgate::store
