// DeliveryWatch: rule 9, at every change of what the store keeps of a subscriber.
#include "simulation/broken_rule.hpp"
#include "simulation/delivery_watch.hpp"
#include "simulation/reference_model.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tollgate::simulation {

bool DeliveryWatch::is_parked(const std::string& event_id) const {
    return stored_->parked.contains(event_id);
}

bool DeliveryWatch::has_expired(store::Shard shard, store::Position position) const {
    return std::any_of(stored_->dead.begin(), stored_->dead.end(), [&](const store::DeadLetter& letter) {
        return letter.event_id.empty() && letter.shard == shard && letter.first <= position && position <= letter.last;
    });
}

bool DeliveryWatch::is_finished(const LoggedEvent& logged) const {
    const test::MemoryTables::Cursor& cursor = stored_->cursors[logged.shard];
    const store::Position position = logged.entry.position;
    const bool passed = position <= cursor.position || cursor.ahead.contains(position);
    return passed && !is_parked(logged.entry.event_id) && !has_expired(logged.shard, position);
}

void DeliveryWatch::look() {
    if (stored_ == nullptr) {
        const auto found = tables_.subscribers().find(plan_.options.subscriber);
        if (found == tables_.subscribers().end()) return;
        stored_ = &found->second;
        for (store::Shard shard = 0; shard < tables_.logs().size(); ++shard) {
            const test::MemoryTables::ShardLog& log = tables_.logs()[shard];
            const store::Position wanted = plan_.from == store::StartFrom::now ? log.head : log.trimmed;
            const store::Position found_at = stored_->cursors[shard].position;
            require(found_at == wanted, rule::nothing_dropped,
                    [&] { return plan_.options.subscriber + " starts at " + std::to_string(found_at); });
            start_.push_back(wanted);
        }
        cursors_ = stored_->cursors;
        world_.note(What::subscriber_joined, number_);
        if (plan_.joins_after.count() > 0) tally_.add(Seen::late_subscriber);
    }
    look_at_leases();
    // Before the cursors: what died may be passed.
    look_at_dead_letters();
    look_at_cursors();
    look_at_parked();
}

void DeliveryWatch::look_at_dead_letters() {
    for (; dead_letters_ < stored_->dead.size(); ++dead_letters_) {
        const store::DeadLetter& letter = stored_->dead[dead_letters_];
        if (letter.event_id.empty()) {
            tally_.add(Seen::expired_range);
        } else {
            ++died_;
            check_dead_letter(letter);
        }
        world_.note(What::dead_letter, number_, -1, letter.last, static_cast<std::uint64_t>(letter.reason));
    }
}

void DeliveryWatch::check_dead_letter(const store::DeadLetter& letter) {
    const int event = log_.find(letter.event_id, letter.event ? letter.event->body : std::string());
    require(event >= 0, rule::dead_letters, [&] { return "a dead letter of an unknown event: " + letter.event_id; });
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    Delivery& delivery = of(event);
    require(!delivery.dead, rule::dead_letters, [&] { return name(event) + " died twice"; });
    delivery.dead = true;
    require(letter.event && letter.event->body == logged.entry.body && letter.last == logged.entry.position,
            rule::dead_letters, [&] { return name(event) + " is not what its dead letter holds"; });
    require(letter.failures.size() <= 10, rule::bounds, [&] { return name(event) + " keeps too many failures"; });
    if (letter.reason == store::DeadReason::exhausted) {
        tally_.add(Seen::exhausted);
        require(letter.attempts == most_attempts() && delivery.most_counted == most_attempts(), rule::dead_letters,
                [&] {
                    return name(event) + " was given up after " + std::to_string(letter.attempts) +
                           " attempts, of which " + std::to_string(delivery.most_counted) + " failed";
                });
        return;
    }
    tally_.add(Seen::superseded);
    const std::string_view happening = std::string_view(logged.entry.type).substr(logged.entry.type.find('.') + 1);
    require(happening == "pending" || happening == "action_required", rule::superseded,
            [&] { return name(event) + " was superseded"; });
    require(letter.attempts >= 3 && delivery.most_counted >= 3, rule::superseded, [&] {
        return name(event) + " was superseded after " + std::to_string(letter.attempts) + " attempts, of which " +
               std::to_string(delivery.most_counted) + " failed";
    });
    const std::vector<int>& events = log_.of_payment(logged.payment);
    const bool later = std::any_of(events.begin(), events.end(), [&](int other) {
        return log_.events()[static_cast<std::size_t>(other)].entry.position > logged.entry.position &&
               of(other).wanted;
    });
    require(later, rule::superseded, [&] { return name(event) + " was superseded by nothing"; });
}

void DeliveryWatch::look_at_leases() {
    const auto* holdings = tables_.leases().holdings(plan_.options.subscriber);
    if (holdings == nullptr) return;
    holders_.resize(holdings->size());
    for (store::Shard shard = 0; shard < holdings->size(); ++shard) {
        const test::MemoryLeases::Holding& holding = (*holdings)[shard];
        auto& [token, node] = holders_[shard];
        if (token == holding.token || holding.node.empty()) continue;
        token = holding.token;
        if (node != holding.node && !node.empty()) tally_.add(Seen::lease_moved);
        node = holding.node;
        world_.note(What::lease_granted, number_, -1, shard, static_cast<std::uint64_t>(node.back() - '0'));
    }
}

