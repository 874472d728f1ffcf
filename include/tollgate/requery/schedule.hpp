// When the next question about a payment is due. Pure; times are wall-clock, as those of an expectation are.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/event/expectation.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace tollgate::requery {

struct Schedule {
    std::chrono::milliseconds first_after{180'000};  ///< from the first word of a payment to the first question
    /// Between one question and the next; the last one repeats. Never empty, each at least 1 ms.
    std::vector<std::chrono::milliseconds> backoff;
    std::chrono::milliseconds confirm_timeout{120'000};   ///< until then a held state is asked about quickly
    std::chrono::milliseconds conflict_recheck{600'000};  ///< between two questions about a conflict, at least
};

/// The longest that a question is ever put off by this schedule, spread included. A provider's own wish, or a
/// registration's, may be longer.
std::chrono::milliseconds longest_wait(const Schedule& schedule);

/// "3m, 5m, 10m, 20m, 40m, 1h": when a source's configuration says nothing else.
std::vector<std::chrono::milliseconds> default_backoff();

/// The next question about a payment that was asked about at `now` and has been awaited for `purpose` since `since`. A
/// payment's questions have fixed places on the time line that begins at `since`, so a restart or an outage neither
/// repeats nor crowds them: the next one is the first whose step is at least half to go. `jitter` in [0, 1) spreads the
/// wait over -20 % to +20 %. `retry_after`, the provider's own wish, at most a day, makes it later only.
core::WallTime next_question(const Schedule& schedule, event::Purpose purpose, core::WallTime since, core::WallTime now,
                             double jitter, std::optional<std::chrono::milliseconds> retry_after = std::nullopt);

}  // namespace tollgate::requery
