// The time of slot n is computed from n alone, so that errors do not add up.
#include "pace.hpp"

namespace tollgate::load {

core::SteadyTime Pace::next(core::SteadyTime now) const noexcept {
    if (!shape_.has_pace()) return now;
    const std::chrono::duration<double> offset(shape_.time_of(taken_));
    return start_ + std::chrono::round<core::SteadyTime::duration>(offset);
}

core::SteadyTime Pace::take(core::SteadyTime now) noexcept {
    const core::SteadyTime time = next(now);
    ++taken_;
    return time;
}

std::uint64_t Pace::behind(core::SteadyTime now) const noexcept {
    if (!shape_.has_pace() || now < start_) return 0;
    const std::uint64_t due = shape_.due_after(std::chrono::duration<double>(now - start_).count());
    return due > taken_ ? due - taken_ : 0;
}

}  // namespace tollgate::load
