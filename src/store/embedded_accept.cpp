// Accepting: read the state by key, let the rules decide, write the state, the journal and the events.
#include "embedded_accept.hpp"

#include "schema.hpp"

#include <tollgate/event/codec.hpp>

#include <algorithm>

namespace tollgate::store {

Acceptor::Acceptor(Connection& connection, ShardHeads& heads)
    : connection_(connection),
      heads_(heads),
      select_payment_(connection, "SELECT id, state FROM payment WHERE source = ?1 AND reference = ?2"),
      insert_payment_(
          connection,
          "INSERT INTO payment (source, reference, created_at, updated_at, state) VALUES (?1, ?2, ?3, ?3, ?4)"),
      update_payment_(connection, "UPDATE payment SET updated_at = ?2, state = ?3 WHERE id = ?1"),
      select_callbacks_(connection, "SELECT id, body = ?3 FROM callback WHERE id BETWEEN ?1 AND ?2 ORDER BY id"),
      insert_callback_(connection,
                       "INSERT INTO callback (id, first_at, last_at, count, content_type, body) "
                       "VALUES (?1, ?2, ?2, 1, ?3, ?4)"),
      count_callback_(connection, "UPDATE callback SET count = count + 1, last_at = max(last_at, ?2) WHERE id = ?1"),
      insert_log_(connection,
                  "INSERT INTO log (place, accepted_at, event_id, type, source, reference, evidence, happening, "
                  "received_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)") {}

core::Result<Accepted> Acceptor::accept(const event::Candidate& candidate, core::WallTime now) {
    const event::Facts& facts = candidate.facts;
    std::int64_t payment = 0;
    std::optional<event::PaymentState> current;
    {
        Rows rows = select_payment_.select(facts.source, facts.reference);
        if (rows.next()) {
            payment = rows.integer(0);
            auto state = event::unpack(rows.bytes(1));
            if (!state) return state.error();
            current = std::move(*state);
        }
    }
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
    journal(payment, new_payment, candidate.journal, facts.received_at);

    Accepted accepted{decision.outcome, {}};
    accepted.event_types.reserve(decision.events.size());
    for (const event::Event& event : decision.events) {
        accepted.event_types.push_back(event::type_of(event.facts.kind, event.happening));
        append(event, now);
    }
    return accepted;
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
        if (next > last_callback_of(payment)) return;
    }
    insert_callback_.execute(next, at, entry.content_type, Blob{body});
}

void Acceptor::append(const event::Event& event, core::WallTime now) {
    const event::Facts& facts = event.facts;
    const Shard shard = shard_of(facts.source, facts.reference, heads_.count());
    const std::int64_t place = place_of(shard, heads_.append(shard));
    const std::string type = event::type_of(facts.kind, event.happening);
    const std::string body = event::encode(event);
    insert_log_.execute(place, now, event.id, type, facts.source, facts.reference, static_cast<int>(facts.evidence),
                        static_cast<int>(event.happening), facts.received_at, body);
}

}  // namespace tollgate::store
