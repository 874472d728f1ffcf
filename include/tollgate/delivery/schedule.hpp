// The retry schedule, the retry budget and the breaker: when an attempt may be made. Pure; `now` is passed in.
#pragma once

#include <tollgate/core/clock.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tollgate::delivery {

/// A Retry-After beyond this is cut.
inline constexpr std::chrono::milliseconds longest_retry_after = std::chrono::hours{24};

/// When to try again after `attempts` failures (>= 1), or nothing when they are used up. `jitter` in [0, 1) spreads the
/// delay evenly over -20 % to +20 %. `retry_after` (at most 24h, longer is cut) never makes it sooner than the
/// schedule.
std::optional<std::chrono::milliseconds> retry_delay(const std::vector<std::chrono::milliseconds>& schedule,
                                                     std::uint32_t attempts, double jitter,
                                                     std::optional<std::chrono::milliseconds> retry_after);

/// A Retry-After value, as seconds or as an HTTP date, as a delay from `now`; absent when it is neither.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, core::WallTime now);

/// Retries are at most the larger of 20 % of first attempts and 10 per second. Two allowances run side by side, one fed
/// by first attempts, one by time; a retry goes when either has one to give, and is charged to both.
class RetryBudget {
  public:
    static constexpr std::chrono::milliseconds pace{100};  ///< 10 per second, evenly: no burst after a quiet time
    static constexpr int first_attempts_per_retry = 5;
    static constexpr int max_earned = 10;  ///< retries saved up by first attempts, at most

    void first_attempt() noexcept;
    /// Whether try_retry() would succeed.
    [[nodiscard]] bool allows_retry(core::SteadyTime now) const noexcept;
    /// Uses up a retry if there is one.
    bool try_retry(core::SteadyTime now) noexcept;
    /// When time alone allows the next one; not after `now` when one is allowed already.
    [[nodiscard]] core::SteadyTime next(core::SteadyTime now) const noexcept;

  private:
    /// In first attempts. A retry that only time allowed leaves a debt, of one retry at most: so that first attempts
    /// add retries only where they earn more of them than time does.
    int credit_ = 0;
    std::optional<core::SteadyTime> last_retry_;
};

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
    void failed(std::uint64_t payment, core::SteadyTime now);
    [[nodiscard]] bool open() const noexcept { return open_; }
    /// How many attempts may be in flight now, `limit` at most: 0 or 1 while open.
    [[nodiscard]] std::uint32_t allowed_in_flight(std::uint32_t limit, core::SteadyTime now) const noexcept;
    /// When the next probe is due, while open.
    [[nodiscard]] std::optional<core::SteadyTime> next_probe() const noexcept;
    /// As after a pause: closed, at the start of the ramp.
    void restart_ramp() noexcept;

  private:
    bool open_ = false;
    std::vector<std::uint64_t> failing_;
    std::chrono::milliseconds interval_ = first_interval;
    core::SteadyTime probe_at_{};
    std::uint32_t ramp_ = 0;  ///< 0: no ramp, the limit holds
    std::uint32_t successes_in_round_ = 0;
};

}  // namespace tollgate::delivery
