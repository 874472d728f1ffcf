// Shape: how the rate of callbacks goes over time: constant, rising, or in bursts.
#pragma once

#include <tollgate/core/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tollgate::load {

/// Rates are callbacks per second.
struct ShapeOptions {
    std::optional<double> ramp_from;          ///< from here it rises evenly to the rate, over the whole duration
    double burst_rate = 0;                    ///< 0: no bursts
    std::chrono::milliseconds burst_every{};  ///< from one burst's end to the next one's end
    std::chrono::milliseconds burst_for{};    ///< at the end of each such period
};

/// How many callbacks are due after how long. Immutable; computed from the time or the number alone, so that errors do
/// not add up.
class Shape {
  public:
    /// `rate` 0 without bursts: no pace, everything is always due. `duration` 0: no end. Errors: Errc::invalid_argument,
    /// naming the option.
    static core::Result<Shape> create(double rate, std::chrono::milliseconds duration, const ShapeOptions& options);
    static Shape constant(double rate) noexcept;

    [[nodiscard]] bool has_pace() const noexcept { return kind_ != Kind::none; }
    /// Seconds from the start to slot `number`, the first being 0. Of a shape with a pace.
    [[nodiscard]] double time_of(std::uint64_t number) const noexcept;
    /// Slots due within so many seconds, the one at that very moment included.
    [[nodiscard]] std::uint64_t due_after(double seconds) const noexcept;
    /// "400/s", "100/s to 400/s in 60 s", "400/s, for 2 s of every 10 s 4000/s"
    [[nodiscard]] std::string describe() const;

  private:
    enum class Kind : std::uint8_t { none, constant, ramp, burst };
    [[nodiscard]] double slots_in(double seconds) const noexcept;

    Kind kind_ = Kind::none;
    double rate_ = 0;
    double from_ = 0;        // of a ramp
    double seconds_ = 0;     // of a ramp: how long it rises; of bursts: the period
    double burst_rate_ = 0;
    double quiet_ = 0;       // seconds of a period before its burst
};

}  // namespace tollgate::load
