// Delivery's tables: every change may be applied again, and an old one after a newer one, without harm.
#include "embedded_delivery.hpp"

#include "record_texts.hpp"
#include "records.hpp"

#include <algorithm>

namespace tollgate::store {

namespace {

constexpr std::string_view insert_parked_sql =
    "INSERT OR IGNORE INTO parked (subscriber_id, shard, position, payment, attempts, next_attempt_at, failures, "
    "accepted_at, event_id, type, source, reference, evidence, happening, received_at, body) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

constexpr std::string_view insert_dead_sql =
    "INSERT OR IGNORE INTO dead_letter (subscriber_id, shard, first_position, last_position, reason, died_at, "
    "attempts, "
    "failures, accepted_at, event_id, type, source, reference, evidence, happening, received_at, body) "
    "VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

constexpr std::string_view move_to_dead_sql =
    "INSERT OR IGNORE INTO dead_letter (subscriber_id, shard, first_position, last_position, reason, died_at, "
    "attempts, "
    "failures, accepted_at, event_id, type, source, reference, evidence, happening, received_at, body) "
    "SELECT subscriber_id, shard, position, position, ?3, ?4, ?5, ?6, accepted_at, event_id, type, source, reference, "
    "evidence, happening, received_at, body FROM parked WHERE subscriber_id = ?1 AND event_id = ?2";

}  // namespace

DeliveryTables::DeliveryTables(Connection& connection, const ShardHeads& heads)
    : connection_(connection),
      heads_(heads),
      select_subscriber_(connection, "SELECT id FROM subscriber WHERE name = ?1"),
      insert_subscriber_(connection, "INSERT INTO subscriber (name, enrolled_at) VALUES (?1, ?2)"),
      insert_cursor_(connection,
                     "INSERT INTO cursor (subscriber_id, shard, position, ahead) VALUES (?1, ?2, ?3, '[]')"),
      select_trimmed_(connection, "SELECT trimmed FROM shard WHERE shard = ?1"),
      select_cursor_(connection, "SELECT position, ahead FROM cursor WHERE subscriber_id = ?1 AND shard = ?2"),
      update_cursor_(connection, "UPDATE cursor SET position = ?3, ahead = ?4 WHERE subscriber_id = ?1 AND shard = ?2"),
      insert_parked_(connection, insert_parked_sql),
      select_parked_(
          connection,
          "SELECT attempts, failures, next_attempt_at FROM parked WHERE subscriber_id = ?1 AND event_id = ?2"),
      update_parked_(connection,
                     "UPDATE parked SET attempts = ?3, next_attempt_at = ?4, failures = ?5 "
                     "WHERE subscriber_id = ?1 AND event_id = ?2"),
      delete_parked_(connection, "DELETE FROM parked WHERE subscriber_id = ?1 AND event_id = ?2"),
      find_dead_(connection, "SELECT 1 FROM dead_letter WHERE subscriber_id = ?1 AND event_id = ?2"),
      insert_dead_(connection, insert_dead_sql),
      move_to_dead_(connection, move_to_dead_sql) {}

core::Result<std::int64_t> DeliveryTables::id_of(const std::string& subscriber) {
    if (const auto known = ids_.find(subscriber); known != ids_.end()) return known->second;
    Rows rows = select_subscriber_.select(subscriber);
    if (!rows.next()) return core::Error(core::Errc::not_found, "no subscriber " + subscriber + " in the store");
    return ids_[subscriber] = rows.integer(0);
}

core::Result<void> DeliveryTables::enrol(std::span<const Enrolment> subscribers, core::WallTime now) {
    for (const Enrolment& enrolment : subscribers) {
        if (id_of(enrolment.subscriber)) continue;
        insert_subscriber_.execute(enrolment.subscriber, now);
        const std::int64_t id = connection_.last_row_id();
        for (Shard shard = 0; shard < heads_.count(); ++shard) {
            Position begin = heads_.head(shard);
            if (enrolment.from == StartFrom::beginning) {
                Rows rows = select_trimmed_.select(shard);
                begin = rows.next() ? rows.unsigned_integer(0) : 0;
            }
            insert_cursor_.execute(id, shard, begin);
        }
    }
    return {};
}

core::Result<void> DeliveryTables::save(std::span<const DeliveryUpdate> updates) {
    for (const DeliveryUpdate& update : updates) {
        if (auto id = id_of(update.subscriber); !id) return id.error();
        if (update.shard >= heads_.count()) {
            return core::Error(core::Errc::invalid_argument, "no shard " + std::to_string(update.shard));
        }
    }
    for (const DeliveryUpdate& update : updates) {
        const auto id = id_of(update.subscriber);
        if (!id) return id.error();
        if (auto saved = save(*id, update); !saved) return saved;
    }
    return {};
}

core::Result<void> DeliveryTables::save(std::int64_t subscriber, const DeliveryUpdate& update) {
    Position cursor = 0;
    std::vector<Position> ahead;
    {
        Rows rows = select_cursor_.select(subscriber, update.shard);
        if (rows.next()) {
            cursor = rows.unsigned_integer(0);
            auto stored = decode_positions(rows.bytes(1));
            if (!stored) return stored.error();
            ahead = std::move(*stored);
        }
    }
    for (const Park& wanted : update.park) {
        // What the cursor has passed was dealt with before: this is a repeat, and the event may be finished by now.
        const Position position = wanted.delivery.position;
        if (position <= cursor || std::binary_search(ahead.begin(), ahead.end(), position)) continue;
        park(subscriber, update.shard, wanted);
    }
    for (const Reschedule& wanted : update.reschedule) {
        if (auto done = reschedule(subscriber, wanted); !done) return done;
    }
    for (const std::string& event_id : update.finished) delete_parked_.execute(subscriber, event_id);
    for (const Bury& wanted : update.bury) {
        if (auto done = bury(subscriber, update.shard, wanted); !done) return done;
    }

    const Position new_cursor = std::max(cursor, update.cursor);
    std::vector<Position> new_ahead;
    std::set_union(ahead.begin(), ahead.end(), update.ahead.begin(), update.ahead.end(), std::back_inserter(new_ahead));
    std::erase_if(new_ahead, [new_cursor](Position position) { return position <= new_cursor; });
    if (new_cursor != cursor || new_ahead != ahead) {
        const std::string encoded = encode_positions(new_ahead);
        update_cursor_.execute(subscriber, update.shard, new_cursor, encoded);
    }
    return {};
}

void DeliveryTables::park(std::int64_t subscriber, Shard shard, const Park& park) {
    const ParkedDelivery& delivery = park.delivery;
    const LogEntry& entry = park.event;
    {
        Rows dead = find_dead_.select(subscriber, delivery.event_id);
        if (dead.next()) return;
    }
    const std::string failures = encode_failures(park.failures);
    insert_parked_.execute(subscriber, shard, delivery.position, delivery.payment, delivery.attempts,
                           delivery.next_attempt_at, failures, entry.accepted_at, delivery.event_id, entry.type,
                           entry.source, entry.reference, static_cast<int>(entry.evidence),
                           static_cast<int>(delivery.happening), entry.received_at, entry.body);
}

core::Result<void> DeliveryTables::reschedule(std::int64_t subscriber, const Reschedule& reschedule) {
    std::string failures;
    core::WallTime next = reschedule.next_attempt_at;
    {
        Rows rows = select_parked_.select(subscriber, reschedule.event_id);
        if (!rows.next()) return {};
        const std::int64_t attempts = rows.integer(0);
        if (reschedule.attempts < attempts) return {};
        failures = rows.bytes(1);
        // With the same number of attempts it is a repeat, or a change of time alone, and nobody knows which of two
        // came first: the later time stands, and the failure is in the list.
        if (reschedule.attempts == attempts) next = std::max(next, rows.time(2));
        if (reschedule.failure && reschedule.attempts > attempts) {
            auto longer = append_failure(failures, *reschedule.failure);
            if (!longer) return longer.error();
            failures = std::move(*longer);
        }
    }
    update_parked_.execute(subscriber, reschedule.event_id, reschedule.attempts, next, failures);
    return {};
}

core::Result<void> DeliveryTables::bury(std::int64_t subscriber, Shard shard, const Bury& bury) {
    const int reason = static_cast<int>(bury.reason);
    std::uint32_t attempts = 0;
    std::string failures{"[]"};
    bool was_parked = false;
    {
        Rows rows = select_parked_.select(subscriber, bury.event_id);
        if (rows.next()) {
            was_parked = true;
            attempts = static_cast<std::uint32_t>(rows.integer(0));
            failures = rows.bytes(1);
        }
    }
    if (!was_parked && !bury.event) return {};
    if (bury.failure) {
        ++attempts;
        auto longer = append_failure(failures, *bury.failure);
        if (!longer) return longer.error();
        failures = std::move(*longer);
    }
    if (was_parked) {
        move_to_dead_.execute(subscriber, bury.event_id, reason, bury.at, attempts, failures);
        delete_parked_.execute(subscriber, bury.event_id);
        return {};
    }
    const LogEntry& entry = *bury.event;
    insert_dead_.execute(subscriber, shard, entry.position, reason, bury.at, attempts, failures, entry.accepted_at,
                         bury.event_id, entry.type, entry.source, entry.reference, static_cast<int>(entry.evidence),
                         static_cast<int>(entry.happening), entry.received_at, entry.body);
    return {};
}

}  // namespace tollgate::store
