// EmbeddedLeases: whoever asks gets all; recalls; and workers that are gone without a word.
#include "store/embedded_leases.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using store::Lease;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class EmbeddedLeasesTest : public testing::Test {
  protected:
    store::LeaseReport ask(std::vector<Lease> held, std::vector<Lease> given_up = {}, bool leaving = false) {
        return leases_.renew({"orders", 20s, std::move(held), std::move(given_up), leaving}, now_);
    }
    [[nodiscard]] bool may_save(Lease lease) { return leases_.may_save("orders", lease.shard, lease.token, now_); }

    store::EmbeddedLeases leases_{2};
    core::SteadyTime now_{1h};
};

TEST_F(EmbeddedLeasesTest, TheyHoldForEver) {
    const auto first = ask({});
    EXPECT_FALSE(first.expires);
    ASSERT_THAT(first.held, SizeIs(2));
    now_ += 1000h;
    EXPECT_TRUE(may_save(first.held[0]));
    EXPECT_EQ(ask(first.held).held, first.held);
}

TEST_F(EmbeddedLeasesTest, AnotherWorkerTakesOverUnderOtherTokens) {
    const auto old = ask({}).held;
    const auto held = ask({}).held;
    ASSERT_THAT(held, SizeIs(2));
    EXPECT_FALSE(may_save(old[0]));
    EXPECT_TRUE(may_save(held[0]));
    EXPECT_FALSE(may_save({0, 0}));
}

TEST_F(EmbeddedLeasesTest, WhoLeavesHasItsLifetimeToSaveWhatIsUnderWay) {
    const auto held = ask({}).held;
    const auto report = ask({held[0]}, {held[1]}, true);
    EXPECT_THAT(report.held, ElementsAre(held[0]));
    EXPECT_TRUE(may_save(held[0]));
    EXPECT_FALSE(may_save(held[1]));
    EXPECT_TRUE(leases_.is_worked("orders", now_));
    now_ += 20s;
    EXPECT_FALSE(may_save(held[0]));
    EXPECT_FALSE(leases_.is_worked("orders", now_));
}

TEST_F(EmbeddedLeasesTest, WhoIsGoneWithoutAWordWorksNoMore) {
    const auto held = ask({}).held;
    now_ += store::EmbeddedLeases::silence - 1ms;
    EXPECT_TRUE(leases_.is_worked("orders", now_));
    EXPECT_FALSE(leases_.may_save("orders", 0, 0, now_));
    now_ += 1ms;
    EXPECT_FALSE(leases_.is_worked("orders", now_));
    EXPECT_TRUE(may_save(held[0])) << "nobody else has it";
    EXPECT_TRUE(leases_.may_save("orders", 0, 0, now_)) << "by who pulls from now on";
}

TEST_F(EmbeddedLeasesTest, WhatOneThatLeftDoesNotNameIsAnothers) {
    const auto old = ask({}).held;
    const auto held = ask({}).held;
    ask(old, {}, true);
    EXPECT_TRUE(may_save(held[0])) << "a late word of the worker before";
}

TEST_F(EmbeddedLeasesTest, ARecallThatNobodyEndsIsOver) {
    const auto held = ask({}).held;
    EXPECT_FALSE(leases_.recall("orders", 0, now_));
    EXPECT_THAT(ask(held).to_give_up, ElementsAre(0U));
    EXPECT_THAT(ask({held[1]}, {held[0]}).held, ElementsAre(held[1]));
    EXPECT_TRUE(leases_.recall("orders", 0, now_));
    now_ += store::recall_lifetime;
    const auto again = ask({held[1]});
    EXPECT_THAT(again.held, SizeIs(2));
    EXPECT_THAT(again.to_give_up, IsEmpty());
}

}  // namespace
}  // namespace tollgate::test
