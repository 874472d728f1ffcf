// DeliveryPolicy whose leases end in good order: what it gives up, and how it leaves.
#include "delivery/policy_lease_fixture.hpp"

namespace tollgate::delivery::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(PolicyLease, WhatIsToBeGivenUpIsFinishedAndHandedBack) {
    const std::string a = append_to(0);
    world_.run();
    world_.saves_at_once = false;
    grant({{0, 7}, {1, 8}}, {0});
    world_.advance(1'250ms);
    append_to(0);
    world_.run();
    EXPECT_THAT(world_.flying(), ElementsAre(a)) << "nothing new of it";
    world_.succeed(a);
    EXPECT_TRUE(world_.save_waits());
    EXPECT_THAT(next_request().given_up, IsEmpty()) << "not before it is saved";
    world_.answer_leases();
    world_.end_save(SaveOutcome::done);
    world_.run();
    ASSERT_TRUE(world_.lease_request) << "then at once";
    EXPECT_THAT(world_.lease_request->given_up, ElementsAre(store::Lease{0, 7}));
    EXPECT_THAT(world_.lease_request->held, ElementsAre(store::Lease{1, 8}));
    EXPECT_FALSE(world_.policy->oldest_undelivered());
}

TEST_F(PolicyLease, RetriesOfWhatIsToBeGivenUpDoNotComeDue) {
    const std::string a = append_to(0);
    const std::string b = append_to(0);
    world_.run();
    world_.fail(a);
    grant({{0, 7}, {1, 8}}, {0});
    world_.advance(1'250ms);
    world_.leases = store::LeaseReport{{{0, 7}, {1, 8}}, {0}, true, {}};
    world_.advance(13s);
    EXPECT_THAT(world_.flying(), ElementsAre(b)) << "b holds the shard, a waits for whoever comes next";
    grant({{0, 7}, {1, 8}});  // the other node is gone: it stays
    world_.advance(1'250ms);
    EXPECT_THAT(world_.flying(), UnorderedElementsAre(a, b));
}

TEST_F(PolicyLease, LeavesWhenAllIsFinishedAndSaved) {
    const std::string a = append_to(0);
    world_.run();
    world_.saves_at_once = false;
    world_.leases_at_once = false;
    world_.policy->leave();
    world_.run();
    ASSERT_TRUE(world_.lease_request);
    EXPECT_TRUE(world_.lease_request->leaving);
    EXPECT_THAT(world_.lease_request->given_up, ElementsAre(store::Lease{1, 8})) << "free of work";
    grant({{0, 7}}, {0});
    world_.answer_leases();
    append_to(0);
    world_.succeed(a);
    EXPECT_FALSE(world_.policy->left());
    world_.end_save(SaveOutcome::done);
    world_.run();
    ASSERT_TRUE(world_.lease_request);
    EXPECT_THAT(world_.lease_request->given_up, ElementsAre(store::Lease{0, 7}));
    EXPECT_FALSE(world_.policy->left()) << "the store does not know yet";
    grant({});
    world_.answer_leases();
    EXPECT_TRUE(world_.policy->left());
    const std::size_t requests = world_.lease_requests;
    world_.advance(1min);
    EXPECT_EQ(world_.lease_requests, requests);
    EXPECT_THAT(world_.flying(), IsEmpty());
}

TEST_F(PolicyLease, ItHasLeftWhenTheStoreCannotBeTold) {
    world_.run();
    world_.leases_at_once = false;
    world_.policy->leave();
    world_.run();
    EXPECT_FALSE(world_.policy->left());
    world_.refuse_leases();
    EXPECT_TRUE(world_.policy->left());
}

TEST_F(PolicyLease, WhereLeasesDoNotEndNobodyWaitsForThemToBeGivenUp) {
    world_.leases.reset();
    world_.run();
    EXPECT_FALSE(world_.policy->left());
    world_.leases_at_once = false;
    world_.policy->leave();
    EXPECT_TRUE(world_.policy->left());
    world_.run();
    ASSERT_TRUE(world_.lease_request) << "the store is told all the same";
    EXPECT_EQ(world_.lease_request->given_up.size(), 2U);
}

TEST_F(PolicyLease, APauseKeepsTheLeases) {
    const std::string a = append_to(0);
    world_.run();
    world_.answer(a, 410);
    ASSERT_TRUE(world_.policy->paused());
    world_.advance(1min);
    EXPECT_GE(world_.lease_requests, 40U);
    EXPECT_THAT(next_request().held, ElementsAre(store::Lease{0, 7}, store::Lease{1, 8}));
}

TEST_F(PolicyLease, ALongerTimeOutAsksForLongerLeasesFirst) {
    world_.run();
    PolicyOptions options = world_.options();
    options.request_timeout = 60s;
    world_.reconfigure(options);
    world_.leases_at_once = false;
    const std::string a = append_to(0);
    world_.run();
    EXPECT_THAT(world_.flying(), IsEmpty());
    ASSERT_TRUE(world_.lease_request);
    EXPECT_EQ(world_.lease_request->lifetime, 65s);
    EXPECT_EQ(world_.lease_request->held.size(), 2U) << "the leases are kept";
    world_.answer_leases();
    world_.run();
    EXPECT_THAT(world_.flying(), ElementsAre(a));
}

}  // namespace
}  // namespace tollgate::delivery::test
