// The retry schedule and the retry budget.
#include <tollgate/delivery/schedule.hpp>
#include <tollgate/net/retry_after.hpp>

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tollgate::delivery {

using std::chrono::milliseconds;

std::optional<milliseconds> retry_delay(const std::vector<milliseconds>& schedule, std::uint32_t attempts,
                                        double jitter, std::optional<milliseconds> retry_after) {
    assert(attempts >= 1 && jitter >= 0 && jitter < 1);
    if (attempts > schedule.size()) return std::nullopt;
    const double base = static_cast<double>(schedule[attempts - 1].count());
    milliseconds delay{std::llround(base * (0.8 + 0.4 * jitter))};
    if (retry_after) delay = std::max(delay, std::min(*retry_after, net::longest_retry_after));
    return delay;
}

void RetryBudget::first_attempt() noexcept {
    credit_ = std::min(credit_ + 1, max_earned * first_attempts_per_retry);
}

bool RetryBudget::allows_retry(core::SteadyTime now) const noexcept {
    return credit_ >= first_attempts_per_retry || !last_retry_ || now - *last_retry_ >= pace;
}

bool RetryBudget::try_retry(core::SteadyTime now) noexcept {
    if (!allows_retry(now)) return false;
    credit_ = std::max(credit_ - first_attempts_per_retry, -first_attempts_per_retry);
    last_retry_ = now;
    return true;
}

core::SteadyTime RetryBudget::next(core::SteadyTime now) const noexcept {
    return allows_retry(now) ? now : *last_retry_ + pace;
}

}  // namespace tollgate::delivery
