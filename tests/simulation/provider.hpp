// SimulatedProvider: sends each callback when it is due, and again until somebody says 200.
#pragma once

#include "simulation/tally.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace tollgate::simulation {

/// One sending of one report.
struct Sending {
    std::size_t report = 0;
    unsigned attempt = 0;
};

class SimulatedProvider {
  public:
    /// Where callbacks go; returns which node took it, -1: connection refused.
    using Door = std::function<int(const Sending&)>;

    SimulatedProvider(World& world, const Plan& plan, const Truths& truths, Tally& tally, Door door)
        : world_(world), plan_(plan), truths_(truths), tally_(tally), door_(std::move(door)) {}

    /// Schedules all reports from `first` on.
    void schedule(std::size_t first);
    void answered(const Sending& sending, bool acknowledged);
    /// Every connection to a node is gone.
    void connections_lost(int node);
    /// Not given up and not yet acknowledged.
    [[nodiscard]] bool was_acknowledged(std::size_t report) const { return progress_[report].acknowledged; }
    void stop_losing_acknowledgements() noexcept { loses_acknowledgements_ = false; }

  private:
    struct Progress {
        unsigned attempts = 0;
        unsigned waiting_for = 0;  ///< the attempt that has no answer yet; 0: none
        int node = -1;             ///< that took it
        unsigned failures = 0;     ///< in a row
        unsigned repeats = 0;      ///< after an acknowledgement
        bool acknowledged = false;
    };
    void send(std::size_t report);
    void failed(std::size_t report);

    World& world_;
    const Plan& plan_;
    const Truths& truths_;
    Tally& tally_;
    Door door_;
    bool loses_acknowledgements_ = true;
    std::vector<Progress> progress_;
};

}  // namespace tollgate::simulation
