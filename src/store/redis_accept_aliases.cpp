// AcceptRound: the other ids of payments, and what is registered under them.
#include "redis_accept.hpp"
#include "undecided.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::store {

void AcceptRound::read_alias(std::size_t index) {
    Unit& unit = units_[index];
    if (!unit.is_alias) return;
    unit.alias.reset();
    unit.is_damaged = unit.is_changed = false;
    unit.due_before = unit.due_after = std::nullopt;
    if (unit.believed.empty()) return;
    const auto value = decode_payment(unit.believed);
    auto state = value ? event::unpack(value->state) : core::Result<event::PaymentState>(value.error());
    if (state) {
        unit.due_before = due_place_of(*state);
        unit.alias = std::move(*state);
        return;
    }
    unit.is_damaged = true;
    faults_.fault("store.accept",
                  "what is kept of " + std::string(unit.name) + " cannot be read: " + state.error().message);
}

/// What a registration was about may have changed since it was read.
void AcceptRound::forget_derived() {
    for (Unit& unit : units_) {
        std::erase_if(unit.candidates, [this](std::size_t candidate) { return candidate >= answers_.size(); });
    }
    batch_.resize(answers_.size());
    origins_.clear();
}

void AcceptRound::register_all(std::size_t index, core::WallTime now) {
    if (!units_[index].is_alias) return;
    // Moving one away, and finding a payment, may change units_.
    const std::vector<std::size_t> candidates = units_[index].candidates;
    for (const std::size_t candidate : candidates) {
        if (!event::registered_alias(batch_[candidate])) continue;
        if (units_[index].is_damaged) {
            std::erase(units_[index].candidates, candidate);
            batch_[candidate].facts.reference = units_[index].name.substr(batch_[candidate].facts.source.size() + 1);
            move_away(candidate, "it is damaged");
            continue;
        }
        const std::optional<event::PaymentState>& current = units_[index].alias;
        auto registration = event::register_under_alias(current ? &*current : nullptr, batch_[candidate], now);
        answers_[candidate] = Accepted{event::Outcome::duplicate, {}};
        if (registration.next) {
            units_[index].alias = std::move(registration.next);
            units_[index].is_changed = true;
        }
        for (event::Candidate& each : registration.for_payments) {
            const std::size_t unit = unit_for(each.facts.source, each.facts.reference);
            units_[unit].candidates.push_back(batch_.size());
            batch_.push_back(std::move(each));
            origins_.push_back(candidate);
        }
    }
}

event::Decision AcceptRound::decide_linking(const event::PaymentState* current, const event::Candidate& candidate,
                                            core::WallTime now) {
    std::vector<event::Alias> aliases = event::unlinked(nullptr, candidate);
    for (const event::Alias& alias : aliases) {
        recent_.add(candidate.facts.source, candidate.facts.reference, event::name_of(alias));
    }
    if (current) aliases = event::unlinked(current, candidate);
    if (aliases.empty()) return event::decide(current, candidate, now);
    std::vector<event::AliasRecord> records;
    std::vector<std::size_t> units;
    for (const event::Alias& alias : aliases) {
        const std::size_t known = units_.size();
        const std::size_t unit = unit_for(candidate.facts.source, event::name_of(alias));
        // It was taken for linked, and the payment has been forgotten since: all begins anew, with the alias.
        moved_ = moved_ || units_.size() != known;
        if (units_[unit].is_damaged) continue;
        records.push_back({alias, std::move(units_[unit].alias)});
        units.push_back(unit);
    }
    if (records.empty()) return event::decide(current, candidate, now);
    event::Decision decision = event::decide_and_link(current, candidate, records, now);
    for (std::size_t i = 0; i < records.size(); ++i) {
        units_[units[i]].is_changed = units_[units[i]].is_changed || records[i].changed;
        units_[units[i]].alias = std::move(records[i].state);
    }
    return decision;
}

/// Answers to questions about it come last: a payment that such an answer reports has taken over what waits here.
void AcceptRound::finish_alias(std::size_t index, core::WallTime now, Writes& writes) {
    Unit& unit = units_[index];
    if (!unit.is_alias || unit.is_damaged) return;
    for (const std::size_t candidate : unit.candidates) {
        if (event::registered_alias(batch_[candidate])) continue;
        event::Decision decision = event::decide(unit.alias ? &*unit.alias : nullptr, batch_[candidate], now);
        answers_[candidate] = Accepted{decision.outcome, {}};
        if (!decision.next) continue;
        unit.alias = std::move(decision.next);
        unit.is_changed = true;
    }
    if (!unit.is_changed) return;
    unit.due_after = due_place_of(*unit.alias);
    std::string encoded = encode_payment(PaymentValue{now, {}, event::pack(*unit.alias)});
    if (unit.believed.empty()) note_created(unit, now, writes);
    writes.values.emplace_back(index, std::move(encoded));
}

}  // namespace tollgate::store
