// OperatingTables: every change may be applied again without harm.
#include "embedded_operating.hpp"

#include "record_texts.hpp"

#include <algorithm>
#include <vector>

namespace tollgate::store {

namespace {

/// Rows that one transaction deletes at most: some milliseconds of work.
constexpr std::int64_t rows_at_once = 500;

constexpr std::string_view insert_parked_sql =
    "INSERT INTO parked (subscriber_id, shard, position, payment, attempts, next_attempt_at, failures, accepted_at, "
    "event_id, type, source, reference, evidence, happening, received_at, body) "
    "VALUES (?1, ?2, ?3, ?4, 0, ?5, '[]', ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

}  // namespace

/// What a subscriber has behind it in a shard, and how much of it waits.
struct OperatingTables::Place {
    Position cursor = 0;
    std::vector<Position> ahead;
    std::size_t parked = 0;

    [[nodiscard]] bool is_behind(Position position) const {
        return position <= cursor || std::ranges::binary_search(ahead, position);
    }
};

OperatingTables::OperatingTables(Connection& connection)
    : connection_(connection),
      select_subscriber_(connection, "SELECT id FROM subscriber WHERE name = ?1"),
      insert_pause_(connection, "INSERT OR IGNORE INTO pause (subscriber_id, why) VALUES (?1, ?2)"),
      delete_pause_(connection, "DELETE FROM pause WHERE subscriber_id = ?1"),
      select_cursor_(connection, "SELECT position, ahead FROM cursor WHERE subscriber_id = ?1 AND shard = ?2"),
      count_parked_(connection, "SELECT count(*) FROM parked WHERE subscriber_id = ?1 AND shard = ?2"),
      find_parked_(connection, "SELECT 1 FROM parked WHERE subscriber_id = ?1 AND event_id = ?2"),
      find_dead_(connection, "SELECT 1 FROM dead_letter WHERE subscriber_id = ?1 AND event_id = ?2"),
      insert_parked_(connection, insert_parked_sql),
      delete_dead_(connection, "DELETE FROM dead_letter WHERE subscriber_id = ?1 AND event_id = ?2"),
      forget_parked_(
          connection,
          "DELETE FROM parked WHERE id IN (SELECT id FROM parked WHERE subscriber_id = ?1 ORDER BY event_id LIMIT ?2)"),
      forget_dead_(connection,
                   "DELETE FROM dead_letter WHERE id IN "
                   "(SELECT id FROM dead_letter WHERE subscriber_id = ?1 ORDER BY id LIMIT ?2)"),
      forget_cursors_(connection, "DELETE FROM cursor WHERE subscriber_id = ?1"),
      forget_subscriber_(connection, "DELETE FROM subscriber WHERE id = ?1") {}

core::Result<std::int64_t> OperatingTables::find(std::string_view subscriber) {
    Rows rows = select_subscriber_.select(subscriber);
    if (rows.next()) return rows.integer(0);
    return core::Error(core::Errc::not_found, "no subscriber " + std::string(subscriber) + " in the store");
}

core::Result<void> OperatingTables::set_pause(std::string_view subscriber, std::string_view why) {
    if (why.size() > max_pause_reason) {
        return core::Error(core::Errc::invalid_argument,
                           "the reason of a pause has at most " + std::to_string(max_pause_reason) + " bytes");
    }
    const auto id = find(subscriber);
    if (!id) return id.error();
    if (why.empty()) {
        delete_pause_.execute(*id);
    } else {
        insert_pause_.execute(*id, why);
    }
    return {};
}

core::Result<OperatingTables::Place> OperatingTables::place_of_subscriber(std::int64_t subscriber, Shard shard) {
    Place place;
    {
        Rows rows = select_cursor_.select(subscriber, shard);
        if (rows.next()) {
            auto ahead = decode_positions(rows.bytes(1));
            if (!ahead) return ahead.error();
            place.cursor = rows.unsigned_integer(0);
            place.ahead = std::move(*ahead);
        }
    }
    Rows rows = count_parked_.select(subscriber, shard);
    if (rows.next()) place.parked = static_cast<std::size_t>(rows.unsigned_integer(0));
    return place;
}

core::Result<Requeued> OperatingTables::requeue(const Requeue& request) {
    const auto id = find(request.subscriber);
    if (!id) return id.error();
    const auto place = place_of_subscriber(*id, request.shard);
    if (!place) return place.error();
    const auto is_among = [&](Statement& statement, const LogEntry& event) {
        Rows rows = statement.select(*id, event.event_id);
        return rows.next();
    };
    Requeued done;
    for (const LogEntry& event : request.events) {
        const bool is_dead = is_among(find_dead_, event);
        if (is_among(find_parked_, event)) {
            ++done.parked;
        } else if (request.only_dead && !is_dead) {
            ++done.not_dead;
        } else if (!is_dead && !place->is_behind(event.position)) {
            ++done.to_come;
        } else {
            if (place->parked + done.queued >= request.max_parked) break;
            park(*id, request.shard, event, request.due);
            delete_dead_.execute(*id, event.event_id);
            ++done.queued;
        }
        ++done.looked_at;
    }
    return done;
}

void OperatingTables::park(std::int64_t subscriber, Shard shard, const LogEntry& event, core::WallTime due) {
    insert_parked_.execute(subscriber, shard, event.position, payment_key(event.source, event.reference), due,
                           event.accepted_at, event.event_id, event.type, event.source, event.reference,
                           static_cast<int>(event.evidence), static_cast<int>(event.happening), event.received_at,
                           event.body);
}

core::Result<bool> OperatingTables::forget(std::string_view subscriber) {
    const auto id = find(subscriber);
    if (!id) return id.error();
    for (Statement* const rows : {&forget_dead_, &forget_parked_}) {
        rows->execute(*id, rows_at_once);
        if (connection_.ok() && connection_.changes() != 0) return true;
    }
    forget_cursors_.execute(*id);
    delete_pause_.execute(*id);
    forget_subscriber_.execute(*id);
    return false;
}

}  // namespace tollgate::store
