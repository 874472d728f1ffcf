// Reading an entry back from its columns.
#include "records.hpp"

namespace tollgate::store {

namespace {

core::Error malformed(std::string_view what) {
    return {core::Errc::malformed, "the store holds a damaged " + std::string(what)};
}

}  // namespace

core::Result<event::Happening> read_happening(const Rows& rows, int column) {
    const std::int64_t number = rows.integer(column);
    if (number < 0 || number > static_cast<std::int64_t>(event::Happening::unrecognised)) return malformed("happening");
    return static_cast<event::Happening>(number);
}

core::Result<std::optional<event::Evidence>> read_raised_from(const Rows& rows, int column) {
    const std::int64_t number = rows.integer(column);
    if (number == published_first) return std::optional<event::Evidence>{};
    if (number < 0 || number > static_cast<std::int64_t>(event::Evidence::operator_decision)) {
        return malformed("raised_from");
    }
    return std::optional(static_cast<event::Evidence>(number));
}

core::Result<LogEntry> read_entry(const Rows& rows, int first_column, Position position) {
    const std::int64_t evidence = rows.integer(first_column + 5);
    if (evidence < 0 || evidence > static_cast<std::int64_t>(event::Evidence::operator_decision)) {
        return malformed("evidence");
    }
    auto happening = read_happening(rows, first_column + 6);
    if (!happening) return happening.error();
    LogEntry entry;
    entry.position = position;
    entry.accepted_at = rows.time(first_column);
    entry.event_id = rows.bytes(first_column + 1);
    entry.type = rows.bytes(first_column + 2);
    entry.source = rows.bytes(first_column + 3);
    entry.reference = rows.bytes(first_column + 4);
    entry.evidence = static_cast<event::Evidence>(evidence);
    entry.happening = *happening;
    entry.received_at = rows.time(first_column + 7);
    entry.body = rows.bytes(first_column + 8);
    return entry;
}

}  // namespace tollgate::store
