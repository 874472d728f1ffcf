// Which of the stored times of questions are due, also when the clock that they were written by has been set. Pure.
#pragma once

#include <tollgate/core/clock_watch.hpp>
#include <tollgate/store/store.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace tollgate::requery {

/// The ranges of stored times that are due at `now`. Times are not rewritten when the clock is set: which ones were
/// written before shows in where they lie.
/// - Set forward: those that the step passed over were written before it, and are due that much later. They come one
///   after the other, as they would have.
/// - Set back: those further ahead than `longest_wait`, the longest that a question is ever put off, were written
/// before
///   it, and are due that much earlier. Nearer ones are asked at their time, `longest_wait` late at most.
/// As long as the step after it, all is as if it had never been.
std::vector<store::DueRange> due_ranges(core::WallTime now, const std::optional<core::ClockStep>& step,
                                        std::chrono::milliseconds longest_wait);

}  // namespace tollgate::requery
