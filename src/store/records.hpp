// How the compound values of store.hpp lie in columns: log entries, lists of positions, lists of failed attempts.
#pragma once

#include "sqlite.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/store/store.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// The columns that `log`, `parked` and `dead_letter` share, in the order that read_entry() expects.
inline constexpr std::string_view entry_columns =
    "accepted_at, event_id, type, source, reference, evidence, happening, received_at, body";

/// Reads them from `first_column` on. Errors: Errc::malformed for a number that names no evidence or happening.
core::Result<LogEntry> read_entry(const Rows& rows, int first_column, Position position);
/// Errors: Errc::malformed.
core::Result<event::Happening> read_happening(const Rows& rows, int column);

/// "[5,9]".
std::string encode_positions(std::span<const Position> positions);
/// Errors: Errc::malformed.
core::Result<std::vector<Position>> decode_positions(std::string_view text);

/// Adds to a list of failures, as encoded, one more; the last ten stay.
core::Result<std::string> append_failure(std::string_view encoded, const FailedAttempt& failure);
std::string encode_failures(std::span<const FailedAttempt> failures);
/// Errors: Errc::malformed.
core::Result<std::vector<FailedAttempt>> decode_failures(std::string_view text);

}  // namespace tollgate::store
