// Ranges around a step of the clock.
#include <tollgate/requery/due_times.hpp>

namespace tollgate::requery {

using namespace std::chrono_literals;

std::vector<store::DueRange> due_ranges(core::WallTime now, const std::optional<core::ClockStep>& step,
                                        std::chrono::milliseconds longest_wait) {
    const core::WallTime ever = core::WallTime::min();
    if (!step || now < step->at || now >= step->at + std::chrono::abs(step->by)) return {{ever, now}};
    if (step->by > 0ms) return {{ever, now - step->by}, {step->at - 1ms, now}};
    const core::WallTime before_the_step = now - step->by;
    if (before_the_step <= now + longest_wait) return {{ever, now}};
    return {{ever, now}, {now + longest_wait, before_the_step}};
}

}  // namespace tollgate::requery
