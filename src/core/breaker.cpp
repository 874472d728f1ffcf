// When the breaker opens, probes, and ramps up.
#include <tollgate/core/breaker.hpp>

#include <algorithm>

namespace tollgate::core {

namespace {

/// Beyond every limit of what may be in flight a ramp is no ramp.
constexpr std::uint32_t ramp_end = 1U << 16;

}  // namespace

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

void Breaker::failed(std::uint64_t payment, SteadyTime now) {
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

std::uint32_t Breaker::allowed_in_flight(std::uint32_t limit, SteadyTime now) const noexcept {
    if (open_) return now >= probe_at_ ? std::min(limit, 1U) : 0;
    return ramp_ == 0 ? limit : std::min(limit, ramp_);
}

std::optional<SteadyTime> Breaker::next_probe() const noexcept {
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

}  // namespace tollgate::core
