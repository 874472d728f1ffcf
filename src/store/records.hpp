// How a log entry lies in the columns of a table.
#pragma once

#include "sqlite.hpp"

#include <tollgate/store/store.hpp>

#include <string_view>

namespace tollgate::store {

/// The columns that `log`, `parked` and `dead_letter` share, in the order that read_entry() expects.
inline constexpr std::string_view entry_columns =
    "accepted_at, event_id, type, source, reference, evidence, happening, received_at, body";

/// In log.raised_from: no event_id was published before.
inline constexpr int published_first = -1;

/// Reads them from `first_column` on. Errors: Errc::malformed for a number that names no evidence or happening.
core::Result<LogEntry> read_entry(const Rows& rows, int first_column, Position position);
/// Of a number that published_first may stand for. Errors: Errc::malformed.
core::Result<std::optional<event::Evidence>> read_raised_from(const Rows& rows, int column);
/// Errors: Errc::malformed.
core::Result<event::Happening> read_happening(const Rows& rows, int column);

}  // namespace tollgate::store
