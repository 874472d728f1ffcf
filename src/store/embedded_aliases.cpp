// Acceptor: what a candidate's other ids do to the rows of those ids. A repeat reads none of them.
#include "embedded_accept.hpp"
#include "undecided.hpp"

namespace tollgate::store {

event::Decision Acceptor::decide(const event::Candidate& candidate, const Row& payment, core::WallTime now) {
    const event::PaymentState* const current = payment.state ? &*payment.state : nullptr;
    const std::vector<event::Alias> aliases = event::unlinked(current, candidate);
    if (aliases.empty()) return event::decide(current, candidate, now);

    const std::string& source = candidate.facts.source;
    std::vector<event::AliasRecord> records;
    std::vector<Row> rows;
    for (const event::Alias& alias : aliases) {
        Row row = read(source, event::name_of(alias));
        if (row.damage) {
            // The payment is decided all the same, and tries again with its next callback.
            faults_.fault("store.writer", "what is kept of " + source + "/" + event::name_of(alias) +
                                              " cannot be read: " + *row.damage);
            continue;
        }
        records.push_back({alias, row.state});
        rows.push_back(std::move(row));
    }
    if (records.empty()) return event::decide(current, candidate, now);
    event::Decision decision = event::decide_and_link(current, candidate, records, now);
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (records[i].changed) write(rows[i], source, event::name_of(records[i].alias), records[i].state, now);
    }
    return decision;
}

Accepted Acceptor::accept_registration(const event::Candidate& candidate, const event::Alias& alias,
                                       core::WallTime now) {
    const event::Facts& facts = candidate.facts;
    const std::string name = event::name_of(alias);
    const Row row = read(facts.source, name);
    if (row.damage) {
        event::Candidate named = candidate;
        named.facts.reference = name;
        return accept_undecided(named, row.id, *row.damage, now);
    }
    const auto registration = event::register_under_alias(row.state ? &*row.state : nullptr, candidate, now);
    if (registration.next) write(row, facts.source, name, registration.next, now);
    Accepted accepted{event::Outcome::duplicate, {}};
    for (const event::Candidate& each : registration.for_payments) {
        Accepted one = accept(each, now);
        if (one.outcome == event::Outcome::conflict) accepted.outcome = one.outcome;
        accepted.event_types.insert(accepted.event_types.end(), one.event_types.begin(), one.event_types.end());
    }
    return accepted;
}

}  // namespace tollgate::store
