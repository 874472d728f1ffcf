// World: virtual time, the seed's randomness and the queue of what is still to happen.
#pragma once

#include "simulation/history.hpp"
#include "support/manual_clock.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/unique_function.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

namespace tollgate::simulation {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Single-threaded. Everything random comes from one generator and everything timed from one queue, so a seed replays
/// its history exactly. Time jumps from one queued action to the next.
class World {
  public:
    using Action = core::UniqueFunction<void()>;

    World(std::uint64_t seed, bool trace) : random_(seed), history_(trace) {}

    [[nodiscard]] const core::Clock& clock() const noexcept { return clock_; }
    [[nodiscard]] core::WallTime wall() const { return clock_.wall(); }
    [[nodiscard]] core::SteadyTime now() const { return clock_.steady(); }
    /// Steady time since the beginning.
    [[nodiscard]] milliseconds elapsed() const;

    [[nodiscard]] std::mt19937_64& random() noexcept { return random_; }
    /// From 0 to limit - 1.
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    bool chance(unsigned per_thousand) { return below(1000) < per_thousand; }
    /// Short spans are as likely as long ones: first how often to double `shortest` is drawn, then the rest.
    milliseconds span(milliseconds shortest, milliseconds longest);
    template <class Container>
    const auto& one_of(const Container& choices) {
        return choices[below(choices.size())];
    }

    void after(milliseconds delay, Action action);
    /// Not done if `owner` is gone by then.
    void after(milliseconds delay, std::weak_ptr<void> owner, Action action);
    /// Does the next action, unless it is due after `until`. False: there is none.
    bool step(core::SteadyTime until);
    [[nodiscard]] bool is_idle() const noexcept { return queue_.empty(); }
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

    /// The machine's clock is set; steady time does not notice.
    void jump_wall(milliseconds by) { clock_.advance_wall(by); }
    /// Time passes without anything happening.
    void advance_to(core::SteadyTime time);

    [[nodiscard]] const History& history() const noexcept { return history_; }
    void note(What what, int who = -1, int payment = -1, std::uint64_t number = 0, std::uint64_t other = 0,
              std::string_view text = {}) {
        history_.add({steps_, elapsed(), what, who, payment, number, other, text});
    }

  private:
    struct Queued {
        core::SteadyTime at{};
        std::uint64_t order = 0;  ///< first come, first served among equal times
        Action action;
    };
    static bool is_later(const Queued& a, const Queued& b) noexcept {
        return a.at != b.at ? a.at > b.at : a.order > b.order;
    }

    test::ManualClock clock_;
    core::SteadyTime start_ = clock_.steady();
    std::mt19937_64 random_;
    History history_;
    std::vector<Queued> queue_;  ///< a heap, the next on top
    std::uint64_t queued_ = 0;
    std::uint64_t steps_ = 0;
};

}  // namespace tollgate::simulation
