// Deliverer: moves the commands of a real DeliveryPolicy between the fake store and a simulated subscriber.
#pragma once

#include "simulation/delivery_watch.hpp"
#include "simulation/subscriber.hpp"
#include "simulation/world.hpp"

#include <tollgate/delivery/policy.hpp>
#include <tollgate/store/store.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace tollgate::simulation {

/// Part of one life of the gateway; what the delivery worker is in the program. It calls next() after every input and
/// when wake_after() says so, and at no other time: a policy that forgets to ask for a wake-up stands still here.
class Deliverer {
  public:
    Deliverer(World& world, store::Store& store, const SubscriberPlan& plan, SimulatedSubscriber& subscriber,
              DeliveryWatch& watch, const LogWatch& log, Tally& tally);

    void start() { pump(); }
    void log_grew(store::Shard shard);
    void pause();
    void resume();
    /// The plan's filter is another now.
    void reconfigure();
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

    World& world_;
    store::Store& store_;
    const SubscriberPlan& plan_;
    SimulatedSubscriber& subscriber_;
    DeliveryWatch& watch_;
    const LogWatch& log_;
    Tally& tally_;
    delivery::DeliveryPolicy policy_;
    std::optional<core::SteadyTime> wake_at_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace tollgate::simulation
