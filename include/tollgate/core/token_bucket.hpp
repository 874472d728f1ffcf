// TokenBucket: the rate that somebody else allows.
#pragma once

#include <tollgate/core/clock.hpp>

#include <algorithm>
#include <chrono>

namespace tollgate::core {

/// `rate` per second with bursts of a tenth of a second's worth, one at least. Kept as the time at which the
/// next one is due at an even pace, which may lie one burst in the past: no sums of fractions that drift.
class TokenBucket {
  public:
    /// 0: no limit.
    explicit TokenBucket(double rate_per_second = 0) { set_rate(rate_per_second); }

    void set_rate(double rate_per_second) {
        if (rate_per_second <= 0) {
            interval_ = {};
            return;
        }
        using Seconds = std::chrono::duration<double>;
        interval_ = std::chrono::duration_cast<SteadyTime::duration>(Seconds(1.0 / rate_per_second));
        const double burst = std::max(1.0, rate_per_second / 10);
        slack_ = std::chrono::duration_cast<SteadyTime::duration>(Seconds((burst - 1) / rate_per_second));
    }
    [[nodiscard]] bool has_token(SteadyTime now) const noexcept { return now >= next(); }
    /// Only after has_token().
    void take(SteadyTime now) noexcept {
        if (interval_.count() != 0) even_ = std::max(even_, now - slack_) + interval_;
    }
    /// When there is a token again; long past when there is no limit.
    [[nodiscard]] SteadyTime next() const noexcept { return interval_.count() == 0 ? SteadyTime::min() : even_; }

  private:
    SteadyTime::duration interval_{};
    SteadyTime::duration slack_{};
    SteadyTime even_ = SteadyTime::min();  ///< of the next attempt, if all kept an even pace
};

}  // namespace tollgate::core
