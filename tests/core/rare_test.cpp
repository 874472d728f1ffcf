// Rare: like std::optional, where it is used like one.
#include <tollgate/core/rare.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace tollgate::core {
namespace {

struct Large {
    std::string name;
    int number = 0;
    bool operator==(const Large&) const = default;
};

TEST(Rare, TakesAPointersRoom) {
    EXPECT_EQ(sizeof(Rare<Large>), sizeof(void*));
}

TEST(Rare, IsEmptyUntilItHasAValue) {
    Rare<Large> rare;
    EXPECT_FALSE(rare);
    EXPECT_FALSE(rare.has_value());
    rare = Large{"a", 1};
    ASSERT_TRUE(rare);
    EXPECT_EQ(rare->name, "a");
    EXPECT_EQ((*rare).number, 1);
    rare->number = 2;
    EXPECT_EQ(std::as_const(rare)->number, 2);
    rare.reset();
    EXPECT_FALSE(rare);
    rare.emplace().name = "b";
    EXPECT_EQ(rare->name, "b");
    rare = std::nullopt;
    EXPECT_FALSE(rare);
}

TEST(Rare, CopiesTheValueAndMovesIt) {
    const Rare<Large> one = Large{"one", 1};
    Rare<Large> copy = one;
    copy->name = "copy";
    EXPECT_EQ(one->name, "one");
    Rare<Large> assigned;
    assigned = copy;
    assigned->number = 3;
    EXPECT_EQ(copy->number, 1);
    const Rare<Large>& itself = assigned;
    assigned = itself;
    EXPECT_EQ(assigned, Rare<Large>(Large{"copy", 3}));
    const Large* const place = &*copy;
    const Rare<Large> moved = std::move(copy);
    EXPECT_EQ(&*moved, place);
    assigned = Rare<Large>();
    EXPECT_FALSE(assigned);
}

TEST(Rare, IsMadeOfAnOptional) {
    EXPECT_FALSE(Rare<Large>(std::optional<Large>()));
    const Rare<Large> rare = std::optional<Large>(Large{"a", 1});
    EXPECT_EQ(*rare, (Large{"a", 1}));
}

TEST(Rare, IsEqualByItsValue) {
    EXPECT_EQ(Rare<Large>(), Rare<Large>());
    EXPECT_EQ(Rare<Large>(Large{"a", 1}), Rare<Large>(Large{"a", 1}));
    EXPECT_NE(Rare<Large>(Large{"a", 1}), Rare<Large>(Large{"a", 2}));
    EXPECT_NE(Rare<Large>(Large{"a", 1}), Rare<Large>());
    EXPECT_NE(Rare<Large>(), Rare<Large>(Large{"a", 1}));
}

}  // namespace
}  // namespace tollgate::core
