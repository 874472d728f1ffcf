// Accepting: read the state by key, let the rules decide, write the state, the journal and the events.
#include "embedded_accept.hpp"

#include "records.hpp"
#include "schema.hpp"
#include "undecided.hpp"

#include <tollgate/event/codec.hpp>

#include <algorithm>

namespace tollgate::store {

namespace {

/// What a row holds beside its texts: numbers and lengths.
constexpr std::uint64_t row_overhead = 64;

}  // namespace

Acceptor::Acceptor(Connection& connection, ShardHeads& heads, PaymentNames& names, const YoungNames& young,
                   core::FaultSink& faults)
    : connection_(connection),
      heads_(heads),
      names_(names),
      faults_(faults),
      payments_(connection, young),
      insert_payment_(connection,
                      "INSERT INTO payment (id, source, reference, created_at, updated_at, state) "
                      "VALUES (?1, ?2, ?3, ?4, ?4, ?5)"),
      update_payment_(connection, "UPDATE payment SET updated_at = ?2, state = ?3 WHERE id = ?1"),
      insert_waiting_(connection, "INSERT INTO waiting (name, open, held) VALUES (?1, 0, 0)"),
      insert_expectation_(connection,
                          "INSERT INTO expectation (shard, source, urgent, due, payment) "
                          "SELECT ?1, source, ?3, ?4, ?5 FROM waiting WHERE name = ?2"),
      delete_expectation_(connection, delete_expectation_sql),
      select_callbacks_(connection, "SELECT id, body = ?3 FROM callback WHERE id BETWEEN ?1 AND ?2 ORDER BY id"),
      insert_callback_(connection,
                       "INSERT OR REPLACE INTO callback (id, first_at, last_at, count, content_type, body) "
                       "VALUES (?1, ?2, ?2, 1, ?3, ?4)"),
      count_callback_(connection, "UPDATE callback SET count = count + 1, last_at = max(last_at, ?2) WHERE id = ?1"),
      insert_log_(connection,
                  "INSERT INTO log (place, accepted_at, event_id, type, source, reference, evidence, "
                  "raised_from, happening, received_at, shard_bytes, body) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)") {}

Acceptor::Row Acceptor::read(std::string_view source, std::string_view reference, bool with_state) {
    Row row;
    const std::uint64_t hash = payment_key(source, reference);
    if (!names_.may_have(hash)) return row;
    payments_.find(hash, source, reference, [&](std::int64_t id, std::string_view packed) {
        row.id = id;
        if (!with_state) {
            row.state.emplace();
            return;
        }
        auto state = event::unpack(packed);
        if (state) {
            row.state = std::move(*state);
        } else {
            row.damage = state.error().message;
        }
    });
    return row;
}

std::int64_t Acceptor::write(const Row& row, std::string_view source, std::string_view reference,
                             const std::optional<event::PaymentState>& next, core::WallTime now) {
    std::int64_t id = row.id;
    if (!row.state) {
        const std::string packed = event::pack(next ? *next : event::PaymentState{});
        id = names_.add(source, reference);
        insert_payment_.execute(id, source, reference, now, Blob{packed});
    } else if (next) {
        const std::string packed = event::pack(*next);
        update_payment_.execute(id, now, Blob{packed});
    }
    if (next) {
        move_due(id, source, shard_of(source, reference, heads_.count()),
                 row.state ? due_place_of(*row.state) : std::nullopt, due_place_of(*next));
    }
    return id;
}

Accepted Acceptor::accept(const event::Candidate& candidate, core::WallTime now) {
    if (const auto alias = event::registered_alias(candidate)) return accept_registration(candidate, *alias, now);
    const event::Facts& facts = candidate.facts;
    // Of a body that nobody understood only matters that it is known.
    const bool is_understood = candidate.transition.name != event::TransitionName::unrecognised;
    const Row row = read(facts.source, facts.reference, is_understood);
    if (row.damage) return accept_undecided(candidate, row.id, *row.damage, now);
    const event::Decision decision = decide(candidate, row, now);
    const std::int64_t payment = write(row, facts.source, facts.reference, decision.next, now);
    journal(payment, !row.state, candidate.journal, facts.received_at);

    Accepted accepted{decision.outcome, {}, false, decision.lateness};
    accepted.event_types.reserve(decision.events.size());
    for (const event::Event& event : decision.events) {
        accepted.event_types.push_back(event::type_of(event.facts.kind, event.happening));
        append(event, now);
    }
    return accepted;
}

Accepted Acceptor::accept_undecided(const event::Candidate& candidate, std::int64_t payment, std::string_view damage,
                                    core::WallTime now) {
    std::string why = undecided_because(candidate.facts);
    faults_.fault("store.writer", why + ": " + std::string(damage));
    journal(payment, false, candidate.journal, candidate.facts.received_at);
    return accept(as_unrecognised(candidate, std::move(why)), now);
}

void Acceptor::journal(std::int64_t payment, bool new_payment, const event::JournalEntry& entry, core::WallTime at) {
    // What no callback reported (an answer to our own question) has none to keep.
    if (entry.body.empty() && entry.content_type.empty()) return;
    const std::string_view body = std::string_view(entry.body).substr(0, max_journaled_body);
    std::int64_t next = first_callback_of(payment);
    if (!new_payment) {
        std::int64_t same = -1;
        {
            Rows rows = select_callbacks_.select(next, last_callback_of(payment), Blob{body});
            while (same < 0 && rows.next()) {
                if (rows.integer(1) != 0) same = rows.integer(0);
                next = rows.integer(0) + 1;
            }
        }
        if (same >= 0) {
            count_callback_.execute(same, at);
            return;
        }
        // The latest may be what decided the payment: of a full journal it takes the last place.
        next = std::min(next, last_callback_of(payment));
    }
    insert_callback_.execute(next, at, entry.content_type, Blob{body});
}

void Acceptor::move_due(std::int64_t payment, std::string_view source, Shard shard, std::optional<DuePlace> before,
                        std::optional<DuePlace> after) {
    if (before == after) return;
    if (before) delete_expectation_.execute(shard, source, before->urgent, before->due, payment);
    if (!after) return;
    insert_expectation_.execute(shard, source, after->urgent, after->due, payment);
    if (!connection_.ok() || connection_.changes() > 0) return;
    insert_waiting_.execute(source);  // the first of its source
    insert_expectation_.execute(shard, source, after->urgent, after->due, payment);
}

void Acceptor::append(const event::Event& event, core::WallTime now) {
    const event::Facts& facts = event.facts;
    const Shard shard = shard_of(facts.source, facts.reference, heads_.count());
    const std::string_view type = event::type_of(facts.kind, event.happening);
    const std::string body = event::encode(event);
    const std::size_t texts =
        event.id.size() + type.size() + facts.source.size() + facts.reference.size() + body.size();
    const ShardEnd& end = heads_.append(shard, texts + row_overhead);
    const std::int64_t place = place_of(shard, end.head);
    insert_log_.execute(place, now, event.id, type, facts.source, facts.reference, static_cast<int>(facts.evidence),
                        event.raised_from ? static_cast<int>(*event.raised_from) : published_first,
                        static_cast<int>(event.happening), facts.received_at, end.bytes, body);
}

}  // namespace tollgate::store
