// Gateway: one life of the program, from its start to its crash: a receiver and a deliverer per subscriber.
#pragma once

#include "simulation/asker.hpp"
#include "simulation/deliverer.hpp"
#include "simulation/pulse.hpp"
#include "simulation/receiver.hpp"
#include "support/fake_store.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace tollgate::simulation {

/// A subscriber with all that outlives the gateway.
struct Member {
    SubscriberPlan* plan = nullptr;
    std::unique_ptr<SimulatedSubscriber> subscriber;
    std::unique_ptr<DeliveryWatch> watch;
    bool joined = false;
};

/// Where a node's questions go, and who checks them.
struct Asking {
    StatusDesk& desk;
    AskWatch& watch;
};

class Gateway {
  public:
    Gateway(World& world, int number, test::FakeNode& store, const Truths& truths, const LogWatch& log,
            std::vector<Member>& members, Asking asking, Tally& tally, SimulatedReceiver::Answer answer);
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    /// Makes every subscriber that has joined known to the store, then delivers to it.
    void enrol();
    /// Everything that the node does by itself, and everything that is done to it, waits until it wakes up.
    void hang();
    void wake();
    [[nodiscard]] bool hangs() const noexcept { return pulse_.hangs(); }
    /// For what is done to this life only, whether it hangs or not. Expires with the gateway. (Its address does not
    /// tell: the next life may lie where the last one lay.)
    [[nodiscard]] std::weak_ptr<void> life() const noexcept { return pulse_.life(); }
    /// Does something to the node, as soon as it can.
    void tell(World::Action action) { pulse_.after(milliseconds{0}, std::move(action)); }
    /// Ends in good order; is_settled() when it has.
    void leave();
    [[nodiscard]] bool is_leaving() const noexcept { return leaving_; }
    [[nodiscard]] bool is_settled() const;
    [[nodiscard]] SimulatedReceiver& receiver() noexcept { return receiver_; }
    [[nodiscard]] Asker& asker() noexcept { return asker_; }
    /// Null for a member that is not enrolled yet.
    [[nodiscard]] Deliverer* deliverer(std::size_t member) const { return deliverers_[member].get(); }

  private:
    void begin(std::size_t member);

    World& world_;
    int number_;
    test::FakeNode& store_;
    const LogWatch& log_;
    std::vector<Member>& members_;
    Tally& tally_;
    Pulse pulse_;
    bool leaving_ = false;
    SimulatedReceiver receiver_;
    Asker asker_;
    std::vector<std::unique_ptr<Deliverer>> deliverers_;
};

}  // namespace tollgate::simulation
