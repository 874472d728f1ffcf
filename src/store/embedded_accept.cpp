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

Acceptor::Acceptor(Connection& connection, ShardHeads& heads, core::FaultSink& faults)
    : connection_(connection),
      heads_(heads),
      faults_(faults),
      select_payment_(connection, "SELECT id, state FROM payment WHERE source = ?1 AND reference = ?2"),
      insert_payment_(
          connection,
          "INSERT INTO payment (source, reference, created_at, updated_at, state) VALUES (?1, ?2, ?3, ?3, ?4)"),
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

Accepted Acceptor::accept(const event::Candidate& candidate, core::WallTime now) {
    const event::Facts& facts = candidate.facts;
    std::int64_t payment = 0;
    std::optional<event::PaymentState> current;
    std::optional<std::string> damage;
    {
        Rows rows = select_payment_.select(facts.source, facts.reference);
        if (rows.next()) {
            payment = rows.integer(0);
            current.emplace();
            // Of a body that nobody understood only matters that it is known.
            if (candidate.transition.name != event::TransitionName::unrecognised) {
                auto state = event::unpack(rows.bytes(1));
                if (state) {
                    current = std::move(*state);
                } else {
                    damage = state.error().message;
                }
            }
        }
    }
    if (damage) return accept_undecided(candidate, payment, *damage, now);
    const event::Decision decision = event::decide(current ? &*current : nullptr, candidate, now);

    const bool new_payment = !current;
    if (new_payment) {
        const std::string packed = event::pack(decision.next ? *decision.next : event::PaymentState{});
        insert_payment_.execute(facts.source, facts.reference, now, Blob{packed});
        payment = connection_.last_row_id();
    } else if (decision.next) {
        const std::string packed = event::pack(*decision.next);
        update_payment_.execute(payment, now, Blob{packed});
    }
    if (decision.next) {
        move_due(payment, facts, current ? due_place_of(*current) : std::nullopt, due_place_of(*decision.next));
    }
    journal(payment, new_payment, candidate.journal, facts.received_at);

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

void Acceptor::move_due(std::int64_t payment, const event::Facts& facts, std::optional<DuePlace> before,
                        std::optional<DuePlace> after) {
    if (before == after) return;
    const Shard shard = shard_of(facts.source, facts.reference, heads_.count());
    if (before) delete_expectation_.execute(shard, facts.source, before->urgent, before->due, payment);
    if (!after) return;
    insert_expectation_.execute(shard, facts.source, after->urgent, after->due, payment);
    if (!connection_.ok() || connection_.changes() > 0) return;
    insert_waiting_.execute(facts.source);  // the first of its source
    insert_expectation_.execute(shard, facts.source, after->urgent, after->due, payment);
}

void Acceptor::append(const event::Event& event, core::WallTime now) {
    const event::Facts& facts = event.facts;
    const Shard shard = shard_of(facts.source, facts.reference, heads_.count());
    const std::string type = event::type_of(facts.kind, event.happening);
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
