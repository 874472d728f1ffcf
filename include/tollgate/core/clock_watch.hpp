// ClockWatch: notices when somebody has set the wall clock, by the steady one.
#pragma once

#include <tollgate/core/clock.hpp>

#include <chrono>
#include <optional>

namespace tollgate::core {

/// The wall clock was set.
struct ClockStep {
    WallTime at{};                   ///< as it reads since then
    std::chrono::milliseconds by{};  ///< forward when above 0

    friend bool operator==(const ClockStep&, const ClockStep&) = default;
};

/// Pure: times are passed in. What a clock drifts, or is slewed by, between two looks is no step; a machine that slept
/// wakes up with one, since its steady clock slept as well.
class ClockWatch {
  public:
    /// More than this is a step.
    static constexpr std::chrono::milliseconds largest_drift{60'000};

    ClockWatch(WallTime wall, SteadyTime steady) : wall_(wall), steady_(steady) {}

    /// To be asked every second or so, with both clocks as they read now.
    std::optional<ClockStep> look(WallTime wall, SteadyTime steady) {
        const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(steady - steady_);
        const std::chrono::milliseconds by = wall - wall_ - passed;
        wall_ = wall;
        steady_ = steady;
        if (std::chrono::abs(by) <= largest_drift) return std::nullopt;
        return ClockStep{wall, by};
    }

  private:
    WallTime wall_;
    SteadyTime steady_;
};

}  // namespace tollgate::core
