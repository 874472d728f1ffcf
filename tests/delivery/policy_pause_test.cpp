// DeliveryPolicy: pauses that the store knows of, and shards that are asked back to be loaded anew.
#include "delivery/policy_lease_fixture.hpp"

namespace tollgate::delivery::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto renewal = 1'250ms;

TEST_F(PolicyLease, AStoredPauseHoldsBeforeTheFirstAttempt) {
    world_.stored_pause = "an operator";
    append_to(0);
    append_to(1);
    world_.advance(10min);
    EXPECT_TRUE(world_.policy->paused());
    EXPECT_EQ(world_.policy->why_paused(), "an operator");
    EXPECT_EQ(world_.started, 0U);
    world_.stored_pause.clear();
    world_.advance(renewal);
    EXPECT_FALSE(world_.policy->paused());
    EXPECT_THAT(world_.flying(), SizeIs(1)) << "it ramps";
    world_.succeed_all();
    EXPECT_EQ(world_.delivered.size(), 2U);
}

TEST_F(PolicyLease, WhatFliesIntoAStoredPauseEndsAndUsesUpNothing) {
    const std::string fails = append_to(0);
    const std::string succeeds = append_to(1);
    world_.run();
    world_.stored_pause = "an operator";
    world_.advance(renewal);
    const std::string waits = append_to(0);
    world_.fail(fails);
    world_.succeed(succeeds);
    EXPECT_EQ(world_.policy->parked(), 0U);
    EXPECT_EQ(world_.durable[0].cursor, 0U);
    EXPECT_EQ(world_.durable[1].cursor, 1U);
    world_.advance(1h);
    EXPECT_THAT(world_.flying(), IsEmpty());
    world_.stored_pause.clear();
    world_.advance(renewal);
    EXPECT_EQ(world_.attempt_of(fails), 1U);
    world_.succeed_all();
    EXPECT_THAT(world_.delivered, ElementsAre(succeeds, fails, waits));
}

TEST_F(PolicyLease, A410IsStoredAndOutlastsTheProcess) {
    const std::string a = append_to(0);
    world_.run();
    world_.answer(a, 410);
    EXPECT_EQ(world_.stored_pause, "HTTP 410");
    EXPECT_EQ(world_.pause_saves, 1U);
    world_.advance(1h);
    world_.crash(false);
    world_.advance(1h);
    EXPECT_EQ(world_.started, 1U);
    world_.stored_pause.clear();
    world_.advance(renewal);
    EXPECT_THAT(world_.flying(), ElementsAre(a));
}

TEST_F(PolicyLease, A410ThatTheStoreDoesNotTakeYetHoldsHere) {
    const std::string a = append_to(0);
    world_.run();
    world_.store_is_down = true;
    world_.answer(a, 410);
    world_.advance(5s);
    EXPECT_GT(world_.pause_saves, 2U);
    EXPECT_TRUE(world_.policy->has_unsaved());
    world_.store_is_down = false;
    world_.advance(10s);
    EXPECT_EQ(world_.stored_pause, "HTTP 410");
    EXPECT_FALSE(world_.policy->has_unsaved());
    EXPECT_TRUE(world_.policy->paused());
    EXPECT_THAT(world_.flying(), IsEmpty());
}

TEST_F(PolicyLease, AShardIsGivenUpDuringAPauseToo) {
    append_to(0);
    world_.stored_pause = "an operator";
    world_.run();
    grant({{0, 7}, {1, 8}}, {0});
    world_.advance(renewal);
    grant({{1, 8}});
    world_.run();
    world_.advance(renewal);
    EXPECT_THAT(next_request().held, ElementsAre(store::Lease{1, 8}));
}

/// What replaying does to whoever works the shard: asked back, parked to, granted anew.
TEST_F(PolicyLease, WhatWasParkedWhileTheShardWasAwayIsDeliveredOnce) {
    const std::string a = append_to(0);
    const std::string b = append_to(0);
    world_.run();
    world_.succeed(a);
    grant({{0, 7}, {1, 8}}, {0});
    world_.advance(renewal);
    EXPECT_EQ(world_.durable[0].cursor, 1U);
    grant({{1, 8}});
    world_.succeed(b);
    world_.run();
    EXPECT_EQ(world_.durable[0].cursor, 2U) << "finished and saved first";

    store::Park again;
    again.event = world_.entry(a);
    again.delivery = {a,
                      store::payment_key(again.event.source, again.event.reference),
                      again.event.position,
                      again.event.happening,
                      0,
                      world_.clock.wall()};
    world_.durable[0].parked.emplace(a, again);
    grant({{0, 9}, {1, 8}});
    world_.advance(renewal);
    EXPECT_THAT(world_.flying(), ElementsAre(a));
    EXPECT_EQ(world_.attempt_of(a), 1U);
    world_.succeed(a);
    EXPECT_THAT(world_.delivered, ElementsAre(a, b, a));
    EXPECT_THAT(world_.durable[0].parked, IsEmpty());
    EXPECT_EQ(world_.durable[0].cursor, 2U);
}

}  // namespace
}  // namespace tollgate::delivery::test