/// Where a cursor comes to stand it was sent to by whoever holds the shard.
void DeliveryWatch::check_saved_under(store::Shard shard, store::Position cursor) {
    if (cursor <= tables_.logs()[shard].trimmed) return;  // retention did it
    const auto* holdings = tables_.leases().holdings(plan_.options.subscriber);
    require(holdings != nullptr && (*holdings)[shard].until > world_.now() &&
                saves_.contains({(*holdings)[shard].token, cursor}),
            rule::fence, [&] {
                return plan_.options.subscriber + ": the cursor of shard " + std::to_string(shard) + " went to " +
                       std::to_string(cursor) + ", not by the word of whoever holds it";
            });
}

/// What the store's cursor has behind it, or names as done ahead of it, must be done.
void DeliveryWatch::check_passed(store::Shard shard, store::Position position) {
    const std::vector<int>& events = log_.in_shard(shard);
    require(position <= events.size(), rule::nothing_dropped, [&] {
        return plan_.options.subscriber + ": position " + std::to_string(position) + " is done, but was never written";
    });
    const int event = events[position - 1];
    const bool done =
        !of(event).must || is_over(event) || is_parked(log_.events()[static_cast<std::size_t>(event)].entry.event_id);
    require(done, rule::nothing_dropped,
            [&] { return name(event) + " was passed by the cursor, but is neither delivered nor parked nor dead"; });
}

void DeliveryWatch::look_at_cursors() {
    for (store::Shard shard = 0; shard < cursors_.size(); ++shard) {
        test::MemoryTables::Cursor& known = cursors_[shard];
        const test::MemoryTables::Cursor& now = stored_->cursors[shard];
        require(now.position >= known.position, rule::nothing_dropped,
                [&] { return plan_.options.subscriber + ": the cursor moved back"; });
        if (now.position != known.position) {
            for (store::Position position = known.position + 1; position <= now.position; ++position)
                check_passed(shard, position);
            check_saved_under(shard, now.position);
            world_.note(What::cursor_moved, number_, -1, shard, now.position);
            known.position = now.position;
        }
        // Whatever is new in it makes it longer, or its end another.
        const bool same = now.ahead.size() == known.ahead.size() &&
                          (now.ahead.empty() || (*now.ahead.begin() == *known.ahead.begin() &&
                                                 *now.ahead.rbegin() == *known.ahead.rbegin()));
        if (same) continue;
        for (const store::Position position : now.ahead)
            if (!known.ahead.contains(position)) check_passed(shard, position);
        known.ahead = now.ahead;
    }
}

void DeliveryWatch::look_at_parked() {
    // As many as before are the same ones, nearly always; so all are compared only now and then.
    constexpr unsigned between_full_looks = 32;
    if (stored_->parked.size() == parked_.size() && ++looks_ % between_full_looks != 0) return;
    for (const std::string& event_id : parked_) {
        if (is_parked(event_id)) continue;
        const std::vector<int>& events = log_.all(event_id);
        const bool over = std::any_of(events.begin(), events.end(), [&](int event) { return is_over(event); });
        require(over, rule::nothing_dropped,
                [&] { return name(events.front()) + " is no longer parked, but neither delivered nor dead"; });
    }
    parked_.clear();
    for (const auto& [event_id, parked] : stored_->parked) {
        const int event = log_.find(event_id, parked.event.body);
        require(event >= 0 && parked.event.body == log_.events()[static_cast<std::size_t>(event)].entry.body,
                rule::same_bytes, [&] { return "what is parked is not what the log had: " + event_id; });
        parked_.insert(parked_.end(), event_id);
    }
}

void DeliveryWatch::end() {
    look();
    require(stored_ != nullptr, rule::nothing_dropped,
            [&] { return plan_.options.subscriber + " was never enrolled"; });
    const bool flies =
        std::any_of(workers_.begin(), workers_.end(), [](const Worker& worker) { return !worker.flights.empty(); });
    require(stored_->parked.empty() && !flies, rule::progress, [&] {
        return plan_.options.subscriber + ": " + std::to_string(stored_->parked.size()) +
               " deliveries are parked when nothing happens any more";
    });
    for (int event = 0; event < static_cast<int>(log_.events().size()); ++event) {
        const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
        const Delivery& delivery = of(event);
        if (!delivery.must || logged.entry.position <= start_[logged.shard]) continue;
        const bool taken = delivery.taken > 0 || delivery.dead || has_expired(logged.shard, logged.entry.position);
        require(taken, rule::nothing_dropped, [&] { return name(event) + " was never delivered, and is not dead"; });
        require(delivery.taken > 0 || !delivery.told, rule::nothing_dropped,
                [&] { return name(event) + " counts as delivered, but the subscriber never took it"; });
    }
    for (store::Shard shard = 0; shard < start_.size(); ++shard) {
        require(stored_->cursors[shard].position == tables_.logs()[shard].head, rule::progress, [&] {
            return plan_.options.subscriber + ": the cursor of shard " + std::to_string(shard) + " ends at " +
                   std::to_string(stored_->cursors[shard].position) + ", the log at " +
                   std::to_string(tables_.logs()[shard].head);
        });
    }
}

}  // namespace tollgate::simulation
