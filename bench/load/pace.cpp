// Slot n is n / rate seconds behind the start: computed from n alone, so that errors do not add up.
#include "pace.hpp"

namespace tollgate::load {

core::SteadyTime Pace::next(core::SteadyTime now) const noexcept {
    if (per_second_ <= 0) return now;
    const std::chrono::duration<double> offset(static_cast<double>(taken_) / per_second_);
    return start_ + std::chrono::round<core::SteadyTime::duration>(offset);
}

core::SteadyTime Pace::take(core::SteadyTime now) noexcept {
    const core::SteadyTime time = next(now);
    ++taken_;
    return time;
}

std::uint64_t Pace::behind(core::SteadyTime now) const noexcept {
    if (per_second_ <= 0 || now < start_) return 0;
    const std::chrono::duration<double> passed = now - start_;
    const auto due = static_cast<std::uint64_t>(passed.count() * per_second_) + 1;  // slot 0 is due at once
    return due > taken_ ? due - taken_ : 0;
}

}  // namespace tollgate::load
