// Deliverer: moves the commands of a real DeliveryPolicy between the fake store and a simulated subscriber.
#pragma once

#include "simulation/delivery_watch.hpp"
#include "simulation/pulse.hpp"
#include "simulation/subscriber.hpp"
#include "simulation/world.hpp"

#include <tollgate/delivery/policy.hpp>
#include <tollgate/store/store.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace tollgate::simulation {

/// Part of one life of the gateway; what the delivery worker is in the program. It calls next() after every input and
/// when wake_after() says so, and at no other time: a policy that forgets to ask for a wake-up stands still here.
class Deliverer {
  public:
    Deliverer(World& world, Pulse& pulse, int node, store::Store& store, const SubscriberPlan& plan,
              SimulatedSubscriber& subscriber, DeliveryWatch& watch, const LogWatch& log, Tally& tally);

    void start() { pump(); }
    void log_grew(store::Shard shard);
    void pause();
    void resume();
    /// The plan's options are others now.
    void reconfigure();
    /// The end in good order: as the worker's stop().
    void leave();
    [[nodiscard]] bool is_settled() const noexcept { return !policy_.has_unsaved() && policy_.left(); }
    [[nodiscard]] const delivery::DeliveryPolicy& policy() const noexcept { return policy_; }

  private:
    /// Lets `input` act on the policy, then does what follows.
    template <class Input>
    void feed(Input input);
    void pump();
    void schedule_wake();
    void count_failure(const core::Error& error);

    void run(const delivery::RenewLeases& renew);
    void run(const delivery::LoadDelivery& load);
    void run(const delivery::ReadLog& read);
    void run(const delivery::ReadParked& read);
    void run(const delivery::SaveDelivery& save);
    void run(const delivery::StartAttempt& start);
    void run(const delivery::SavePause& save);

    void leases_reported(const store::LeaseRequest& request, core::SteadyTime asked_at,
                         const core::Result<store::LeaseReport>& report);

    World& world_;
    Pulse& pulse_;
    int node_;
    store::Store& store_;
    const SubscriberPlan& plan_;
    SimulatedSubscriber& subscriber_;
    DeliveryWatch& watch_;
    const LogWatch& log_;
    Tally& tally_;
    delivery::DeliveryPolicy policy_;
    std::optional<core::SteadyTime> wake_at_;
    // As the store told them last.
    std::vector<store::LeaseToken> tokens_;
    core::SteadyTime held_until_{};
    std::set<store::LeaseToken> over_;  ///< they ended before they were renewed
    std::set<store::LeaseToken> handed_back_;
};

}  // namespace tollgate::simulation
