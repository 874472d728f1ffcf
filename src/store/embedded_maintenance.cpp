// Trimming the log, the dead-letter ranges that it leaves behind, and forgetting old payments.
#include "embedded_maintenance.hpp"

#include "due_place.hpp"
#include "record_texts.hpp"
#include "records.hpp"
#include "schema.hpp"

#include <tollgate/event/alias.hpp>

#include <algorithm>
#include <vector>

namespace tollgate::store {

namespace {

// Rows (or pages) that one transaction may take: some milliseconds of work.
constexpr std::int64_t rows_by_age = 1000;
constexpr std::int64_t rows_by_size = 200;  // few, so that all shards are trimmed to about the same age
constexpr std::int64_t payments_at_once = 500;
constexpr std::int64_t least_free_pages_to_vacuum = 1024;

struct Behind {
    std::int64_t subscriber = 0;
    std::string name;
    Position cursor = 0;
    std::vector<Position> ahead;
};

}  // namespace

Maintenance::Maintenance(Connection& connection, const ShardHeads& heads, PaymentNames& names)
    : connection_(connection),
      heads_(heads),
      names_(names),
      page_count_(connection, "PRAGMA page_count"),
      free_count_(connection, "PRAGMA freelist_count"),
      vacuum_(connection, "PRAGMA incremental_vacuum(500)"),
      select_oldest_(
          connection,
          "SELECT place, accepted_at, shard_bytes FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3"),
      delete_log_(connection, "DELETE FROM log WHERE place BETWEEN ?1 AND ?2"),
      update_shard_(connection,
                    "UPDATE shard SET head = max(head, ?2), bytes = max(bytes, ?3), trimmed = max(trimmed, ?4), "
                    "trimmed_bytes = max(trimmed_bytes, ?5) WHERE shard = ?1"),
      select_trimmed_bytes_(connection, "SELECT trimmed_bytes FROM shard WHERE shard = ?1"),
      sum_trimmed_bytes_(connection, "SELECT sum(trimmed_bytes) FROM shard"),
      select_behind_(connection,
                     "SELECT cursor.subscriber_id, subscriber.name, cursor.position, cursor.ahead "
                     "FROM subscriber JOIN cursor ON cursor.subscriber_id = subscriber.id "
                     "WHERE cursor.shard = ?1 AND cursor.position < ?2"),
      select_parked_(connection,
                     "SELECT position FROM parked WHERE subscriber_id = ?1 AND shard = ?2 AND position > ?3 "
                     "AND position <= ?4 ORDER BY position"),
      move_cursor_(connection, "UPDATE cursor SET position = ?3, ahead = ?4 WHERE subscriber_id = ?1 AND shard = ?2"),
      extend_range_(connection,
                    "UPDATE dead_letter SET last_position = ?4, died_at = ?5 WHERE subscriber_id = ?1 AND shard = ?2 "
                    "AND last_position >= ?3 AND event_id IS NULL"),
      insert_range_(connection,
                    "INSERT INTO dead_letter (subscriber_id, shard, first_position, last_position, reason, died_at, "
                    "attempts, failures) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, '[]')"),
      select_payments_(connection, "SELECT id, created_at, updated_at FROM payment WHERE id > ?1 ORDER BY id LIMIT ?2"),
      select_payment_(connection, "SELECT source, reference, state FROM payment WHERE id = ?1"),
      delete_payment_(connection, "DELETE FROM payment WHERE id = ?1"),
      delete_callbacks_(connection, "DELETE FROM callback WHERE id BETWEEN ?1 AND ?2"),
      delete_expectation_(connection, delete_expectation_sql),
      delete_any_expectation_(connection, "DELETE FROM expectation WHERE payment = ?1") {}

core::Result<void> Maintenance::step(MaintenanceRun& run) {
    switch (run.phase) {
        case MaintenanceRun::Phase::trim_by_age:
            return trim_by_age(run);
        case MaintenanceRun::Phase::trim_by_size:
            return trim_by_size(run);
        case MaintenanceRun::Phase::forget_payments:
            forget_payments(run);
            return {};
        case MaintenanceRun::Phase::vacuum:
            vacuum(run);
            return {};
        case MaintenanceRun::Phase::done:
            return {};
    }
    return {};
}

core::Result<void> Maintenance::trim_by_age(MaintenanceRun& run) {
    if (run.policy.retention > std::chrono::milliseconds{0}) {
        const core::WallTime cutoff = run.now - run.policy.retention;
        for (; run.shard < heads_.count(); ++run.shard) {
            const auto trimmed = trim(run, run.shard, {rows_by_age, cutoff, std::nullopt});
            if (!trimmed) return trimmed.error();
            if (*trimmed > 0) return {};
        }
    }
    run.phase = MaintenanceRun::Phase::trim_by_size;
    return {};
}

core::Result<void> Maintenance::trim_by_size(MaintenanceRun& run) {
    const std::uint64_t ceiling = run.policy.max_size_bytes;
    const std::uint64_t used = log_bytes();
    std::optional<Shard> shard;
    if (ceiling > 0 && used > ceiling) shard = shard_with_oldest();
    if (!shard) {
        run.phase = MaintenanceRun::Phase::forget_payments;
        return {};
    }
    const auto trimmed = trim(run, *shard, {rows_by_size, std::nullopt, used - ceiling});
    if (!trimmed) return trimmed.error();
    return {};
}

void Maintenance::forget_payments(MaintenanceRun& run) {
    bool more = false;
    if (run.policy.state_retention > std::chrono::milliseconds{0}) {
        const core::WallTime cutoff = run.now - run.policy.state_retention;
        std::vector<std::int64_t> old;
        std::int64_t looked_at = 0;
        {
            // Ids are in the order of creation, and nothing changes before it is created: the first young one ends the
            // search.
            Rows rows = select_payments_.select(run.last_payment, payments_at_once);
            more = true;
            while (more && rows.next()) {
                more = rows.time(1) < cutoff;
                run.last_payment = rows.integer(0);
                ++looked_at;
                if (rows.time(2) < cutoff) old.push_back(run.last_payment);
            }
        }
        more = more && looked_at == payments_at_once;
        for (const std::int64_t payment : old) run.report.forgotten_payments += forget(payment) ? 1U : 0U;
    }
    if (!more) run.phase = MaintenanceRun::Phase::vacuum;
}

bool Maintenance::forget(std::int64_t payment) {
    std::optional<DuePlace> place;
    std::string source;
    std::string reference;
    bool is_payment = true;
    Shard shard = 0;
    bool damaged = false;
    {
        Rows rows = select_payment_.select(payment);
        if (rows.next()) {
            source = rows.bytes(0);
            reference = rows.bytes(1);
            shard = shard_of(source, reference, heads_.count());
            is_payment = !event::is_alias(reference);
            const auto state = event::unpack(rows.bytes(2));
            damaged = !state;
            if (state) place = due_place_of(*state);
        }
    }
    if (place) delete_expectation_.execute(shard, source, place->urgent, place->due, payment);
    // Nobody can tell where it stands: a look at all of them, which no other payment costs.
    if (damaged) delete_any_expectation_.execute(payment);
    delete_callbacks_.execute(first_callback_of(payment), last_callback_of(payment));
    delete_payment_.execute(payment);
    names_.forget(payment, source, reference);
    return is_payment;
}

void Maintenance::vacuum(MaintenanceRun& run) {
    // Free pages are used again by the next events; moving pages to shrink the file pays only when many are free.
    const std::int64_t free = pages(free_count_);
    const std::int64_t all = pages(page_count_);
    if (free >= least_free_pages_to_vacuum && free * 2 > all) {
        vacuum_.execute();
        return;
    }
    run.phase = MaintenanceRun::Phase::done;
}

core::Result<std::uint64_t> Maintenance::trim(MaintenanceRun& run, Shard shard, const TrimLimit& limit) {
    const std::int64_t first = place_of(shard, 0);
    std::int64_t last = first;
    std::uint64_t trimmed_bytes = 0;
    {
        Rows rows = select_trimmed_bytes_.select(shard);
        if (rows.next()) trimmed_bytes = rows.unsigned_integer(0);
    }
    const std::uint64_t gone_before = trimmed_bytes;
    {
        Rows rows = select_oldest_.select(first, place_of(shard, max_position), limit.rows);
        while (rows.next() && (!limit.before || rows.time(1) < *limit.before)) {
            last = rows.integer(0);
            trimmed_bytes = rows.unsigned_integer(2);
            if (limit.bytes && trimmed_bytes - gone_before >= *limit.bytes) break;
        }
    }
    if (last == first) return std::uint64_t{0};
    delete_log_.execute(first, last);
    const auto trimmed = static_cast<std::uint64_t>(connection_.changes());
    // The head is kept before its rows are gone, or a restart would give positions out again.
    update_shard_.execute(shard, heads_.head(shard), heads_.bytes(shard), position_of(last), trimmed_bytes);
    run.report.trimmed_events += trimmed;
    if (auto expired = expire(run, shard, position_of(last)); !expired) return expired.error();
    return trimmed;
}

core::Result<void> Maintenance::expire(MaintenanceRun& run, Shard shard, Position trimmed) {
    std::vector<Behind> behind;
    {
        Rows rows = select_behind_.select(shard, trimmed);
        while (rows.next()) {
            auto ahead = decode_positions(rows.bytes(3));
            if (!ahead) return ahead.error();
            behind.push_back(
                {rows.integer(0), std::string(rows.bytes(1)), rows.unsigned_integer(2), std::move(*ahead)});
        }
    }
    for (Behind& each : behind) {
        // What was delivered beyond the cursor, or waits with a copy of its own, is not lost.
        std::vector<Position> kept = each.ahead;
        {
            Rows rows = select_parked_.select(each.subscriber, shard, each.cursor, trimmed);
            while (rows.next()) kept.push_back(rows.unsigned_integer(0));
        }
        std::sort(kept.begin(), kept.end());
        kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
        std::uint64_t lost = trimmed - each.cursor;
        Position first_lost = each.cursor + 1;
        for (const Position position : kept) {
            if (position > trimmed) break;
            --lost;
            if (position == first_lost) ++first_lost;
        }
        std::erase_if(each.ahead, [trimmed](Position position) { return position <= trimmed; });
        const std::string ahead = encode_positions(each.ahead);
        move_cursor_.execute(each.subscriber, shard, trimmed, ahead);
        if (lost == 0) continue;
        add_range(each.subscriber, shard, each.cursor, first_lost, trimmed, run.now);
        auto& expired = run.report.expired;
        const auto known = std::find_if(expired.begin(), expired.end(),
                                        [&](const auto& entry) { return entry.subscriber == each.name; });
        if (known == expired.end()) {
            expired.push_back({each.name, lost});
        } else {
            known->events += lost;
        }
    }
    return {};
}

void Maintenance::add_range(std::int64_t subscriber, Shard shard, Position cursor, Position first, Position last,
                            core::WallTime at) {
    // When nothing was delivered since the last range, the cursor still stands at its end.
    extend_range_.execute(subscriber, shard, cursor, last, at);
    if (connection_.changes() > 0) return;
    insert_range_.execute(subscriber, shard, first, last, static_cast<int>(DeadReason::expired), at);
}

std::optional<Shard> Maintenance::shard_with_oldest() {
    std::optional<Shard> found;
    core::WallTime oldest{};
    for (Shard shard = 0; shard < heads_.count(); ++shard) {
        Rows rows = select_oldest_.select(place_of(shard, 0), place_of(shard, max_position), 1);
        if (!rows.next()) continue;
        if (!found || rows.time(1) < oldest) {
            found = shard;
            oldest = rows.time(1);
        }
    }
    return found;
}

std::uint64_t Maintenance::log_bytes() {
    std::uint64_t bytes = 0;
    for (Shard shard = 0; shard < heads_.count(); ++shard) bytes += heads_.bytes(shard);
    Rows rows = sum_trimmed_bytes_.select();
    return rows.next() ? bytes - rows.unsigned_integer(0) : 0;
}

std::int64_t Maintenance::pages(Statement& pragma) {
    Rows rows = pragma.select();
    return rows.next() ? rows.integer(0) : 0;
}

}  // namespace tollgate::store
