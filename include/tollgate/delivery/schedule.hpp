// The retry schedule and the retry budget: when an attempt may be made. Pure; `now` is passed in.
#pragma once

#include <tollgate/core/clock.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace tollgate::delivery {

/// When to try again after `attempts` failures (>= 1), or nothing when they are used up. `jitter` in [0, 1) spreads the
/// delay evenly over -20 % to +20 %. `retry_after` (at most 24h, longer is cut) never makes it sooner than the
/// schedule.
std::optional<std::chrono::milliseconds> retry_delay(const std::vector<std::chrono::milliseconds>& schedule,
                                                     std::uint32_t attempts, double jitter,
                                                     std::optional<std::chrono::milliseconds> retry_after);

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

}  // namespace tollgate::delivery
