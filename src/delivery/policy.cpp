// DeliveryPolicy's inputs: what the store and the subscriber answered, and what follows from it.
#include "policy_state.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tollgate::delivery {

namespace {

using std::chrono::milliseconds;

/// The longest that a delivery can have been told to wait.
milliseconds longest_delay(const std::vector<milliseconds>& schedule) {
    milliseconds longest = net::longest_retry_after;
    for (const milliseconds delay : schedule) longest = std::max(longest, delay + delay / 5);
    return longest;
}

/// A parked delivery's record says when it is due, not when its event came: from the schedule that it has behind it.
core::WallTime estimated_received_at(const store::ParkedDelivery& delivery, const std::vector<milliseconds>& schedule,
                                     core::WallTime wall) {
    core::WallTime estimate = delivery.next_attempt_at;
    for (std::size_t i = 0; i < delivery.attempts && i < schedule.size(); ++i) estimate -= schedule[i];
    return std::min(estimate, wall);
}

}  // namespace

DeliveryPolicy::State::State(PolicyOptions options_, store::Shard shard_count, std::uint64_t seed)
    : options(std::move(options_)),
      leases(shard_count),
      shards(shard_count),
      rate(options.rate_per_second),
      random_state(seed) {
    assert(options.page_entries >= 1 && options.max_in_flight >= 1);
}

void DeliveryPolicy::State::load(store::Shard shard, const store::DeliveryState& loaded, core::WallTime wall,
                                 core::SteadyTime now) {
    // A parked delivery may lie beyond the cursor: its event is not to be taken from the log as well.
    std::vector<store::Position> done = loaded.ahead;
    const milliseconds longest = longest_delay(options.retry);
    for (const store::ParkedDelivery& delivery : loaded.parked) {
        done.push_back(delivery.position);
        ParkedRecord record;
        record.event_id = delivery.event_id;
        record.happening = delivery.happening;
        record.attempts = delivery.attempts;
        // A wall clock that was wrong when this was written must not keep it waiting longer than any schedule would,
        // and not at all where it may only have waited for the one before it. So what the subscriber asked for by
        // attempts that left no trace is forgotten with the process that heard it.
        record.due = now;
        if (record.kind() == AttemptKind::retry) {
            record.due += std::clamp(delivery.next_attempt_at - wall, milliseconds{0}, longest);
        }
        record.received_at = estimated_received_at(delivery, options.retry, wall);
        ages.add(record.received_at);
        parked.insert({shard, delivery.payment, delivery.position}, std::move(record), now);
    }
    shards[shard].window.load(loaded.cursor, done);
    hold_what_flies(shard);
}

void DeliveryPolicy::State::admit(store::Shard shard, store::LogEntry entry) {
    ShardProgress& progress = shards[shard];
    const store::Position position = entry.position;
    if (progress.window.is_new(position)) {
        if (options.filter.wants(entry)) {
            const std::uint64_t payment = store::payment_key(entry.source, entry.reference);
            ages.add(entry.received_at);
            progress.window.add(std::move(entry), payment);
            settle(shard, payment);
        } else {
            ++counters.filtered;
        }
    }
    progress.window.read_to(position);
}

void DeliveryPolicy::State::settle(store::Shard shard, std::uint64_t payment) {
    ShardProgress& progress = shards[shard];
    progress.window.settle(payment, parked.holds_any_of(shard, payment));
    if (progress.window.holds_cursor(payment)) progress.regroup = true;
}

void DeliveryPolicy::State::want_regroup() noexcept {
    for (ShardProgress& progress : shards) progress.regroup = true;
}

void DeliveryPolicy::State::calmed() {
    for (ShardProgress& progress : shards) progress.window.forget_turns();
    want_regroup();
}

void DeliveryPolicy::State::pause_ended() {
    breaker.restart_ramp();
    calmed();
}

void DeliveryPolicy::State::forget_missing(const ParkedKey& key, core::SteadyTime now) {
    ages.remove(parked.find(key)->received_at);
    parked.erase(key, now);
    ++counters.missing_copies;
    settle(key.shard, key.payment);
}

DeliveryPolicy::DeliveryPolicy(PolicyOptions options, store::Shard shard_count, std::uint64_t seed)
    : state_(std::make_unique<State>(std::move(options), shard_count, seed)) {}

DeliveryPolicy::~DeliveryPolicy() = default;

void DeliveryPolicy::delivery_loaded(store::Lease lease, core::Result<store::DeliveryState> state, core::WallTime wall,
                                     core::SteadyTime now) {
    const store::Shard shard = lease.shard;
    if (!state_->is_current(lease)) return;
    ShardProgress& progress = state_->shards[shard];
    if (progress.load == ShardProgress::Load::done) return;
    if (!state) {
        progress.load = ShardProgress::Load::wanted;
        progress.load_backoff.failed(now);
        return;
    }
    progress.load = ShardProgress::Load::done;
    progress.history = state->history;
    state_->load(shard, *state, wall, now);
}

