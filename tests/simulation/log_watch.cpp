// LogWatch: rules 3, 4 and 10 on each new event, and the store's states beside it.
#include "simulation/log_watch.hpp"

#include "simulation/broken_rule.hpp"
#include "simulation/reference_model.hpp"

#include <tollgate/event/alias.hpp>
#include <tollgate/event/event.hpp>

#include <algorithm>
#include <optional>
#include <string_view>

namespace tollgate::simulation {

struct LogWatch::ParsedEvent {
    event::Happening happening = event::Happening::pending;
    event::Status status = event::Status::none;
    std::uint32_t sequence = 0;
    std::string corrects;  ///< empty: it corrects none
    core::JsonValue data;
};

namespace {

std::string text_of(core::JsonValue value) {
    return std::string(value.string().value_or(std::string_view()));
}

std::optional<event::Money> money_from(core::JsonValue sum) {
    if (!sum.is(core::JsonType::object)) return std::nullopt;
    const auto money = event::Money::from_major(text_of(sum["value"]), text_of(sum["currency"]));
    return money ? std::optional<event::Money>(*money) : std::nullopt;
}

/// What was known of the kept status when a conflict was named: what its event tells; nothing, by a provider's entry;
/// or that it is an end, by an answer about an end that was held, which a sum kept from becoming the payment's.
enum class Kept { as_told, unknown, final };

/// The transition of a conflict as its event tells it. `about`: the dispute that it is about, if any.
std::string conflict_id(core::JsonValue conflict, Kept kept, std::string_view about) {
    event::Conflict facts;
    const std::string kind = text_of(conflict["kind"]);
    facts.kind = kind == "status"   ? event::ConflictKind::status
                 : kind == "amount" ? event::ConflictKind::amount
                                    : event::ConflictKind::currency;
    if (kept == Kept::as_told) facts.kept.status = model::status_named(text_of(conflict["kept"]["status"]));
    if (kept == Kept::final) facts.kept.status = event::Status::succeeded;
    facts.contradicting.status = model::status_named(text_of(conflict["contradicting"]["status"]));
    facts.contradicting.amount = money_from(conflict["contradicting"]["amount"]);
    return event::conflict_transition(facts, about).id();
}

}  // namespace

std::string LogWatch::name(int payment) const {
    return "payment " + std::to_string(payment) + " (" + truth(payment).source + " " + truth(payment).reference + ")";
}

const std::vector<int>& LogWatch::all(const std::string& event_id) const {
    static const std::vector<int> none;
    const auto found = by_id_.find(event_id);
    return found == by_id_.end() ? none : found->second;
}

int LogWatch::find(const std::string& event_id) const {
    const std::vector<int>& known = all(event_id);
    return known.empty() ? -1 : known.front();
}

int LogWatch::find(const std::string& event_id, std::string_view body) const {
    for (const int event : all(event_id))
        if (events_[static_cast<std::size_t>(event)].entry.body == body) return event;
    return find(event_id);
}

const std::vector<int>& LogWatch::of_payment(int payment) const {
    return watched_[static_cast<std::size_t>(payment)].events;
}

int LogWatch::payment_of(const store::LogEntry& entry) const {
    const auto found = numbers_.find({entry.source, entry.reference});
    return found == numbers_.end() ? -1 : found->second;
}

void LogWatch::look() {
    while (watched_.size() < truths_.payments.size()) {
        const int number = static_cast<int>(watched_.size());
        numbers_.emplace(test::MemoryTables::PaymentKey{truth(number).source, truth(number).reference}, number);
        watched_.emplace_back();
    }
    for (store::Shard shard = 0; shard < shards_.size(); ++shard) {
        const test::MemoryTables::ShardLog& log = tables_.logs()[shard];
        if (log.head == shards_[shard].size()) continue;
        for (auto entry = log.entries.upper_bound(shards_[shard].size()); entry != log.entries.end(); ++entry)
            see(shard, entry->second);
        require(log.head == shards_[shard].size(), rule::once, [&] {
            return "the log of shard " + std::to_string(shard) + " has a gap before " + std::to_string(log.head);
        });
    }
    check_states();
}

void LogWatch::see(store::Shard shard, const store::LogEntry& entry) {
    require(entry.position == shards_[shard].size() + 1, rule::once,
            [&] { return "position " + std::to_string(entry.position) + " does not follow the one before"; });
    const int payment = payment_of(entry);
    require(payment >= 0, rule::once, [&] { return "an event of a payment that nobody reported: " + entry.body; });

    const auto body = parser_.parse(entry.body);
    require(body.has_value(), rule::once, [&] { return "an event that is no JSON: " + entry.body; });
    ParsedEvent parsed;
    parsed.data = (*body)["data"];
    const auto happening = model::happening_named(entry.type.substr(entry.type.find('.') + 1));
    require(happening == entry.happening && text_of((*body)["type"]) == entry.type, rule::once,
            [&] { return "the log's type and the event's differ: " + entry.body; });
    parsed.happening = *happening;
    parsed.status = model::status_named(text_of(parsed.data["status"])).value_or(event::Status::none);
    parsed.sequence = static_cast<std::uint32_t>(parsed.data["sequence"].integer().value_or(0));
    parsed.corrects = text_of(parsed.data["corrects"]);
    require(text_of((*body)["id"]) == entry.event_id, rule::once,
            [&] { return "the log's id and the event's differ: " + entry.event_id; });

    world_.note(What::event_logged, -1, payment, entry.position, parsed.sequence);
    check_identity(payment, entry, parsed);
    check_move(payment, entry, parsed);
    check_money(payment, entry, parsed.data);

    const int index = static_cast<int>(events_.size());
    events_.push_back({shard, payment, entry, parsed.corrects});
    shards_[shard].push_back(index);
    by_id_[entry.event_id].push_back(index);
    Watched& watched = of(payment);
    watched.events.push_back(index);
    if (!event::is_final(parsed.happening)) return;
    watched.end = entry.event_id;
    watched.proof = entry.evidence;
}

/// As far as the event tells; what tells actions apart only the reports know.
std::vector<std::string> LogWatch::possible_transitions(int payment, const ParsedEvent& parsed) const {
    std::vector<std::string> possible;
    const core::JsonValue conflict = parsed.data["conflict"];
    switch (parsed.happening) {
        case event::Happening::disputed:
            return {"disputed:" + text_of(parsed.data["dispute"]["reference"]) + ":" +
                    text_of(parsed.data["dispute"]["status"])};
        case event::Happening::conflict:
            possible = {conflict_id(conflict, Kept::as_told, {}), conflict_id(conflict, Kept::unknown, {}),
                        conflict_id(conflict, Kept::final, {})};
            for (const std::string& id : reported_ids(payment, event::TransitionName::disputed))
                possible.push_back(conflict_id(conflict, Kept::as_told, id));
            return possible;
        case event::Happening::action_required:
            return reported_ids(payment, event::TransitionName::action);
        default:
            break;
    }
    const std::string status(event::to_string(parsed.happening));
    if (parsed.corrects.empty()) return {status};
    // Each correction to one status is a transition of its own.
    const std::string first = "corrected:" + status;
    const auto& known = watched_[static_cast<std::size_t>(payment)].transitions;
    std::string id = first;
    for (int number = 2; known.contains(id); ++number) id = first + ":" + std::to_string(number);
    return {id};
}

std::vector<std::string> LogWatch::reported_ids(int payment, event::TransitionName name) const {
    std::vector<std::string> ids;
    for (const Report& report : truths_.reports) {
        const event::Transition& transition = report.candidates.front().transition;
        if (report.payments.front() == payment && transition.name == name) ids.push_back(transition.id());
    }
    return ids;
}

void LogWatch::check_identity(int payment, const store::LogEntry& entry, const ParsedEvent& parsed) {
    if (entry.raised_from) return check_raised(payment, entry, parsed);
    require(find(entry.event_id) < 0, rule::once,
            [&] { return "published twice: " + entry.event_id + " (" + entry.type + ") of " + name(payment); });
    if (!parsed.corrects.empty()) check_corrects(payment, parsed);
    const std::vector<std::string> candidates = possible_transitions(payment, parsed);
    const auto transition = std::find_if(candidates.begin(), candidates.end(), [&](const std::string& candidate) {
        return model::event_id(entry.source, entry.reference, candidate) == entry.event_id;
    });
    require(transition != candidates.end(), rule::once, [&] {
        return "the id of " + entry.type + " of " + name(payment) +
               " is not made of source, reference and transition: " + entry.event_id;
    });
    require(of(payment).transitions.insert(*transition).second, rule::once,
            [&] { return *transition + " of " + name(payment) + " was published twice"; });
}

/// What was wrong is what the payment was in; or, of the settlement of a success that was a correction, what that was
/// about.
void LogWatch::check_corrects(int payment, const ParsedEvent& parsed) const {
    const Watched& watched = watched_[static_cast<std::size_t>(payment)];
    const std::string& end = watched.end;
    const bool goes_on = parsed.status == event::Status::settled && watched.status == event::Status::succeeded;
    const int before = find(end);
    const bool is_the_same =
        goes_on && before >= 0 && events_[static_cast<std::size_t>(before)].corrects == parsed.corrects;
    require(parsed.corrects == end || is_the_same, rule::table,
            [&] { return name(payment) + " is corrected in " + parsed.corrects + ", but is in " + end; });
}

/// Once more what was the payment's last state, better proven, and for who does not have it yet.
void LogWatch::check_raised(int payment, const store::LogEntry& entry, const ParsedEvent& parsed) {
    const std::vector<int>& before = all(entry.event_id);
    require(!before.empty(), rule::once, [&] { return "raised before it was published: " + entry.event_id; });
    const LoggedEvent& logged = events_[static_cast<std::size_t>(before.back())];
    const store::LogEntry& last = logged.entry;
    require(last.evidence == entry.raised_from && model::worth(last.evidence) < model::worth(entry.evidence),
            rule::once, [&] { return entry.event_id + " of " + name(payment) + " is not proven better than before"; });
    const bool says_the_same = last.type == entry.type && logged.corrects == parsed.corrects;
    require(says_the_same && parsed.status == of(payment).status, rule::once,
            [&] { return entry.event_id + " of " + name(payment) + " says something else than before"; });
    tally_.add(parsed.corrects.empty() ? Seen::raised : Seen::raised_correction);
}

void LogWatch::check_move(int payment, const store::LogEntry& entry, const ParsedEvent& parsed) {
    Watched& watched = of(payment);
    if (entry.raised_from && parsed.sequence == watched.sequence) return;
    if (!entry.raised_from) ++watched.count;
    if (parsed.happening == event::Happening::unrecognised) {
        tally_.add(Seen::unrecognised);
        require(parsed.sequence == 0, rule::once, [&] { return "an unrecognised callback with a sequence"; });
        return;
    }
    require(parsed.sequence == watched.sequence + 1, rule::once, [&] {
        return entry.type + " of " + name(payment) + " has sequence " + std::to_string(parsed.sequence) + " after " +
               std::to_string(watched.sequence);
    });
    watched.sequence = parsed.sequence;
    if (entry.raised_from) return;
    require(model::may_move(watched.status, parsed.happening, parsed.status, !parsed.corrects.empty()), rule::table,
            [&] {
                return name(payment) + " went from '" + std::string(event::to_string(watched.status)) + "' to '" +
                       std::string(event::to_string(parsed.status)) + "' by " + entry.type;
            });
    const bool moved = watched.status != parsed.status;
    if (moved && parsed.status == event::Status::settled && entry.position > 1 && !watched.events.empty()) {
        const LoggedEvent& before = events_[static_cast<std::size_t>(watched.events.back())];
        if (before.entry.happening == event::Happening::succeeded && before.entry.accepted_at == entry.accepted_at)
            tally_.add(Seen::early_settlement);
    }
    watched.status = parsed.status;
    if (parsed.happening == event::Happening::conflict) {
        watched.has_conflict = true;
        const std::string kind = text_of(parsed.data["conflict"]["kind"]);
        watched.has_other_sums = watched.has_other_sums || kind != "status";
        tally_.add(kind == "status"   ? Seen::conflict_of_status
                   : kind == "amount" ? Seen::conflict_of_amount
                                      : Seen::conflict_of_currency);
        require(!truth(payment).honest, rule::conflicts,
                [&] { return name(payment) + " has a conflict although its reports agree: " + entry.body; });
    }
    if (!parsed.corrects.empty()) {
        watched.has_correction = true;
        tally_.add(Seen::correction);
    }
}

void LogWatch::check_money(int payment, const store::LogEntry& entry, core::JsonValue data) {
    check_one_sum(payment, entry, data["amount"]);
    check_one_sum(payment, entry, data["expected_amount"]);
    check_one_sum(payment, entry, data["dispute"]["amount"]);
    check_one_sum(payment, entry, data["related"]["expected_amount"]);
    check_one_sum(payment, entry, data["conflict"]["kept"]["amount"]);
    check_one_sum(payment, entry, data["conflict"]["contradicting"]["amount"]);
}

void LogWatch::check_one_sum(int payment, const store::LogEntry& entry, core::JsonValue sum) {
    if (!sum.is(core::JsonType::object)) return;
    const MoneyText text{text_of(sum["value"]), sum["minor"].integer(), text_of(sum["currency"])};
    const std::vector<MoneyText>& told = truth(payment).told;
    require(std::find(told.begin(), told.end(), text) != told.end(), rule::money, [&] {
        return entry.type + " of " + name(payment) + " names a sum that nobody told: " + std::string(sum.raw());
    });
}

void LogWatch::check_states() {
    if (stored_count_ != tables_.payments().size()) {
        stored_count_ = tables_.payments().size();
        stored_.clear();
        for (const auto& [key, stored] : tables_.payments()) {
            if (event::is_alias(key.second)) continue;
            const auto number = numbers_.find(key);
            require(number != numbers_.end(), rule::once,
                    [&] { return "a payment that nobody reported: " + key.second; });
            stored_.emplace_back(number->second, &stored);
        }
    }
    for (const auto& [payment, stored] : stored_) {
        if (stored->state != of(payment).packed) check_state(payment, *stored);
    }
}

void LogWatch::check_state(int payment, const test::MemoryTables::Payment& stored) {
    Watched& watched = of(payment);
    watched.packed = stored.state;
    const auto state = event::unpack(stored.state);
    require(state.has_value(), rule::table, [&] { return "the state of " + name(payment) + " cannot be read"; });
    require(state->status == watched.status, rule::table, [&] {
        return name(payment) + " is '" + std::string(event::to_string(state->status)) + "' but its last event says '" +
               std::string(event::to_string(watched.status)) + "'";
    });
    require(state->sequence == watched.sequence, rule::once,
            [&] { return name(payment) + " counts other events than the log has"; });
    require(state->transitions.size() == watched.count, rule::once,
            [&] { return name(payment) + " records other transitions than the log has"; });
    require(state->transitions.size() <= event::max_transitions, rule::bounds,
            [&] { return name(payment) + " has more transitions than are kept"; });
}

}  // namespace tollgate::simulation
