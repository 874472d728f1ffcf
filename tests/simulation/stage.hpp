// Stage: everything that one history is made of, and the troubles that befall it.
#pragma once

#include "simulation/delivery_watch.hpp"
#include "simulation/gateway.hpp"
#include "simulation/log_watch.hpp"
#include "simulation/plan.hpp"
#include "simulation/provider.hpp"
#include "simulation/tally.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"
#include "support/fake_store.hpp"

#include <tollgate/core/json.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace tollgate::simulation {

/// The gateway dies and is started again; what outlives it is the store, the subscribers, the provider, and the checks.
class Stage {
  public:
    Stage(World& world, core::JsonParser& parser, Tally& tally);

    /// The whole history. Throws BrokenRule.
    void play();
    [[nodiscard]] test::FakeStore& store() noexcept { return store_; }
    /// Everything that is durable in the end goes into the digest as well.
    [[nodiscard]] std::uint64_t digest() const;

  private:
    void schedule_troubles();
    void schedule_store_outage();
    void schedule_clock_jump();
    void schedule_filter_change();
    void schedule_maintenance();
    void schedule_operator();
    void schedule_resumption();
    void resume_paused();

    void start_gateway();
    [[nodiscard]] unsigned crashes_per_100k_steps() const;
    [[nodiscard]] bool any_breaker_open() const;
    void crash();
    void answered(const Sending& sending, bool acknowledged);
    void schedule_store_step();

    bool step(core::SteadyTime until);
    void run_for(milliseconds length);
    void calm_down();
    void check_progress();
    void check_end();

    World& world_;
    Tally& tally_;
    Plan plan_;
    Truths truths_;
    test::FakeStore store_;
    LogWatch log_;
    std::vector<Member> members_;
    SimulatedProvider provider_;
    std::unique_ptr<Gateway> gateway_;
    bool store_step_waits_ = false;
    bool in_trouble_ = true;  ///< things go wrong
};

}  // namespace tollgate::simulation
