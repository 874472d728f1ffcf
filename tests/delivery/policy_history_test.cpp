// DeliveryPolicy on a store that lost its last seconds: positions of one history say nothing about another.
#include "delivery/policy_harness.hpp"

#include <gmock/gmock.h>

namespace tollgate::delivery::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(PolicyHistory, WhatIsReadUnderAnotherHistoryIsNotApplied) {
    PolicyHarness world;
    world.leases = store::LeaseReport{{{0, 7}}, {}, true, {}};
    const std::string a = world.append("p1");
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(a));
    world.succeed(a);
    const std::size_t asked = world.lease_requests;

    // The store is another process. It has not been asked for the leases yet, so it still says what it said before.
    world.history = 1;
    const std::string b = world.append("p2");
    world.run();
    EXPECT_THAT(world.flying(), IsEmpty()) << "b may be at the place of an event that was never delivered";
    EXPECT_GT(world.lease_requests, asked) << "it asks at once, not in its turn";

    // Asked, it grants the shard anew, and all is read from where the store says.
    world.leases = store::LeaseReport{{{0, 8}}, {}, true, {}};
    world.advance(2s);
    EXPECT_THAT(world.flying(), ElementsAre(b));
}

TEST(PolicyHistory, TheSameHistoryGoesOn) {
    PolicyHarness world;
    world.history = 5;
    world.leases = store::LeaseReport{{{0, 7}}, {}, true, {}};
    const std::string a = world.append("p1");
    world.run();
    const std::size_t asked = world.lease_requests;
    const std::string b = world.append("p2");
    world.run();
    EXPECT_THAT(world.flying(), ElementsAre(a, b));
    EXPECT_EQ(world.lease_requests, asked);
}

}  // namespace
}  // namespace tollgate::delivery::test
