// SimulatedReceiver: what the receiver does with callbacks, without sockets: 200 only when durable.
#pragma once

#include "simulation/provider.hpp"
#include "simulation/pulse.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"

#include <tollgate/core/unique_function.hpp>
#include <tollgate/store/store.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace tollgate::simulation {

/// Part of one life of the gateway. A batch is in flight at a time; what comes meanwhile makes the next one.
class SimulatedReceiver {
  public:
    using Answer = std::function<void(const Sending&, bool acknowledged)>;

    SimulatedReceiver(World& world, Pulse& pulse, store::Store& store, const Truths& truths, Answer answer)
        : world_(world), pulse_(pulse), store_(store), truths_(truths), answer_(std::move(answer)) {}

    void receive(const Sending& sending);
    [[nodiscard]] bool batch_in_flight() const noexcept { return !in_flight_.empty(); }

  private:
    void schedule();
    void flush();
    void finished(const core::Result<std::vector<store::Accepted>>& result);

    static constexpr std::size_t max_batch = 16;

    World& world_;
    Pulse& pulse_;
    store::Store& store_;
    const Truths& truths_;
    Answer answer_;
    bool busy_ = false;
    std::vector<Sending> waiting_;
    std::vector<Sending> in_flight_;
};

}  // namespace tollgate::simulation
