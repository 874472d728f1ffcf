// Breaker: leaves a peer that fails alone, and comes back to it slowly. Pure; `now` is passed in.
#pragma once

#include <tollgate/core/clock.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace tollgate::core {

/// Opens after `threshold` failures of different payments without a success between them; then a single probe at a
/// time, its interval doubling from 1s to 30s, and after a success the number in flight ramps up from 1, doubling with
/// each full round of successes.
class Breaker {
  public:
    static constexpr unsigned threshold = 8;
    static constexpr std::chrono::milliseconds first_interval{1'000};
    static constexpr std::chrono::milliseconds last_interval{30'000};

    /// Of any attempt: one success closes it.
    void succeeded() noexcept;
    /// Of an attempt of `payment`. While open only the probe's failure is to be told: what was in flight before says
    /// nothing new.
    void failed(std::uint64_t payment, SteadyTime now);
    [[nodiscard]] bool open() const noexcept { return open_; }
    /// How many attempts may be in flight now, `limit` at most: 0 or 1 while open.
    [[nodiscard]] std::uint32_t allowed_in_flight(std::uint32_t limit, SteadyTime now) const noexcept;
    /// When the next probe is due, while open.
    [[nodiscard]] std::optional<SteadyTime> next_probe() const noexcept;
    /// As after a pause: closed, at the start of the ramp.
    void restart_ramp() noexcept;

  private:
    bool open_ = false;
    std::vector<std::uint64_t> failing_;
    std::chrono::milliseconds interval_ = first_interval;
    SteadyTime probe_at_{};
    std::uint32_t ramp_ = 0;  ///< 0: no ramp, the limit holds
    std::uint32_t successes_in_round_ = 0;
};

}  // namespace tollgate::core