void DeliveryPolicy::log_grew(store::Shard shard) {
    state_->shards.at(shard).grown = true;
}

void DeliveryPolicy::log_read(store::Lease lease, core::Result<store::LogPage> page, core::SteadyTime now) {
    const store::Shard shard = lease.shard;
    if (!state_->is_current(lease)) return;
    ShardProgress& progress = state_->shards[shard];
    const std::optional<store::Position> after = std::exchange(progress.reading_after, std::nullopt);
    if (!after) return;
    if (!page) {
        progress.read_backoff.failed(now);
        progress.grown = true;
        return;
    }
    progress.read_backoff.succeeded();
    // What was loaded belongs to a history that the store has lost: its positions may be those of other events by now.
    if (page->history != progress.history) {
        state_->leases.fence();
        return;
    }
    // Asked for before the window was rewound: the log is to be read from further back.
    if (*after != progress.window.last_read()) {
        progress.grown = true;
        return;
    }
    // An empty page ends the reading whatever the head: what retention took is not there to be had.
    const bool more = !page->entries.empty() && page->head > page->entries.back().position;
    for (store::LogEntry& entry : page->entries) state_->admit(shard, std::move(entry));
    if (more) progress.grown = true;
}

void DeliveryPolicy::parked_read(store::Lease lease, core::Result<std::vector<store::ParkedEvent>> events,
                                 core::SteadyTime now) {
    if (!state_->is_current(lease)) return;
    ShardProgress& progress = state_->shards[lease.shard];
    const std::vector<ParkedKey> asked = std::exchange(progress.fetching, {});
    if (asked.empty()) return;
    if (!events) {
        progress.fetch_backoff.failed(now);
        progress.to_fetch.insert(progress.to_fetch.begin(), asked.begin(), asked.end());
        return;
    }
    progress.fetch_backoff.succeeded();
    std::unordered_map<std::string, store::LogEntry> copies;
    for (store::ParkedEvent& parked : *events) copies.emplace(parked.event.event_id, std::move(parked.event));
    for (const ParkedKey& key : asked) {
        ParkedRecord* record = state_->parked.find(key);
        if (record == nullptr || record->stage != Stage::claimed) continue;  // superseded or shelved meanwhile
        const auto copy = copies.find(record->event_id);
        if (copy == copies.end()) {
            state_->forget_missing(key, now);
            continue;
        }
        state_->ages.remove(record->received_at);
        record->received_at = copy->second.received_at;
        state_->ages.add(record->received_at);
        state_->parked.give_copy(key, std::move(copy->second));
    }
}

void DeliveryPolicy::saved(core::Result<void> result, core::SteadyTime now) {
    if (!std::exchange(state_->saving, false)) return;
    for (const store::Shard shard : std::exchange(state_->saved_shards, {})) {
        ShardProgress& progress = state_->shards[shard];
        if (result) {
            progress.unsaved.confirmed();
            state_->confirm_burials(shard);
        } else {
            progress.unsaved.failed();
            progress.burying.merge(progress.burying_sent);
            progress.burying_sent.clear();
            progress.window.mark_moved(true);
        }
    }
    if (result) {
        state_->save_backoff.succeeded();
        return;
    }
    if (result.error().code == core::Errc::fenced) state_->leases.fence();
    state_->save_backoff.failed(now);
}

bool DeliveryPolicy::attempt_finished(AttemptId id, const AttemptResult& result, core::WallTime wall,
                                      core::SteadyTime now) {
    state_->drop_expired(now);
    const auto found = state_->flights.find(id);
    if (found == state_->flights.end()) return false;
    const Flight flight = found->second;
    state_->flights.erase(found);
    state_->heed(flight, result, now);
    if (flight.lost) {
        state_->release(flight.shard, flight.payment);
        return false;
    }
    if (is_delivered(result.status)) {
        state_->succeeded(flight, now);
    } else {
        state_->failed(flight, result, wall, now);
    }
    return true;
}

void DeliveryPolicy::pause_saved(core::Result<void> result, core::SteadyTime now) {
    state_->pause.saved(result.has_value(), now);
}

void DeliveryPolicy::pause() {
    state_->pause.begin();
}

void DeliveryPolicy::resume() {
    state_->pause.end();
    state_->pause_ended();
}

void DeliveryPolicy::reconfigure(PolicyOptions options) {
    assert(options.subscriber == state_->options.subscriber);
    assert(options.page_entries >= 1 && options.max_in_flight >= 1);
    const bool filter_changed = options.filter != state_->options.filter;
    state_->rate.set_rate(options.rate_per_second);
    const bool terms_changed = options.request_timeout != state_->options.request_timeout ||
                               options.lease_margin != state_->options.lease_margin;
    if (terms_changed) state_->leases.ask_soon();
    state_->options = std::move(options);
    state_->want_regroup();
    if (!filter_changed) return;
    for (ShardProgress& progress : state_->shards) {
        for (const store::LogEntry& entry : progress.window.rewind()) state_->ages.remove(entry.received_at);
        progress.grown = true;
    }
}

}  // namespace tollgate::delivery
