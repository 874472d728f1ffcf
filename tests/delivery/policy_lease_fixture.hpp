// PolicyLease: a delivery policy with two shards, whose leases the test gives and takes.
#pragma once

#include "delivery/policy_harness.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::delivery::test {

/// Requests take 15 s at most, so leases last 20 s.
class PolicyLease : public testing::Test {
  protected:
    PolicyLease() { grant({{0, 7}, {1, 8}}); }

    void grant(std::vector<store::Lease> held, std::vector<store::Shard> to_give_up = {}) {
        world_.leases = store::LeaseReport{std::move(held), std::move(to_give_up), true, {}};
    }
    /// A payment of a shard, another each time.
    std::string append_to(store::Shard shard) {
        std::string name;
        do {
            name = "p" + std::to_string(++payments_);
        } while (store::shard_of("kenya", name, 2) != shard);
        return world_.append(name);
    }
    /// Lets requests wait for the test, and asks for the next one.
    const store::LeaseRequest& next_request() {
        world_.leases_at_once = false;
        world_.advance(std::chrono::milliseconds{1'250});
        EXPECT_TRUE(world_.lease_request);
        return *world_.lease_request;
    }
    /// Time passes while the process does not run.
    void hang(std::chrono::milliseconds length) { world_.clock.advance(length); }

    PolicyHarness world_{PolicyHarness::default_options(), 2};
    int payments_ = 0;
};

}  // namespace tollgate::delivery::test
