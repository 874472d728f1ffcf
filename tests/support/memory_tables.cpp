// The contract of the store, said once more in plain containers.
#include "support/memory_tables.hpp"

#include <tollgate/event/alias.hpp>
#include <tollgate/event/codec.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <tuple>

namespace tollgate::test {

namespace {

constexpr std::size_t max_failures = 10;

core::Error unknown_subscriber(const std::string& name) {
    return {core::Errc::not_found, "no subscriber " + name};
}
core::Error unknown_shard(store::Shard shard) {
    return {core::Errc::invalid_argument, "no shard " + std::to_string(shard)};
}

void add_failure(std::vector<store::FailedAttempt>& failures, const std::optional<store::FailedAttempt>& failure) {
    if (!failure) return;
    failures.push_back(*failure);
    if (failures.size() > max_failures) failures.erase(failures.begin());
}

void journal(MemoryTables::Payment& payment, const event::JournalEntry& entry, core::WallTime at) {
    if (entry.body.empty() && entry.content_type.empty()) return;
    const std::string body = entry.body.substr(0, store::max_journaled_body);
    for (auto& callback : payment.callbacks) {
        if (callback.body != body) continue;
        ++callback.count;
        callback.last_at = std::max(callback.last_at, at);
        return;
    }
    if (payment.callbacks.size() >= store::max_journaled_callbacks) payment.callbacks.pop_back();
    payment.callbacks.push_back({entry.content_type, body, at, at, 1});
}

bool is_dead(const MemoryTables::Subscriber& subscriber, const std::string& event_id) {
    return std::any_of(subscriber.dead.begin(), subscriber.dead.end(),
                       [&](const store::DeadLetter& letter) { return letter.event_id == event_id; });
}

void park(MemoryTables::Subscriber& subscriber, store::Shard shard, const store::Park& park) {
    const MemoryTables::Cursor& cursor = subscriber.cursors[shard];
    const store::Position position = park.delivery.position;
    if (position <= cursor.position || cursor.ahead.contains(position)) return;
    if (is_dead(subscriber, park.delivery.event_id)) return;
    store::LogEntry entry = park.event;
    entry.position = position;
    subscriber.parked.try_emplace(park.delivery.event_id,
                                  MemoryTables::Parked{shard, park.delivery, std::move(entry), park.failures});
}

void reschedule(MemoryTables::Subscriber& subscriber, const store::Reschedule& wanted) {
    const auto found = subscriber.parked.find(wanted.event_id);
    if (found == subscriber.parked.end()) return;
    MemoryTables::Parked& parked = found->second;
    if (wanted.attempts < parked.delivery.attempts) return;
    if (wanted.attempts > parked.delivery.attempts) add_failure(parked.failures, wanted.failure);
    parked.delivery.next_attempt_at = wanted.attempts > parked.delivery.attempts
                                          ? wanted.next_attempt_at
                                          : std::max(parked.delivery.next_attempt_at, wanted.next_attempt_at);
    parked.delivery.attempts = wanted.attempts;
}

void bury(MemoryTables::Subscriber& subscriber, store::Shard shard, const store::Bury& bury) {
    store::DeadLetter letter;
    const auto found = subscriber.parked.find(bury.event_id);
    if (found != subscriber.parked.end()) {
        letter.event = std::move(found->second.event);
        letter.attempts = found->second.delivery.attempts;
        letter.failures = std::move(found->second.failures);
        subscriber.parked.erase(found);
    } else if (bury.event) {
        letter.event = bury.event;
    }
    if (!letter.event || is_dead(subscriber, bury.event_id)) return;
    letter.event_id = bury.event_id;
    letter.reason = bury.reason;
    letter.at = bury.at;
    letter.shard = shard;
    letter.first = letter.last = letter.event->position;
    if (bury.failure) ++letter.attempts;
    add_failure(letter.failures, bury.failure);
    subscriber.dead.push_back(std::move(letter));
}

void apply(MemoryTables::Subscriber& subscriber, const store::DeliveryUpdate& update) {
    for (const store::Park& each : update.park) park(subscriber, update.shard, each);
    for (const store::Reschedule& each : update.reschedule) reschedule(subscriber, each);
    for (const std::string& event_id : update.finished) subscriber.parked.erase(event_id);
    for (const store::Bury& each : update.bury) bury(subscriber, update.shard, each);
    MemoryTables::Cursor& cursor = subscriber.cursors[update.shard];
    cursor.position = std::max(cursor.position, update.cursor);
    cursor.ahead.insert(update.ahead.begin(), update.ahead.end());
    cursor.ahead.erase(cursor.ahead.begin(), cursor.ahead.upper_bound(cursor.position));
}

}  // namespace

core::Result<std::optional<event::PaymentState>> MemoryTables::state_of(const PaymentKey& key) const {
    const auto known = payments_.find(key);
    if (known == payments_.end()) return std::optional<event::PaymentState>{};
    auto state = event::unpack(known->second.state);
    if (!state) return state.error();
    return std::optional(std::move(*state));
}

core::Result<event::Decision> MemoryTables::decide(const event::PaymentState* current,
                                                   const event::Candidate& candidate, core::WallTime now) {
    std::vector<event::AliasRecord> records;
    for (const event::Alias& alias : event::unlinked(current, candidate)) {
        auto state = state_of({candidate.facts.source, event::name_of(alias)});
        if (!state) return state.error();
        records.push_back({alias, std::move(*state)});
    }
    if (records.empty()) return event::decide(current, candidate, now);
    auto decision = event::decide_and_link(current, candidate, records, now);
    for (const event::AliasRecord& record : records) {
        if (!record.changed) continue;
        Payment& alias = payments_[{candidate.facts.source, event::name_of(record.alias)}];
        alias.state = event::pack(*record.state);
        alias.updated_at = now;
    }
    return decision;
}

core::Result<store::Accepted> MemoryTables::accept_registration(const event::Candidate& candidate,
                                                                const std::string& name, core::WallTime now) {
    const PaymentKey key{candidate.facts.source, name};
    const auto current = state_of(key);
    if (!current) return current.error();
    const auto registration = event::register_under_alias(*current ? &**current : nullptr, candidate, now);
    if (registration.next) {
        payments_[key].state = event::pack(*registration.next);
        payments_[key].updated_at = now;
    }
    store::Accepted accepted{event::Outcome::duplicate, {}};
    for (const event::Candidate& each : registration.for_payments) {
        const auto one = do_accept(each, now);
        if (!one) return one.error();
        if (one->outcome == event::Outcome::conflict) accepted.outcome = one->outcome;
        accepted.event_types.insert(accepted.event_types.end(), one->event_types.begin(), one->event_types.end());
    }
    return accepted;
}

core::Result<store::Accepted> MemoryTables::do_accept(const event::Candidate& candidate, core::WallTime now) {
    if (const auto alias = event::registered_alias(candidate)) {
        return accept_registration(candidate, event::name_of(*alias), now);
    }
    const PaymentKey key{candidate.facts.source, candidate.facts.reference};
    const auto current = state_of(key);
    if (!current) return current.error();
    const auto decided = decide(*current ? &**current : nullptr, candidate, now);
    if (!decided) return decided.error();
    const event::Decision& decision = *decided;
    Payment& payment = payments_[key];
    if (decision.next || !*current) {
        payment.state = event::pack(decision.next ? *decision.next : event::PaymentState{});
        payment.updated_at = now;
    }
    journal(payment, candidate.journal, candidate.facts.received_at);
    store::Accepted accepted{decision.outcome, {}, false, decision.lateness};
    for (const event::Event& event : decision.events) {
        accepted.event_types.push_back(event::type_of(event.facts.kind, event.happening));
        append(event, now);
    }
    return accepted;
}

void MemoryTables::append(const event::Event& event, core::WallTime now) {
    ShardLog& log =
        logs_[store::shard_of(event.facts.source, event.facts.reference, static_cast<store::Shard>(logs_.size()))];
    store::LogEntry entry;
    entry.position = ++log.head;
    entry.event_id = event.id;
    entry.type = event::type_of(event.facts.kind, event.happening);
    entry.source = event.facts.source;
    entry.reference = event.facts.reference;
    entry.evidence = event.facts.evidence;
    entry.raised_from = event.raised_from;
    entry.happening = event.happening;
    entry.received_at = event.facts.received_at;
    entry.accepted_at = now;
    entry.body = event::encode(event);
    log.entries.emplace(log.head, std::move(entry));
}

core::Result<store::LogPage> MemoryTables::read_log(store::Shard shard, store::Position after, std::size_t limit,
                                                    std::size_t max_bytes) const {
    if (shard >= logs_.size()) return unknown_shard(shard);
    const ShardLog& log = logs_[shard];
    store::LogPage page{{}, log.head, history_};
    std::size_t bytes = 0;
    for (auto at = log.entries.upper_bound(after); at != log.entries.end(); ++at) {
        if (page.entries.size() >= limit || (!page.entries.empty() && bytes >= max_bytes)) break;
        bytes += at->second.body.size();
        page.entries.push_back(at->second);
    }
    return page;
}

void MemoryTables::enrol(std::span<const store::Enrolment> subscribers) {
    for (const store::Enrolment& enrolment : subscribers) {
        const auto [added, is_new] = subscribers_.try_emplace(enrolment.subscriber);
        if (!is_new) continue;
        for (const ShardLog& log : logs_) {
            const bool from_now = enrolment.from == store::StartFrom::now;
            added->second.cursors.push_back({from_now ? log.head : log.trimmed, {}});
        }
    }
    if (mirror_ != nullptr) mirror_->enrolled(subscribers);
}

core::Result<store::DeliveryState> MemoryTables::load(const std::string& subscriber, store::Shard shard) const {
    if (shard >= logs_.size()) return unknown_shard(shard);
    const auto found = subscribers_.find(subscriber);
    if (found == subscribers_.end()) return unknown_subscriber(subscriber);
    const Cursor& cursor = found->second.cursors[shard];
    store::DeliveryState state;
    state.history = history_;
    state.cursor = cursor.position;
    state.ahead.assign(cursor.ahead.begin(), cursor.ahead.end());
    for (const auto& [event_id, parked] : found->second.parked) {
        if (parked.shard == shard) state.parked.push_back(parked.delivery);
    }
    std::sort(state.parked.begin(), state.parked.end(),
              [](const auto& a, const auto& b) { return a.position < b.position; });
    return state;
}

core::Result<store::LeaseReport> MemoryTables::renew_leases(const std::string& node, const store::LeaseRequest& request,
                                                            core::SteadyTime now) {
    if (request.subscriber == store::asking_leases) return leases_.renew(node, request, now);
    const auto found = subscribers_.find(request.subscriber);
    if (found == subscribers_.end()) return unknown_subscriber(request.subscriber);
    store::LeaseReport report = leases_.renew(node, request, now);
    report.paused = found->second.pause;
    return report;
}

void MemoryTables::change_hands() {
    ++history_;
    leases_.void_tokens();
}

core::Result<void> MemoryTables::do_save(std::span<const store::DeliveryUpdate> updates, core::SteadyTime now) {
    for (const store::DeliveryUpdate& update : updates) {
        if (!subscribers_.contains(update.subscriber)) return unknown_subscriber(update.subscriber);
        if (update.shard >= logs_.size()) return unknown_shard(update.shard);
        if (!leases_.may_save(update, now)) return core::Error(core::Errc::fenced, "the lease is no longer held");
    }
    for (const store::DeliveryUpdate& update : updates) apply(subscribers_.at(update.subscriber), update);
    return {};
}

core::Result<std::vector<store::ParkedEvent>> MemoryTables::read_parked(const std::string& subscriber,
                                                                        store::Shard shard,
                                                                        std::span<const std::string> event_ids) const {
    const auto found = subscribers_.find(subscriber);
    if (found == subscribers_.end()) return unknown_subscriber(subscriber);
    std::vector<store::ParkedEvent> events;
    for (const std::string& event_id : event_ids) {
        const auto parked = found->second.parked.find(event_id);
        if (parked == found->second.parked.end() || parked->second.shard != shard) continue;
        events.push_back({parked->second.event, parked->second.failures});
    }
    return events;
}

/// By a look at every event beyond each cursor.
std::vector<store::SubscriberStanding> MemoryTables::standings() const {
    std::vector<store::SubscriberStanding> standings;
    for (const auto& [name, subscriber] : subscribers_) {
        store::SubscriberStanding& standing = standings.emplace_back();
        standing.subscriber = name;
        standing.parked = subscriber.parked.size();
        standing.dead_letters = subscriber.dead.size();
        for (std::size_t shard = 0; shard < logs_.size(); ++shard) {
            const Cursor& cursor = subscriber.cursors[shard];
            const auto& entries = logs_[shard].entries;
            for (auto at = entries.upper_bound(cursor.position); at != entries.end(); ++at) {
                if (cursor.ahead.contains(at->first)) continue;
                ++standing.behind;
                const core::WallTime accepted_at = at->second.accepted_at;
                if (!standing.oldest_at || accepted_at < *standing.oldest_at) standing.oldest_at = accepted_at;
            }
        }
    }
    return standings;
}

core::Result<std::vector<store::DeadLetter>> MemoryTables::dead_letters(const std::string& subscriber,
                                                                        std::size_t limit) const {
    const auto found = subscribers_.find(subscriber);
    if (found == subscribers_.end()) return unknown_subscriber(subscriber);
    std::vector<store::DeadLetter> letters = found->second.dead;
    if (letters.size() > limit) letters.resize(limit);
    return letters;
}

core::Result<std::optional<store::DeadLetter>> MemoryTables::dead_letter(const std::string& subscriber,
                                                                         const std::string& event_id) const {
    const auto found = subscribers_.find(subscriber);
    if (found == subscribers_.end()) return unknown_subscriber(subscriber);
    const auto letter = std::ranges::find_if(
        found->second.dead, [&](const store::DeadLetter& each) { return each.event && each.event_id == event_id; });
    if (letter == found->second.dead.end()) return std::optional<store::DeadLetter>();
    return std::optional(*letter);
}

core::Result<std::optional<store::PaymentRecord>> MemoryTables::payment(const std::string& source,
                                                                        const std::string& reference) const {
    const auto found = payments_.find({source, reference});
    if (found == payments_.end()) return std::optional<store::PaymentRecord>{};
    auto state = event::unpack(found->second.state);
    if (!state) return state.error();
    return std::optional<store::PaymentRecord>{store::PaymentRecord{std::move(*state), found->second.callbacks}};
}

core::Result<std::vector<store::DueExpectation>> MemoryTables::due(store::Shard shard,
                                                                   std::span<const store::DueWish> wishes) const {
    if (shard >= logs_.size()) return unknown_shard(shard);
    std::vector<store::DueExpectation> found;
    for (const store::DueWish& wish : wishes) {
        std::vector<store::DueExpectation> of_source;
        for (const auto& [key, payment] : payments_) {
            if (key.first != wish.source) continue;
            if (store::shard_of(key.first, key.second, static_cast<store::Shard>(logs_.size())) != shard) continue;
            const auto state = event::unpack(payment.state);
            if (!state) return state.error();
            if (!state->expectation) continue;
            const bool is_held = state->expectation->purpose == event::Purpose::confirmation;
            const bool is_wanted = std::ranges::any_of(wish.when, [&](const store::DueRange& range) {
                return state->expectation->due > range.after && state->expectation->due <= range.until;
            });
            if (!is_wanted || (wish.held_only && !is_held)) continue;
            of_source.push_back({key.first, key.second, state->kind, *state->expectation});
        }
        const auto rank = [&](const store::DueExpectation& each) {
            const auto range = std::ranges::find_if(wish.when, [&](const store::DueRange& one) {
                return each.expectation.due > one.after && each.expectation.due <= one.until;
            });
            return std::tuple(each.expectation.purpose != event::Purpose::confirmation, range, each.expectation.due);
        };
        std::ranges::stable_sort(of_source, std::less<>(), rank);
        if (of_source.size() > wish.limit) of_source.resize(wish.limit);
        std::ranges::move(of_source, std::back_inserter(found));
    }
    return found;
}

core::Result<std::vector<store::WaitingCount>> MemoryTables::waiting() const {
    std::map<std::string, store::WaitingCount> counts;
    for (const auto& [key, payment] : payments_) {
        const auto state = event::unpack(payment.state);
        if (!state) return state.error();
        if (!state->expectation) continue;
        store::WaitingCount& count = counts[key.first];
        count.source = key.first;
        ++count.open;
        if (state->expectation->purpose == event::Purpose::confirmation) ++count.held;
    }
    std::vector<store::WaitingCount> all;
    for (auto& [source, count] : counts) all.push_back(std::move(count));
    return all;
}

}  // namespace tollgate::test
