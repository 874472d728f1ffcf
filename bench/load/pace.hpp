// Pace: when each callback is meant to leave, whatever the gateway does meanwhile (open loop).
#pragma once

#include <tollgate/core/clock.hpp>

#include <cstdint>

namespace tollgate::load {

/// Slots at even distances from `start`. Latency counts from a slot's time, so a gateway that stalls pays for every
/// callback that should have left during the stall, not for one.
class Pace {
  public:
    /// `per_second` 0: no pace, a slot is always due.
    Pace(double per_second, core::SteadyTime start) noexcept : per_second_(per_second), start_(start) {}

    /// The time of the next slot; `now` without a pace.
    [[nodiscard]] core::SteadyTime next(core::SteadyTime now) const noexcept;
    /// Uses the next slot and returns its time.
    core::SteadyTime take(core::SteadyTime now) noexcept;
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
    /// Slots up to `now` that nobody took; 0 without a pace.
    [[nodiscard]] std::uint64_t behind(core::SteadyTime now) const noexcept;

  private:
    double per_second_;
    core::SteadyTime start_;
    std::uint64_t taken_ = 0;
};

}  // namespace tollgate::load
