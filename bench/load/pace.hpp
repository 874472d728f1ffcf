// Pace: when each callback is meant to leave, whatever the gateway does meanwhile (open loop).
#pragma once

#include "shape.hpp"

#include <tollgate/core/clock.hpp>

#include <cstdint>

namespace tollgate::load {

/// Slots at distances that the shape gives from `start`. Latency counts from a slot's time, so a gateway that stalls
/// pays for every callback that should have left during the stall, not for one.
class Pace {
  public:
    Pace(Shape shape, core::SteadyTime start) noexcept : shape_(shape), start_(start) {}
    /// Even distances. `per_second` 0: no pace, a slot is always due.
    Pace(double per_second, core::SteadyTime start) noexcept : Pace(Shape::constant(per_second), start) {}

    /// The time of the next slot; `now` without a pace.
    [[nodiscard]] core::SteadyTime next(core::SteadyTime now) const noexcept;
    /// Uses the next slot and returns its time.
    core::SteadyTime take(core::SteadyTime now) noexcept;
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }
    /// Slots up to `now` that nobody took; 0 without a pace.
    [[nodiscard]] std::uint64_t behind(core::SteadyTime now) const noexcept;

  private:
    Shape shape_;
    core::SteadyTime start_;
    std::uint64_t taken_ = 0;
};

}  // namespace tollgate::load
