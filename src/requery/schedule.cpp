// The places of a payment's questions on its time line.
#include <tollgate/net/retry_after.hpp>
#include <tollgate/requery/schedule.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

namespace tollgate::requery {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// Of a held state: its callback mostly comes a moment before the provider's own record is ready.
constexpr std::array<milliseconds, 5> quick_steps{2s, 5s, 10s, 20s, 30s};

/// The steps from `since` on: what comes before the backoff, then the backoff, of which the last repeats.
class Steps {
  public:
    Steps(const Schedule& schedule, event::Purpose purpose) : schedule_(schedule), purpose_(purpose) {}

    /// The length of the step that begins `elapsed` after `since`, as the `index`th.
    [[nodiscard]] milliseconds at(std::size_t index, milliseconds elapsed) {
        if (purpose_ == event::Purpose::outcome && index == 0) return schedule_.first_after;
        if (purpose_ == event::Purpose::confirmation && elapsed < schedule_.confirm_timeout) {
            // Patience ends with a question: that is when a held state is published or denied.
            return std::min(quick_steps[std::min(index, quick_steps.size() - 1)], schedule_.confirm_timeout - elapsed);
        }
        return schedule_.backoff[std::min(backed_off_++, schedule_.backoff.size() - 1)];
    }

  private:
    const Schedule& schedule_;
    event::Purpose purpose_;
    std::size_t backed_off_ = 0;
};

/// However far `now` is from `since`, steps that repeat are not counted one by one.
constexpr std::size_t most_single_steps = 64;

milliseconds wait_of(const Schedule& schedule, event::Purpose purpose, milliseconds elapsed) {
    // What counts is the time between two answers, so this one has no places.
    if (purpose == event::Purpose::conflict) return schedule.conflict_recheck;
    Steps steps(schedule, purpose);
    milliseconds place{0};
    milliseconds step{0};
    for (std::size_t index = 0; index < most_single_steps; ++index) {
        step = steps.at(index, place);
        place += step;
        // Less than half of the step to go: this question has just been asked, a little early.
        if (place > elapsed && place - elapsed >= step / 2) return place - elapsed;
    }
    return step;
}

}  // namespace

milliseconds longest_wait(const Schedule& schedule) {
    milliseconds longest = std::max({schedule.first_after, schedule.confirm_timeout, schedule.conflict_recheck});
    for (const milliseconds step : schedule.backoff) longest = std::max(longest, step);
    return longest + longest / 5;
}

std::vector<milliseconds> default_backoff() {
    return {3min, 5min, 10min, 20min, 40min, 1h};
}

core::WallTime next_question(const Schedule& schedule, event::Purpose purpose, core::WallTime since, core::WallTime now,
                             double jitter, std::optional<milliseconds> retry_after) {
    assert(!schedule.backoff.empty() && jitter >= 0 && jitter < 1);
    // A clock that was set back must not make a question of the past.
    const milliseconds elapsed = std::max(now - since, milliseconds{0});
    const double wait = static_cast<double>(wait_of(schedule, purpose, elapsed).count());
    // A second answer sooner than conflict_recheck after the first would prove nothing; nor is patience to end early.
    const bool only_later = purpose == event::Purpose::conflict || purpose == event::Purpose::confirmation;
    const double spread = only_later ? 1.0 + 0.2 * jitter : 0.8 + 0.4 * jitter;
    milliseconds delay{std::max<std::int64_t>(std::llround(wait * spread), 1)};
    if (retry_after) delay = std::max(delay, std::min(*retry_after, net::longest_retry_after));
    return now + delay;
}

}  // namespace tollgate::requery
