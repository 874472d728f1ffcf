// Stage: everything that one history is made of, and the troubles that befall it.
#pragma once

#include "simulation/ask_watch.hpp"
#include "simulation/delivery_watch.hpp"
#include "simulation/gateway.hpp"
#include "simulation/log_watch.hpp"
#include "simulation/plan.hpp"
#include "simulation/provider.hpp"
#include "simulation/status_desk.hpp"
#include "simulation/tally.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"
#include "support/fake_store.hpp"

#include <tollgate/core/json.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace tollgate::simulation {

/// Each node dies, hangs and is started again on its own; what outlives them is the store, the subscribers, the
/// provider, and the checks.
class Stage {
  public:
    Stage(World& world, core::JsonParser& parser, Tally& tally);

    /// The whole history. Throws BrokenRule.
    void play();
    [[nodiscard]] test::FakeStore& store() noexcept { return store_; }
    [[nodiscard]] const Truths& truths() const noexcept { return truths_; }
    /// Everything that is durable in the end goes into the digest as well.
    [[nodiscard]] std::uint64_t digest() const;

  private:
    void schedule_troubles();
    void schedule_store_outage();
    void schedule_failover();
    void schedule_clock_jump();
    void schedule_filter_change();
    void schedule_filter_change_in_an_outage();
    void change_filter(std::size_t chosen);
    void schedule_maintenance();
    void schedule_operator();
    void schedule_resumption();
    void resume_paused();

    // stage_nodes.cpp
    void start(int node);
    /// Draws whether the node dies, hangs or stops just now.
    void tempt(int node);
    [[nodiscard]] bool has_half_done(int node) const;
    [[nodiscard]] bool any_breaker_open() const;
    /// At any node, for this member.
    [[nodiscard]] bool breaker_open(std::size_t member) const;
    void crash(int node);
    void hang(int node);
    void wake(int node);
    void cut_off(int node);
    void stop(int node);
    void end_if_settled(int node, milliseconds patience);
    void life_ends(int node, bool crashed);
    void restart_later(int node);
    [[nodiscard]] bool any_hangs() const;
    void set_lease_margin(milliseconds margin);
    [[nodiscard]] Gateway* gateway(int node) const { return gateways_[static_cast<std::size_t>(node)].get(); }
    int receive(const Sending& sending);
    void say_goodbye();
    void answered(const Sending& sending, bool acknowledged);
    void schedule_store_step();

    // stage_asking.cpp
    void schedule_wishes();
    void wish_later(std::size_t wish, milliseconds delay);
    void make_wish(std::size_t wish);
    void send_wish(std::size_t wish, int node, const std::optional<store::PaymentRecord>& record);
    /// True when it was granted or dropped before, or has had no answer yet.
    [[nodiscard]] bool is_over(std::size_t wish, unsigned attempt) const;
    void look();

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
    StatusDesk desk_;
    AskWatch ask_;
    std::vector<Member> members_;
    SimulatedProvider provider_;
    std::vector<std::unique_ptr<Gateway>> gateways_;  ///< by node; null while it is down
    bool store_step_waits_ = false;
    struct WishProgress {
        unsigned attempts = 0;
        bool over = false;
    };
    std::vector<WishProgress> wishes_;
    bool in_trouble_ = true;  ///< things go wrong
};

}  // namespace tollgate::simulation
