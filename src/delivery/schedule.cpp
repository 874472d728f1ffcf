// The retry schedule, Retry-After, the retry budget and the breaker.
#include <tollgate/delivery/schedule.hpp>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

namespace tollgate::delivery {

namespace {

using std::chrono::milliseconds;

/// Beyond every limit of a subscriber a ramp is no ramp.
constexpr std::uint32_t ramp_end = 1U << 16;

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::optional<milliseconds> retry_delay(const std::vector<milliseconds>& schedule, std::uint32_t attempts,
                                        double jitter, std::optional<milliseconds> retry_after) {
    assert(attempts >= 1 && jitter >= 0 && jitter < 1);
    if (attempts > schedule.size()) return std::nullopt;
    const double base = static_cast<double>(schedule[attempts - 1].count());
    milliseconds delay{std::llround(base * (0.8 + 0.4 * jitter))};
    if (retry_after) delay = std::max(delay, std::min(*retry_after, longest_retry_after));
    return delay;
}

std::optional<milliseconds> parse_retry_after(std::string_view value, core::WallTime now) {
    value = trimmed(value);
    if (value.empty()) return std::nullopt;
    if (std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        constexpr std::int64_t longest_s = 24 * 60 * 60;
        std::int64_t seconds = 0;
        for (const char digit : value) seconds = std::min(longest_s, seconds * 10 + (digit - '0'));
        return std::chrono::seconds{seconds};
    }
    const core::Result<core::WallTime> date = core::parse_http_date(value);
    if (!date) return std::nullopt;
    return std::clamp(*date - now, milliseconds{0}, longest_retry_after);
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

void Breaker::succeeded() noexcept {
    failing_.clear();
    if (open_) {
        restart_ramp();
        return;
    }
    if (ramp_ == 0 || ++successes_in_round_ < ramp_) return;
    successes_in_round_ = 0;
    ramp_ = ramp_ >= ramp_end ? 0 : ramp_ * 2;
}

void Breaker::failed(std::uint64_t payment, core::SteadyTime now) {
    if (open_) {
        interval_ = std::min(interval_ * 2, last_interval);
        probe_at_ = now + interval_;
        return;
    }
    if (std::find(failing_.begin(), failing_.end(), payment) == failing_.end()) failing_.push_back(payment);
    if (failing_.size() < threshold) return;
    open_ = true;
    interval_ = first_interval;
    probe_at_ = now + interval_;
}

std::uint32_t Breaker::allowed_in_flight(std::uint32_t limit, core::SteadyTime now) const noexcept {
    if (open_) return now >= probe_at_ ? std::min(limit, 1U) : 0;
    return ramp_ == 0 ? limit : std::min(limit, ramp_);
}

std::optional<core::SteadyTime> Breaker::next_probe() const noexcept {
    if (!open_) return std::nullopt;
    return probe_at_;
}

void Breaker::restart_ramp() noexcept {
    open_ = false;
    failing_.clear();
    interval_ = first_interval;
    ramp_ = 1;
    successes_in_round_ = 0;
}

}  // namespace tollgate::delivery
