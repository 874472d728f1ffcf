// Deciding a batch by the rules, and what that means for the keys of each payment.
#include "redis_accept.hpp"

#include "undecided.hpp"

#include <tollgate/event/codec.hpp>

#include <algorithm>
#include <utility>

namespace tollgate::store {

namespace {

/// What a callback and its event take in the protocol, about.
constexpr std::size_t bytes_per_candidate = 2'500;

std::string number(core::WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}

LogEntry entry_of(event::Event&& event, core::WallTime now) {
    LogEntry entry;
    entry.body = event::encode(event);
    entry.event_id = std::move(event.id);
    entry.type = event::type_of(event.facts.kind, event.happening);
    entry.source = std::move(event.facts.source);
    entry.reference = std::move(event.facts.reference);
    entry.evidence = event.facts.evidence;
    entry.raised_from = event.raised_from;
    entry.happening = event.happening;
    entry.received_at = event.facts.received_at;
    entry.accepted_at = now;
    return entry;
}

}  // namespace

AcceptRound::AcceptRound(std::vector<event::Candidate> batch, const RedisOptions& options, core::FaultSink& faults,
                         RecentLinks& recent)
    : batch_(std::move(batch)), options_(options), faults_(faults), recent_(recent), answers_(batch_.size()) {
    // Mostly each has a payment of its own, and that one other id.
    units_.reserve(2 * batch_.size());
    unit_of_.reserve(2 * batch_.size());
    for (std::size_t i = 0; i < batch_.size(); ++i) add(i);
}

std::string AcceptRound::shard_key(Shard shard, std::string_view kind, std::string_view name) const {
    constexpr std::size_t most_around = 20;  // the shard, and what sets it apart
    std::string key;
    key.reserve(options_.prefix.size() + most_around + kind.size() + name.size());
    key.append(options_.prefix).append(":{").append(std::to_string(shard)).append("}:").append(kind).append(name);
    return key;
}

/// With its aliases, in the same question: one of their own would cost the first callback of every payment a way to
/// Redis and back. Of a repeat that was here lately they are not needed.
void AcceptRound::add(std::size_t candidate) {
    const event::Facts& facts = batch_[candidate].facts;
    const auto registered = event::registered_alias(batch_[candidate]);
    const std::size_t unit = unit_for(facts.source, registered ? event::name_of(*registered) : facts.reference);
    units_[unit].candidates.push_back(candidate);
    if (registered) return;
    for (const event::Alias& alias : event::unlinked(nullptr, batch_[candidate])) {
        const std::string name = event::name_of(alias);
        if (!recent_.has(facts.source, facts.reference, name)) unit_for(facts.source, name);
    }
}

std::size_t AcceptRound::unit_for(const std::string& source, const std::string& reference) {
    std::string name;
    name.reserve(source.size() + 1 + reference.size());
    name.append(source).append(1, ':').append(reference);
    const auto [known, is_new] = unit_of_.try_emplace(std::move(name), units_.size());
    if (is_new) {
        Unit& unit = units_.emplace_back();
        unit.shard = shard_of(source, reference, options_.shards);
        unit.name = known->first;
        unit.key = shard_key(unit.shard, "p:", unit.name);
        unit.is_alias = event::is_alias(reference);
    }
    return known->second;
}

Accepted& AcceptRound::answer_of(std::size_t candidate) {
    return answers_[candidate < answers_.size() ? candidate : origins_[candidate - answers_.size()]];
}

RedisCommands AcceptRound::question() const {
    RedisCommands commands;
    // A round that wrote nothing has left its own.
    commands.add({"UNWATCH"});
    for (const std::string_view command : {"WATCH", "MGET"}) {
        commands.begin(units_.size() + 1);
        commands.argument(command);
        for (const Unit& unit : units_) commands.argument(unit.key);
    }
    return commands;
}

void AcceptRound::note_created(const Unit& unit, core::WallTime now, Writes& writes) {
    std::string& record = writes.created;
    record.append(record.empty() ? number(now) + ' ' : "\n").append(std::to_string(unit.shard));
    record.append(1, ' ').append(unit.name);
}

core::Result<void> AcceptRound::take_values(const RedisReply& reply, core::WallTime now,
                                            std::span<const Position> heads) {
    const std::size_t known = units_.size();
    if (!reply.is_array() || reply.elements.size() != known) {
        return core::Error(core::Errc::malformed, "Redis answered MGET with something else");
    }
    transaction_ = {};
    transaction_.reserve(batch_.size() * bytes_per_candidate);
    transaction_.add({"MULTI"});
    appends_.clear();
    moved_ = false;
    Writes writes;
    forget_derived();
    for (std::size_t unit = 0; unit < known; ++unit) {
        units_[unit].believed = reply.elements[unit].text;
        units_[unit].written.clear();
        read_alias(unit);
    }
    for (std::size_t unit = 0; unit < known; ++unit) register_all(unit, now);
    // A payment that was found only now has not been read: all begins anew, with it.
    if (moved_ || units_.size() != known) return {};
    for (std::size_t unit = 0; unit < known; ++unit) {
        if (!units_[unit].is_alias) decide(unit, now, heads, writes);
    }
    for (std::size_t unit = 0; unit < known; ++unit) finish_alias(unit, now, writes);
    if (!moved_) finish_transaction(std::move(writes));
    return {};
}

void AcceptRound::decide(std::size_t unit, core::WallTime now, std::span<const Position> heads, Writes& writes) {
    PaymentValue value;
    units_[unit].due_before = units_[unit].due_after = std::nullopt;
    units_[unit].is_decided = false;
    bool exists = !units_[unit].believed.empty();
    if (exists) {
        auto decoded = decode_payment(units_[unit].believed);
        if (decoded) {
            value = std::move(*decoded);
        } else {
            // Not even its journal can be read: it stays as it is, for people to look at. Unless they have it already.
            to_people(unit, decoded.error().message);
            if (units_[unit].candidates.empty()) return;
            exists = false;
        }
    }
    const bool is_new = !exists;
    if (is_new && units_[unit].candidates.empty()) return;
    for (const Note& note : units_[unit].notes) {
        if (auto body = add_to_journal(value, note.entry, note.at)) keep_body(units_[unit], std::move(*body), writes);
    }
    // Moving one away may change units_.
    const std::vector<std::size_t> candidates = units_[unit].candidates;
    for (const std::size_t candidate : candidates) {
        if (decide_one(candidate, unit, value, exists, now, heads[units_[unit].shard], writes)) continue;
        std::erase(units_[unit].candidates, candidate);
    }
    const Unit& decided = units_[unit];
    std::string encoded = encode_payment(value);
    if (encoded == decided.believed) return;
    if (is_new) note_created(decided, now, writes);
    writes.values.emplace_back(unit, std::move(encoded));
}

/// Of a value that cannot be read: what nobody understood stays, since it would only come back here.
void AcceptRound::to_people(std::size_t unit, const std::string& why) {
    std::vector<std::size_t> staying;
    for (const std::size_t candidate : std::exchange(units_[unit].candidates, {})) {
        if (candidate >= answers_.size()) continue;  // a registration, which stays with the alias
        if (batch_[candidate].transition.name == event::TransitionName::unrecognised) {
            staying.push_back(candidate);
        } else {
            move_away(candidate, why);
        }
    }
    if (!staying.empty()) faults_.fault("store.accept", undecided_because(batch_[staying.front()].facts) + ": " + why);
    units_[unit].candidates = std::move(staying);
}

/// False: the payment's state cannot be read, and the candidate is another one now.
bool AcceptRound::decide_one(std::size_t index, std::size_t unit, PaymentValue& value, bool& exists, core::WallTime now,
                             Position head, Writes& writes) {
    event::Candidate& candidate = batch_[index];
    event::PaymentState current;
    // Of a body that nobody understood only matters that it is known.
    if (exists && candidate.transition.name != event::TransitionName::unrecognised) {
        auto state = event::unpack(value.state);
        if (!state) {
            if (index >= answers_.size()) return false;  // a registration, which stays with the alias
            units_[unit].notes.push_back(Note{candidate.journal, candidate.facts.received_at});
            move_away(index, state.error().message);
            return false;
        }
        current = std::move(*state);
    }
    event::Decision decision = decide_linking(exists ? &current : nullptr, candidate, now);
    // What the first candidate is decided on was read; what the others are, the one before them left.
    Unit& decided = units_[unit];
    if (!std::exchange(decided.is_decided, true)) decided.due_before = decided.due_after = due_place_of(current);
    if (decision.next) decided.due_after = due_place_of(*decision.next);
    if (decision.next || !exists) {
        // Of a payment that nobody knows `current` is an empty state.
        value.state = event::pack(decision.next ? *decision.next : current);
        value.updated_at = now;
    }
    exists = true;
    auto body = add_to_journal(value, candidate.journal, candidate.facts.received_at);
    Accepted& answer = answer_of(index);
    const bool is_derived = index >= answers_.size();
    if (!is_derived || decision.outcome == event::Outcome::conflict) answer.outcome = decision.outcome;
    if (!is_derived) answer.event_types.clear();
    if (!is_derived) answer.lateness = decision.lateness;
    for (event::Event& event : decision.events) {
        std::string raw;
        // The text beside an event that is proven better would not be found again.
        if (body && !event.raised_from) {
            value.journal[body->index].log_after = head;
            raw = std::exchange(body, std::nullopt)->record;
        }
        append(std::move(event), unit, now, raw, answer, writes);
    }
    if (body) keep_body(units_[unit], std::move(*body), writes);
    return true;
}

/// To the people, since the payment that it is about cannot be read.
void AcceptRound::move_away(std::size_t candidate, const std::string& why) {
    const std::string whose = undecided_because(batch_[candidate].facts);
    faults_.fault("store.accept", whose + ": " + why);
    batch_[candidate] = as_unrecognised(batch_[candidate], whose);
    moved_ = true;
    add(candidate);
}

void AcceptRound::keep_body(const Unit& unit, JournalBody body, Writes& writes) const {
    std::string key = shard_key(unit.shard, "j:", unit.name);
    key.append(":").append(std::to_string(body.index));
    writes.bodies.emplace_back(std::move(key), std::move(body.record));
}

void AcceptRound::append(event::Event&& event, std::size_t unit, core::WallTime now, const std::string& raw,
                         Accepted& answer, Writes& writes) {
    answer.event_types.push_back(event::type_of(event.facts.kind, event.happening));
    LogEntry entry = entry_of(std::move(event), now);
    const StreamEntry stream = describe(entry);
    // Its type only in itself: every field, however short, costs Redis a tenth of a microsecond.
    transaction_.add(
        {"XADD", shard_key(units_[unit].shard, "log"), "0-*", "event", entry.body, "meta", stream.meta, "raw", raw});
    appends_.push_back(Append{unit, stream.size});
    writes.size += stream.size;
}

void AcceptRound::finish_transaction(Writes&& writes) {
    if (writes.values.empty() && appends_.empty()) {
        step_ = Step::done;
        return;
    }
    step_ = Step::write;
    if (!writes.values.empty()) {
        transaction_.begin(1 + 2 * writes.values.size());
        transaction_.argument("MSET");
        for (const auto& [unit, value] : writes.values) {
            transaction_.argument(units_[unit].key);
            transaction_.argument(value);
        }
    }
    for (const auto& [unit, value] : writes.values) {
        move_due(transaction_, units_[unit], units_[unit].due_before, units_[unit].due_after);
    }
    const std::string keep_for = std::to_string(options_.journal_retention.count());
    for (const auto& [key, record] : writes.bodies) transaction_.add({"SET", key, record, "PX", keep_for});
    // Of the two that follow only the sums over all shards matter: one command for the batch will do.
    const Shard any = units_.front().shard;
    if (!writes.created.empty()) transaction_.add({"RPUSH", shard_key(any, "created"), writes.created});
    if (!appends_.empty()) {
        transaction_.add({"INCRBY", shard_key(any, "size"), std::to_string(writes.size)});
    }
    for (auto& [unit, value] : writes.values) units_[unit].written = std::move(value);
    // Last, so that its answer is found.
    if (is_announced()) {
        std::string message = options_.node + ' ';
        for (const Shard shard : grown()) message.append(std::to_string(shard)).append(",");
        message.pop_back();
        transaction_.add({"PUBLISH", options_.prefix + ":grown", message});
    }
    transaction_.add({"EXEC"});
}

void AcceptRound::move_due(RedisCommands& commands, const Unit& unit, const std::optional<DuePlace>& from,
                           const std::optional<DuePlace>& to) const {
    if (from == to) return;
    const auto [source, reference] = halves_of(unit.name);
    if (from && (!to || to->urgent != from->urgent)) {
        commands.add({"ZREM", shard_key(unit.shard, due_set(from->urgent, source)), reference});
    }
    if (!to) return;
    commands.add({"ZADD", shard_key(unit.shard, due_set(to->urgent, source)), number(to->due), reference});
    if (!from) commands.add({"SADD", shard_key(unit.shard, "sources"), source});
}

core::Result<void> AcceptRound::take_outcome(const RedisReply& reply, std::span<Position> heads) {
    if (reply.is_null()) {
        step_ = Step::ask;
        return {};
    }
    if (!reply.is_array() || reply.elements.size() < appends_.size()) {
        return core::Error(core::Errc::malformed, "Redis answered EXEC with something else");
    }
    const auto is_error = [](const RedisReply& each) { return each.is_error(); };
    const auto failed = std::find_if(reply.elements.begin(), reply.elements.end(), is_error);
    if (failed != reply.elements.end()) {
        // That of a command behind them is not known to have taken nothing.
        const bool is_event = failed < reply.elements.begin() + static_cast<std::ptrdiff_t>(appends_.size());
        return core::Error(is_event ? core::Errc::unavailable : core::Errc::internal, error_of(*failed).message);
    }
    for (std::size_t i = 0; i < appends_.size(); ++i) {
        const auto position = read_position(reply.elements[i].text);
        if (!position) return position.error();
        heads[units_[appends_[i].unit].shard] = *position;
    }
    if (is_announced()) listeners_ = reply.elements.back().integer;
    step_ = Step::done;
    return {};
}

/// All events of a payment are refused, or none: they go to one log.
AcceptUndo AcceptRound::undo_of(const RedisReply& reply) const {
    AcceptUndo undo;
    if (!reply.is_array() || reply.elements.size() < appends_.size()) return undo;
    undo.counted_by = units_.front().shard;
    std::size_t last = units_.size();
    for (std::size_t i = 0; i < appends_.size(); ++i) {
        if (!reply.elements[i].is_error()) continue;
        undo.why = error_of(reply.elements[i]).message;
        if (std::exchange(last, appends_[i].unit) != appends_[i].unit) {
            const Unit& unit = units_[appends_[i].unit];
            undo.payments.push_back({unit.shard, std::string(unit.name),
                                     unit.written.empty() ? unit.believed : unit.written, unit.believed, unit.due_after,
                                     unit.due_before});
        }
        undo.payments.back().size += appends_[i].size;
    }
    return undo;
}

std::vector<std::string> AcceptUndo::arguments() const {
    std::vector<std::string> all{std::to_string(counted_by)};
    const auto set_of = [](const std::optional<DuePlace>& place, std::string_view source) {
        return place ? due_set(place->urgent, source) : std::string();
    };
    for (const Payment& payment : payments) {
        const auto [source, reference] = halves_of(payment.name);
        const auto& before = payment.due_before;
        for (std::string each : {std::to_string(payment.shard), payment.name, payment.written, payment.before,
                                 std::string(reference), set_of(payment.due_written, source), set_of(before, source),
                                 before ? number(before->due) : std::string(), std::to_string(payment.size)}) {
            all.push_back(std::move(each));
        }
    }
    return all;
}

void AcceptUndo::keep_only(const RedisReply& left) {
    std::vector<Payment> staying;
    for (const RedisReply& each : left.elements) {
        const auto place = static_cast<std::size_t>(each.integer);
        if (place < payments.size()) staying.push_back(std::move(payments[place]));
    }
    payments = std::move(staying);
}

std::vector<Shard> AcceptRound::grown() const {
    std::vector<Shard> shards;
    shards.reserve(appends_.size());
    for (const Append& each : appends_) shards.push_back(units_[each.unit].shard);
    std::sort(shards.begin(), shards.end());
    shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
    return shards;
}

}  // namespace tollgate::store
