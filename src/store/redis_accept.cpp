// Deciding a batch by the rules, and what that means for the keys of each payment.
#include "redis_accept.hpp"

#include "undecided.hpp"

#include <tollgate/event/codec.hpp>

#include <algorithm>

namespace tollgate::store {

namespace {

LogEntry entry_of(const event::Event& event, core::WallTime now) {
    LogEntry entry;
    entry.event_id = event.id;
    entry.type = event::type_of(event.facts.kind, event.happening);
    entry.source = event.facts.source;
    entry.reference = event.facts.reference;
    entry.evidence = event.facts.evidence;
    entry.happening = event.happening;
    entry.received_at = event.facts.received_at;
    entry.accepted_at = now;
    entry.body = event::encode(event);
    return entry;
}

}  // namespace

AcceptRound::AcceptRound(std::vector<event::Candidate> batch, Shard shard_count, core::FaultSink& faults)
    : batch_(std::move(batch)),
      shard_count_(shard_count),
      faults_(faults),
      answers_(batch_.size()),
      grown_(shard_count, false) {
    units_.reserve(batch_.size());
    for (std::size_t i = 0; i < batch_.size(); ++i) add(i);
}

void AcceptRound::add(std::size_t candidate) {
    const event::Facts& facts = batch_[candidate].facts;
    std::string name = facts.source + ':' + facts.reference;
    const auto [known, is_new] = unit_of_.try_emplace(std::move(name), units_.size());
    if (is_new) {
        Unit& unit = units_.emplace_back();
        unit.shard = shard_of(facts.source, facts.reference, shard_count_);
        unit.name = known->first;
        open_.push_back(known->second);
    }
    units_[known->second].candidates.push_back(candidate);
}

void AcceptRound::decide(core::WallTime now, std::vector<std::string>& arguments) {
    // A damaged payment adds a unit of its own at the end.
    for (std::size_t i = 0; i < open_.size(); ++i) {
        Plan made = plan(units_[open_[i]], now);
        Unit& unit = units_[open_[i]];
        unit.appends = !made.events.empty();
        arguments.push_back(std::to_string(unit.shard));
        arguments.push_back(unit.name);
        arguments.push_back(unit.believed);
        arguments.push_back(made.value == unit.believed ? std::string() : std::move(made.value));
        arguments.push_back(std::to_string(made.bodies.size()));
        arguments.push_back(std::to_string(made.events.size()));
        for (JournalBody& body : made.bodies) {
            arguments.push_back(std::to_string(body.index));
            arguments.push_back(std::move(body.record));
        }
        for (std::size_t k = 0; k < made.events.size(); ++k) {
            PlannedEvent& event = made.events[k];
            StreamEntry stream = describe(event.entry);
            arguments.push_back(std::move(stream.type));
            arguments.push_back(std::move(stream.meta));
            arguments.push_back(std::move(event.entry.body));
            arguments.push_back(std::to_string(stream.size));
            arguments.push_back(event.raw ? std::move(event.raw->record) : std::string());
            arguments.push_back(std::to_string(made.holes[k]));
        }
    }
}

AcceptRound::Plan AcceptRound::plan(Unit& unit, core::WallTime now) {
    Plan plan;
    PaymentValue value;
    bool exists = !unit.believed.empty();
    if (exists) {
        auto decoded = decode_payment(unit.believed);
        if (decoded) {
            value = std::move(*decoded);
        } else {
            // Not even its journal can be read: it stays as it is, for people to look at.
            plan.value = unit.believed;
            for (const std::size_t candidate : std::exchange(unit.candidates, {})) {
                const std::string why = undecided_because(batch_[candidate].facts);
                faults_.fault("store.accept", why + ": " + decoded.error().message);
                batch_[candidate] = as_unrecognised(batch_[candidate], why);
                add(candidate);
            }
            return plan;
        }
    }
    std::vector<std::size_t> undecided;
    std::erase_if(unit.candidates, [&](std::size_t candidate) {
        if (plan_one(candidate, value, exists, plan, now)) return false;
        undecided.push_back(candidate);
        return true;
    });
    plan.value = encode_payment(value);
    for (const PlannedEvent& event : plan.events) {
        // Of a full journal a later callback may have taken the place.
        const bool kept = event.raw && value.journal[event.raw->index].digest == event.digest;
        plan.holes.push_back(kept ? place_in_payment(value, event.raw->index) + 1 : 0);
    }
    for (const std::size_t candidate : undecided) add(candidate);  // ends the life of `unit`
    return plan;
}

/// False: the payment's state cannot be read, and the candidate is another one now.
bool AcceptRound::plan_one(std::size_t index, PaymentValue& value, bool& exists, Plan& plan, core::WallTime now) {
    event::Candidate& candidate = batch_[index];
    event::PaymentState current;
    // Of a body that nobody understood only matters that it is known.
    if (exists && candidate.transition.name != event::TransitionName::unrecognised) {
        auto state = event::unpack(value.state);
        if (!state) {
            std::string why = undecided_because(candidate.facts);
            faults_.fault("store.accept", why + ": " + state.error().message);
            if (auto body = add_to_journal(value, candidate.journal, candidate.facts.received_at)) {
                plan.bodies.push_back(std::move(*body));
            }
            candidate = as_unrecognised(candidate, std::move(why));
            return false;
        }
        current = std::move(*state);
    }
    const event::Decision decision = event::decide(exists ? &current : nullptr, candidate, now);
    if (decision.next || !exists) {
        value.state = event::pack(decision.next ? *decision.next : event::PaymentState{});
        value.updated_at = now;
    }
    exists = true;
    auto body = add_to_journal(value, candidate.journal, candidate.facts.received_at);
    Accepted& answer = answers_[index];
    answer.outcome = decision.outcome;
    answer.event_types.clear();
    for (const event::Event& event : decision.events) {
        PlannedEvent& planned = plan.events.emplace_back();
        planned.entry = entry_of(event, now);
        answer.event_types.push_back(planned.entry.type);
        if (body) {
            planned.digest = value.journal[body->index].digest;
            planned.raw = std::exchange(body, std::nullopt);
        }
    }
    if (body) plan.bodies.push_back(std::move(*body));
    return true;
}

core::Result<void> AcceptRound::apply(const RedisReply& reply) {
    const core::Error malformed(core::Errc::malformed, "Redis answered the accept script with something else");
    if (!reply.is_array() || reply.elements.size() % 2 != 0) return malformed;
    std::vector<std::size_t> still_open;
    std::size_t next = 0;
    for (std::size_t i = 0; i < open_.size(); ++i) {
        Unit& unit = units_[open_[i]];
        const bool differs =
            next < reply.elements.size() && reply.elements[next].integer == static_cast<std::int64_t>(i);
        if (!differs) {
            begun_ = true;
            if (unit.appends) grown_[unit.shard] = true;
            continue;
        }
        if (!reply.elements[next + 1].is_text()) return malformed;
        unit.believed = reply.elements[next + 1].text;
        still_open.push_back(open_[i]);
        next += 2;
    }
    if (next != reply.elements.size()) return malformed;
    open_ = std::move(still_open);
    return {};
}

std::vector<Shard> AcceptRound::grown() const {
    std::vector<Shard> shards;
    for (Shard shard = 0; shard < grown_.size(); ++shard) {
        if (grown_[shard]) shards.push_back(shard);
    }
    return shards;
}

}  // namespace tollgate::store
