// Reading the tables back into the types of store.hpp.
#include "embedded_queries.hpp"

#include "record_texts.hpp"
#include "records.hpp"
#include "schema.hpp"

#include <algorithm>
#include <limits>

namespace tollgate::store {

namespace {

constexpr std::string_view select_last_sql =
    "SELECT place, shard_bytes FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1";
constexpr std::string_view select_head_sql = "SELECT head, bytes FROM shard WHERE shard = ?1";

std::string with_entry(std::string_view before, std::string_view after) {
    std::string sql(before);
    return sql.append(entry_columns).append(after);
}

std::int64_t row_limit(std::size_t limit) {
    return static_cast<std::int64_t>(std::min(limit, std::size_t{std::numeric_limits<std::int32_t>::max()}));
}

/// Of the last row in the log and of what is kept for when it is trimmed, whichever is further.
ShardEnd read_end(Statement& last, Statement& head, Shard shard) {
    ShardEnd end;
    {
        Rows rows = last.select(place_of(shard, 0), place_of(shard, max_position));
        if (rows.next()) end = {position_of(rows.integer(0)), rows.unsigned_integer(1)};
    }
    Rows rows = head.select(shard);
    if (!rows.next()) return end;
    return {std::max(end.head, rows.unsigned_integer(0)), std::max(end.bytes, rows.unsigned_integer(1))};
}

core::Result<DeadLetter> read_dead_letter(const Rows& rows) {
    DeadLetter letter;
    const std::int64_t reason = rows.integer(3);
    if (reason < 0 || reason > static_cast<std::int64_t>(DeadReason::expired)) {
        return core::Error(core::Errc::malformed, "the store holds a dead letter of unknown reason");
    }
    auto failures = decode_failures(rows.bytes(6));
    if (!failures) return failures.error();
    letter.shard = static_cast<Shard>(rows.integer(0));
    letter.reason = static_cast<DeadReason>(reason);
    letter.at = rows.time(4);
    letter.attempts = static_cast<std::uint32_t>(rows.integer(5));
    letter.failures = std::move(*failures);
    letter.first = rows.unsigned_integer(1);
    letter.last = rows.unsigned_integer(2);
    if (rows.is_null(8)) return letter;
    auto entry = read_entry(rows, 7, letter.first);
    if (!entry) return entry.error();
    letter.event_id = entry->event_id;
    letter.event = std::move(*entry);
    return letter;
}

}  // namespace

std::vector<ShardEnd> recover_heads(Connection& connection, Shard shards) {
    Statement last(connection, select_last_sql);
    Statement head(connection, select_head_sql);
    std::vector<ShardEnd> heads;
    heads.reserve(shards);
    for (Shard shard = 0; shard < shards; ++shard) heads.push_back(read_end(last, head, shard));
    return heads;
}

ReadTables::ReadTables(Connection& connection, const YoungNames& young)
    : select_log_(connection, with_entry("SELECT place, raised_from, ",
                                         " FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT ?3")),
      select_last_(connection, select_last_sql),
      select_head_(connection, select_head_sql),
      select_subscriber_(connection, "SELECT id FROM subscriber WHERE name = ?1"),
      select_subscribers_(connection, "SELECT id, name FROM subscriber ORDER BY name"),
      select_pause_(connection, "SELECT why FROM pause WHERE subscriber_id = ?1"),
      select_cursor_(connection, "SELECT position, ahead FROM cursor WHERE subscriber_id = ?1 AND shard = ?2"),
      select_cursors_(connection, "SELECT shard, position, ahead FROM cursor WHERE subscriber_id = ?1"),
      select_accepted_(connection, "SELECT accepted_at FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT 1"),
      count_parked_(connection, "SELECT count(*) FROM parked WHERE subscriber_id = ?1"),
      count_dead_(connection, "SELECT count(*) FROM dead_letter WHERE subscriber_id = ?1"),
      select_parked_(connection,
                     "SELECT event_id, payment, position, happening, attempts, next_attempt_at FROM parked "
                     "WHERE subscriber_id = ?1 AND shard = ?2 ORDER BY position"),
      select_parked_event_(connection,
                           with_entry("SELECT position, failures, ",
                                      " FROM parked WHERE subscriber_id = ?1 AND event_id = ?2 AND shard = ?3")),
      select_dead_(connection,
                   with_entry("SELECT shard, first_position, last_position, reason, died_at, attempts, failures, ",
                              " FROM dead_letter WHERE subscriber_id = ?1 ORDER BY id LIMIT ?2")),
      select_dead_event_(
          connection, with_entry("SELECT shard, first_position, last_position, reason, died_at, attempts, failures, ",
                                 " FROM dead_letter WHERE subscriber_id = ?1 AND event_id = ?2")),
      payments_(connection, young),
      select_callbacks_(connection,
                        "SELECT content_type, body, first_at, last_at, count FROM callback "
                        "WHERE id BETWEEN ?1 AND ?2 ORDER BY id"),
      // CROSS: in this order, whatever statistics an operator has left in the file.
      select_due_(connection,
                  "SELECT payment.source, payment.reference, payment.state FROM expectation "
                  "CROSS JOIN payment ON payment.id = expectation.payment WHERE expectation.shard = ?1 "
                  "AND expectation.source = (SELECT source FROM waiting WHERE name = ?2) AND expectation.urgent = ?3 "
                  "AND expectation.due > ?4 AND expectation.due <= ?5 ORDER BY expectation.due"),
      select_waiting_(connection, "SELECT name, open, held FROM waiting WHERE open > 0") {}

core::Result<std::int64_t> ReadTables::id_of(std::string_view subscriber) {
    Rows rows = select_subscriber_.select(subscriber);
    if (rows.next()) return rows.integer(0);
    return core::Error(core::Errc::not_found, "no subscriber " + std::string(subscriber) + " in the store");
}

core::Result<LogPage> ReadTables::log(Shard shard, Position after, std::size_t limit, std::size_t max_bytes) {
    LogPage page;
    page.head = read_end(select_last_, select_head_, shard).head;
    if (after >= page.head) return page;
    std::size_t bytes = 0;
    Rows rows = select_log_.select(place_of(shard, after + 1), place_of(shard, max_position), row_limit(limit));
    while ((page.entries.empty() || bytes < max_bytes) && rows.next()) {
        auto entry = read_entry(rows, 2, position_of(rows.integer(0)));
        if (!entry) return entry.error();
        auto raised_from = read_raised_from(rows, 1);
        if (!raised_from) return raised_from.error();
        entry->raised_from = *raised_from;
        bytes += entry->body.size();
        page.entries.push_back(std::move(*entry));
    }
    return page;
}

core::Result<std::string> ReadTables::pause(std::string_view subscriber) {
    const auto id = id_of(subscriber);
    if (!id) return id.error();
    Rows rows = select_pause_.select(*id);
    return rows.next() ? std::string(rows.bytes(0)) : std::string();
}

core::Result<DeliveryState> ReadTables::delivery(std::string_view subscriber, Shard shard) {
    const auto id = id_of(subscriber);
    if (!id) return id.error();
    DeliveryState state;
    {
        Rows rows = select_cursor_.select(*id, shard);
        if (rows.next()) {
            auto ahead = decode_positions(rows.bytes(1));
            if (!ahead) return ahead.error();
            state.cursor = rows.unsigned_integer(0);
            state.ahead = std::move(*ahead);
        }
    }
    Rows rows = select_parked_.select(*id, shard);
    while (rows.next()) {
        auto happening = read_happening(rows, 3);
        if (!happening) return happening.error();
        state.parked.push_back({std::string(rows.bytes(0)), rows.unsigned_integer(1), rows.unsigned_integer(2),
                                *happening, static_cast<std::uint32_t>(rows.integer(4)), rows.time(5)});
    }
    return state;
}

core::Result<std::vector<ParkedEvent>> ReadTables::parked(std::string_view subscriber, Shard shard,
                                                          std::span<const std::string> event_ids) {
    const auto id = id_of(subscriber);
    if (!id) return id.error();
    std::vector<ParkedEvent> events;
    for (const std::string& event_id : event_ids) {
        Rows rows = select_parked_event_.select(*id, event_id, shard);
        if (!rows.next()) continue;
        auto entry = read_entry(rows, 2, rows.unsigned_integer(0));
        if (!entry) return entry.error();
        auto failures = decode_failures(rows.bytes(1));
        if (!failures) return failures.error();
        events.push_back({std::move(*entry), std::move(*failures)});
    }
    return events;
}

core::Result<std::vector<SubscriberStanding>> ReadTables::subscribers() {
    std::vector<SubscriberStanding> standings;
    Rows rows = select_subscribers_.select();
    while (rows.next()) {
        SubscriberStanding& standing = standings.emplace_back();
        standing.subscriber = rows.bytes(1);
        if (auto measured = measure(rows.integer(0), standing); !measured) return measured.error();
    }
    return standings;
}

core::Result<void> ReadTables::measure(std::int64_t subscriber, SubscriberStanding& standing) {
    {
        Rows rows = select_cursors_.select(subscriber);
        while (rows.next()) {
            const auto shard = static_cast<Shard>(rows.integer(0));
            const Position cursor = rows.unsigned_integer(1);
            const Position head = read_end(select_last_, select_head_, shard).head;
            if (cursor >= head) continue;
            const auto ahead = decode_positions(rows.bytes(2));
            if (!ahead) return ahead.error();
            standing.behind += head - cursor - std::min<Position>(ahead->size(), head - cursor);
            Rows oldest = select_accepted_.select(place_of(shard, cursor + 1), place_of(shard, max_position));
            if (!oldest.next()) continue;
            const core::WallTime at = oldest.time(0);
            if (!standing.oldest_at || at < *standing.oldest_at) standing.oldest_at = at;
        }
    }
    for (const auto& [count, into] :
         {std::pair(&count_parked_, &standing.parked), std::pair(&count_dead_, &standing.dead_letters)}) {
        Rows rows = count->select(subscriber);
        if (rows.next()) *into = rows.unsigned_integer(0);
    }
    return {};
}

core::Result<std::vector<DeadLetter>> ReadTables::dead_letters(std::string_view subscriber, std::size_t limit) {
    const auto id = id_of(subscriber);
    if (!id) return id.error();
    std::vector<DeadLetter> letters;
    Rows rows = select_dead_.select(*id, row_limit(limit));
    while (rows.next()) {
        auto letter = read_dead_letter(rows);
        if (!letter) return letter.error();
        letters.push_back(std::move(*letter));
    }
    return letters;
}

core::Result<std::optional<DeadLetter>> ReadTables::dead_letter(std::string_view subscriber,
                                                                std::string_view event_id) {
    const auto id = id_of(subscriber);
    if (!id) return id.error();
    Rows rows = select_dead_event_.select(*id, event_id);
    if (!rows.next()) return std::optional<DeadLetter>();
    auto letter = read_dead_letter(rows);
    if (!letter) return letter.error();
    return std::optional(std::move(*letter));
}

core::Result<std::optional<PaymentRecord>> ReadTables::payment(std::string_view source, std::string_view reference) {
    PaymentRecord record;
    std::int64_t id = 0;
    core::Result<event::PaymentState> state = event::PaymentState{};
    const bool is_known = payments_.find(source, reference, [&](std::int64_t found, std::string_view packed) {
        id = found;
        state = event::unpack(packed);
    });
    if (!is_known) return std::optional<PaymentRecord>{};
    if (!state) return state.error();
    record.state = std::move(*state);
    Rows rows = select_callbacks_.select(first_callback_of(id), last_callback_of(id));
    while (rows.next()) {
        record.callbacks.push_back({std::string(rows.bytes(0)), std::string(rows.bytes(1)), rows.time(2), rows.time(3),
                                    rows.unsigned_integer(4)});
    }
    return std::optional<PaymentRecord>{std::move(record)};
}

core::Result<std::vector<DueExpectation>> ReadTables::due(Shard shard, std::span<const DueWish> wishes) {
    std::vector<DueExpectation> found;
    for (const DueWish& wish : wishes) {
        const std::size_t enough = found.size() + wish.limit;
        add_due(shard, wish, true, enough, found);
        if (!wish.held_only) add_due(shard, wish, false, enough, found);
    }
    return found;
}

void ReadTables::add_due(Shard shard, const DueWish& wish, bool urgent, std::size_t enough,
                         std::vector<DueExpectation>& found) {
    for (const DueRange& range : wish.when) {
        if (found.size() >= enough) return;
        Rows rows = select_due_.select(shard, wish.source, urgent, range.after, range.until);
        while (found.size() < enough && rows.next()) {
            auto state = event::unpack(rows.bytes(2));
            if (!state || !state->expectation) continue;
            found.push_back({std::string(rows.bytes(0)), std::string(rows.bytes(1)), state->kind, *state->expectation});
        }
    }
}

core::Result<std::vector<WaitingCount>> ReadTables::waiting() {
    std::vector<WaitingCount> counts;
    Rows rows = select_waiting_.select();
    while (rows.next()) {
        counts.push_back({std::string(rows.bytes(0)), rows.unsigned_integer(1), rows.unsigned_integer(2)});
    }
    return counts;
}

}  // namespace tollgate::store
