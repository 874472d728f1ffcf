// SimulatedSubscriber: takes events in one of many moods, each for a while.
#pragma once

#include "simulation/plan.hpp"
#include "simulation/tally.hpp"
#include "simulation/truths.hpp"
#include "simulation/world.hpp"

#include <tollgate/delivery/policy.hpp>

#include <string>
#include <string_view>

namespace tollgate::simulation {

class SimulatedSubscriber {
  public:
    struct Answer {
        delivery::AttemptResult result;
        milliseconds after{0};
        bool took_it = false;  ///< processed, whether or not the answer gets back
    };

    SimulatedSubscriber(World& world, const SubscriberPlan& plan, const Truths& truths, Tally& tally, int number)
        : world_(world), plan_(plan), truths_(truths), tally_(tally), number_(number) {}

    /// From now on its mood changes now and then.
    void live();
    Answer answer(int payment, std::uint32_t attempt);
    /// Healthy from now on; `takes_poison` too.
    void recover(bool takes_poison);

  private:
    enum class Mood { healthy, flaky, failing, unavailable, limiting, slow, down, gone };

    void change_mood();
    [[nodiscard]] Answer refuse(unsigned status);
    [[nodiscard]] Answer ask_to_wait(unsigned status);
    [[nodiscard]] Answer lose_answer(bool took_it);
    [[nodiscard]] milliseconds thinking() {
        return milliseconds(world_.below(static_cast<std::uint64_t>(plan_.slowest_answer.count())));
    }

    World& world_;
    const SubscriberPlan& plan_;
    const Truths& truths_;
    Tally& tally_;
    int number_;
    Mood mood_ = Mood::healthy;
    bool moody_ = true;
    bool takes_poison_ = false;
};

}  // namespace tollgate::simulation
