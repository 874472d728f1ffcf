// ManualClock: time that moves only when a test says so.
#pragma once

#include <tollgate/core/clock.hpp>

#include <atomic>
#include <chrono>

namespace tollgate::test {

/// Both clocks stand still until they are set or advanced. Safe to use from every thread.
class ManualClock final : public core::Clock {
  public:
    /// Starts at 2026-11-22T10:00:00Z unless told otherwise; the steady clock starts at one hour, so that a test may go
    /// back a little.
    explicit ManualClock(core::WallTime wall = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} +
                                               std::chrono::hours{10},
                         core::SteadyTime steady = core::SteadyTime{std::chrono::hours{1}})
        : wall_(wall.time_since_epoch()), steady_(steady.time_since_epoch()) {}

    [[nodiscard]] core::WallTime wall() const override { return core::WallTime{wall_.load()}; }
    [[nodiscard]] core::SteadyTime steady() const override { return core::SteadyTime{steady_.load()}; }

    /// Time passes: both clocks move together.
    void advance(std::chrono::milliseconds by) {
        advance_wall(by);
        advance_steady(by);
    }

    void set_wall(core::WallTime to) { wall_.store(to.time_since_epoch()); }
    void set_steady(core::SteadyTime to) { steady_.store(to.time_since_epoch()); }

    /// One clock alone: what a step of the machine's clock looks like.
    void advance_wall(std::chrono::milliseconds by) { add(wall_, by); }
    void advance_steady(core::SteadyTime::duration by) { add(steady_, by); }

  private:
    // std::atomic of a duration has no fetch_add.
    template <class Duration>
    static void add(std::atomic<Duration>& time, Duration by) {
        Duration seen = time.load();
        while (!time.compare_exchange_weak(seen, seen + by)) {
        }
    }

    std::atomic<core::WallTime::duration> wall_;
    std::atomic<core::SteadyTime::duration> steady_;
};

}  // namespace tollgate::test
