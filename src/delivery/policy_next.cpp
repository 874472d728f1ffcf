// DeliveryPolicy's outputs: what to load, read, attempt and save now, and when to look again.
#include "policy_state.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate::delivery {

namespace {

using Load = ShardProgress::Load;
constexpr std::array both_kinds = {AttemptKind::first, AttemptKind::retry};

/// Decisions without a confirmed save; beyond, nothing is attempted: a crash would repeat too much.
constexpr std::size_t max_unsaved = 1'024;
/// Positions done beyond the cursor, for each event that a window may hold: bounds what a save carries while one event
/// of a shard takes its time.
constexpr std::size_t max_ahead_per_entry = 16;
/// Copies of parked deliveries held or asked for, of each kind.
constexpr std::size_t max_claimed = 32;

}  // namespace

std::vector<Command> DeliveryPolicy::next(core::WallTime wall, core::SteadyTime now) {
    std::vector<Command> commands;
    state_->last_next = now;
    // First of all: a process that has slept must see that its leases are over before it starts anything.
    state_->drop_expired(now);
    state_->give_up_finished();
    state_->request_leases(commands, now);
    for (ShardProgress& progress : state_->shards) progress.window.end_rests(now);
    state_->request_loads(commands, now);
    state_->regroup(wall, now);
    state_->request_reads(commands, now);
    state_->claim_due(now);
    state_->request_copies(commands, now);
    state_->start_attempts(commands, now);
    state_->request_save(commands, now);
    state_->request_pause(commands, now);
    return commands;
}

std::size_t DeliveryPolicy::State::unsaved() const noexcept {
    std::size_t sum = 0;
    for (const ShardProgress& progress : shards) sum += progress.unsaved.count();
    return sum;
}

bool DeliveryPolicy::State::saturated() const noexcept {
    return unsaved() + flights.size() >= max_unsaved;
}

bool DeliveryPolicy::State::has_room(const ShardWindow& window) const noexcept {
    // Only when half of the window is free: pages, not single events.
    return window.size() * 2 <= options.page_entries && window.bytes() * 2 <= options.page_bytes &&
           window.ahead().size() < options.page_entries * max_ahead_per_entry;
}

bool DeliveryPolicy::State::wants_read(store::Shard shard) const noexcept {
    const ShardProgress& progress = shards[shard];
    return leases.works(shard) && progress.load == Load::done && progress.grown && !progress.reading_after &&
           has_room(progress.window);
}

bool DeliveryPolicy::State::is_dirty(const ShardProgress& progress) const noexcept {
    return progress.window.moved() || progress.unsaved.has_pending();
}

void DeliveryPolicy::State::request_loads(std::vector<Command>& commands, core::SteadyTime now) {
    for (store::Shard shard = 0; shard < shards.size(); ++shard) {
        ShardProgress& progress = shards[shard];
        if (!leases.works(shard) || progress.load != Load::wanted || !progress.load_backoff.over(now)) continue;
        progress.load = Load::asked;
        commands.emplace_back(LoadDelivery{{shard, leases.token(shard)}});
    }
}

void DeliveryPolicy::State::request_reads(std::vector<Command>& commands, core::SteadyTime now) {
    for (store::Shard shard = 0; shard < shards.size(); ++shard) {
        ShardProgress& progress = shards[shard];
        if (!wants_read(shard) || !progress.read_backoff.over(now)) continue;
        progress.grown = false;
        progress.reading_after = progress.window.last_read();
        commands.emplace_back(ReadLog{{shard, leases.token(shard)},
                                      progress.window.last_read(),
                                      options.page_entries - progress.window.size(),
                                      std::max<std::size_t>(options.page_bytes - progress.window.bytes(), 1)});
    }
}

/// What was parked without an attempt that counts, and is not due, was asked to wait.
bool DeliveryPolicy::State::parked_rests(store::Shard shard, std::uint64_t payment, core::SteadyTime now) {
    const std::optional<ParkedKey> first = parked.first_of(shard, payment);
    if (!first) return false;
    const ParkedRecord& record = *parked.find(*first);
    return record.kind() == AttemptKind::first && record.due > now;
}

/// Gives up what is superseded, and parks what waits behind a parked delivery or as long as the subscriber asked, so
/// that it does not hold the cursor.
void DeliveryPolicy::State::regroup(core::WallTime wall, core::SteadyTime now) {
    if (pause.holds()) return;
    if (parking_blocked && may_park()) {
        parking_blocked = false;
        want_regroup();
    }
    for (store::Shard shard = 0; shard < shards.size(); ++shard) {
        ShardProgress& progress = shards[shard];
        const ShardWindow& window = progress.window;
        // The cursor of a failing subscriber stands. But a window full of what must wait for a day would also keep out
        // the events to probe with, so nobody would notice that it has recovered.
        if (breaker.open() && (has_room(window) || !window.stuck())) continue;
        if (!leases.works(shard) || !std::exchange(progress.regroup, false)) continue;
        std::vector<std::uint64_t> payments(window.behind_parked().begin(), window.behind_parked().end());
        if (breaker.open()) std::erase_if(payments, [&](auto payment) { return !parked_rests(shard, payment, now); });
        payments.insert(payments.end(), window.resting().begin(), window.resting().end());
        for (const std::uint64_t payment : payments) regroup_payment(shard, payment, wall, now);
    }
}

void DeliveryPolicy::State::regroup_payment(store::Shard shard, std::uint64_t payment, core::WallTime wall,
                                            core::SteadyTime now) {
    ShardWindow& window = shards[shard].window;
    std::optional<ParkedKey> first = parked.first_of(shard, payment);
    // Of a failing subscriber nothing is given up.
    while (first && calm() && supersede(*first, std::nullopt, wall, now)) first = parked.first_of(shard, payment);
    while (const std::optional<store::Position> waiting = window.first_waiting(payment)) {
        const std::optional<core::SteadyTime> rests_until = window.find(*waiting)->rests_until;
        if (!first && !rests_until) break;
        if (!may_park()) {
            parking_blocked = true;
            break;
        }
        const core::SteadyTime due = std::max(rests_until.value_or(now), now);
        park(Flight{shard, payment, *waiting}, 0, std::chrono::ceil<std::chrono::milliseconds>(due - now), std::nullopt,
             wall, now);
        first = parked.first_of(shard, payment);
    }
    window.settle(payment, first.has_value());
}

/// Due parked deliveries get their copies: from an unconfirmed save at once, from the store otherwise.
void DeliveryPolicy::State::claim_due(core::SteadyTime now) {
    if (pause.holds() || saturated()) return;
    std::size_t most = std::min<std::size_t>(max_claimed, options.max_in_flight);
    if (breaker.open()) {
        // One at a time is enough for probes.
        const bool any = parked.claimed(AttemptKind::first) + parked.claimed(AttemptKind::retry) != 0;
        if (any || breaker.allowed_in_flight(1, now) == 0) return;
        most = 1;
    }
    for (const AttemptKind kind : both_kinds) {
        while (parked.claimed(kind) < most) {
            const std::optional<ParkedKey> key = parked.claim(kind, now);
            if (!key) break;
            ShardProgress& progress = shards[key->shard];
            if (const store::LogEntry* copy = progress.unsaved.copy_of(key->position)) {
                parked.give_copy(*key, *copy);
            } else {
                progress.to_fetch.push_back(*key);
            }
        }
    }
}

void DeliveryPolicy::State::request_copies(std::vector<Command>& commands, core::SteadyTime now) {
    for (store::Shard shard = 0; shard < shards.size(); ++shard) {
        ShardProgress& progress = shards[shard];
        if (progress.to_fetch.empty() || !progress.fetching.empty() || !progress.fetch_backoff.over(now)) continue;
        ReadParked read{{shard, leases.token(shard)}, {}};
        for (const ParkedKey& key : std::exchange(progress.to_fetch, {})) {
            const ParkedRecord* record = parked.find(key);
            if (record == nullptr || record->stage != Stage::claimed) continue;  // superseded or shelved meanwhile
            read.event_ids.push_back(record->event_id);
            progress.fetching.push_back(key);
        }
        if (!read.event_ids.empty()) commands.emplace_back(std::move(read));
    }
}

void DeliveryPolicy::State::start_attempts(std::vector<Command>& commands, core::SteadyTime now) {
    // What is sent must be over before another node can hold the lease: order at the subscriber rests on it.
    if (pause.holds() || !leases.outlast(now + options.request_timeout)) return;
    while (flights.size() < breaker.allowed_in_flight(options.max_in_flight, now) && rate.has_token(now) &&
           !saturated()) {
        if (!start_one(commands, now)) return;
        rate.take(now);
    }
}

/// Parked deliveries and fresh events take turns, so that neither starves the other.
bool DeliveryPolicy::State::start_one(std::vector<Command>& commands, core::SteadyTime now) {
    const bool probe = breaker.open();
    for (const bool from_parked : {parked_turn, !parked_turn}) {
        if (from_parked ? start_parked(commands, probe, now) : start_fresh(commands, probe)) {
            parked_turn = !from_parked;
            return true;
        }
    }
    return false;
}

bool DeliveryPolicy::State::start_fresh(std::vector<Command>& commands, bool probe) {
    // What fails needs a place to be parked. A probe is never parked.
    if (!probe && parked.size() >= options.max_parked) return false;
    const std::optional<store::Shard> shard = choose_fresh(probe);
    if (!shard) return false;
    shard_turn = (*shard + 1) % shards.size();
    const Slot& slot = shards[*shard].window.start();
    budget.first_attempt();
    flights.emplace(++last_attempt, Flight{*shard, slot.payment, slot.entry.position, false, probe});
    commands.emplace_back(StartAttempt{last_attempt, slot.entry, 1});
    return true;
}

/// The shards in turn; for a probe the oldest event of those put back least.
std::optional<store::Shard> DeliveryPolicy::State::choose_fresh(bool probe) const {
    std::optional<store::Shard> chosen;
    std::pair<std::uint32_t, core::WallTime> best;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const auto shard = static_cast<store::Shard>((shard_turn + i) % shards.size());
        if (!leases.works(shard)) continue;
        const Slot* slot = shards[shard].window.next_ready();
        if (slot == nullptr) continue;
        if (!probe) return shard;
        const std::pair age{slot->turn, slot->entry.received_at};
        if (chosen && best <= age) continue;
        chosen = shard;
        best = age;
    }
    return chosen;
}

bool DeliveryPolicy::State::start_parked(std::vector<Command>& commands, bool probe, core::SteadyTime now) {
    const std::optional<ParkedKey> first = parked.next_ready(AttemptKind::first);
    // Probes are rarer than any budget, so they need not wait for it.
    std::optional<ParkedKey> retry;
    if (probe || budget.allows_retry(now)) retry = parked.next_ready(AttemptKind::retry);
    if (!first && !retry) return false;
    const bool take_retry = retry && (!first || parked.find(*retry)->due < parked.find(*first)->due);
    if (take_retry) {
        budget.try_retry(now);
    } else {
        budget.first_attempt();
    }
    auto [key, copy] = parked.start(take_retry ? AttemptKind::retry : AttemptKind::first);
    const std::uint32_t attempts = parked.find(key)->attempts;
    flights.emplace(++last_attempt, Flight{key.shard, key.payment, key.position, true, probe});
    commands.emplace_back(StartAttempt{last_attempt, std::move(copy), attempts + 1});
    return true;
}

void DeliveryPolicy::State::request_save(std::vector<Command>& commands, core::SteadyTime now) {
    if (saving || leases.fenced() || !save_backoff.over(now)) return;
    SaveDelivery save;
    for (store::Shard shard = 0; shard < shards.size(); ++shard) {
        ShardProgress& progress = shards[shard];
        if (!is_dirty(progress)) continue;
        // Each shard's changes go as a whole: its cursor must not pass an event whose park is left for later.
        store::DeliveryUpdate update;
        update.subscriber = options.subscriber;
        update.shard = shard;
        update.lease = leases.token(shard);
        update.cursor = progress.window.cursor();
        update.ahead.assign(progress.window.ahead().begin(), progress.window.ahead().end());
        progress.unsaved.take(update);
        progress.burying_sent = std::exchange(progress.burying, {});
        progress.window.mark_moved(false);
        saved_shards.push_back(shard);
        save.updates.push_back(std::move(update));
    }
    if (save.updates.empty()) return;
    saving = true;
    commands.emplace_back(std::move(save));
}

void DeliveryPolicy::State::request_pause(std::vector<Command>& commands, core::SteadyTime now) {
    if (auto why = pause.to_save(now)) commands.emplace_back(SavePause{std::move(*why)});
}

std::optional<std::chrono::milliseconds> DeliveryPolicy::wake_after(core::SteadyTime now) const {
    const State& state = *state_;
    std::optional<core::SteadyTime> earliest;
    // What was due already when next() was called waits for an input, not for a time.
    const auto consider = [&](std::optional<core::SteadyTime> time) {
        if (time && *time > state.last_next && (!earliest || *time < *earliest)) earliest = time;
    };
    consider(state.leases.next_request());
    consider(state.leases.next_end());
    bool dirty = false;
    bool fresh = false;
    for (store::Shard shard = 0; shard < state.shards.size(); ++shard) {
        const ShardProgress& progress = state.shards[shard];
        if (state.leases.works(shard) && progress.load == Load::wanted) consider(progress.load_backoff.until());
        if (state.wants_read(shard)) consider(progress.read_backoff.until());
        if (!progress.to_fetch.empty() && progress.fetching.empty()) consider(progress.fetch_backoff.until());
        dirty = dirty || state.is_dirty(progress);
        fresh = fresh || (state.leases.works(shard) && progress.window.next_ready() != nullptr);
        consider(progress.window.next_rest_end());
    }
    if (dirty && !state.saving && !state.leases.fenced()) consider(state.save_backoff.until());
    consider(state.pause.next_save());
    if (!state.pause.holds()) {
        const bool copies = state.parked.claimed(AttemptKind::first) + state.parked.claimed(AttemptKind::retry) != 0;
        if (fresh || copies) consider(state.rate.next());
        if (state.parked.claimed(AttemptKind::retry) != 0) consider(state.budget.next(state.last_next));
        for (const AttemptKind kind : both_kinds) consider(state.parked.next_due(kind));
        consider(state.breaker.next_probe());
    }
    if (!earliest) return std::nullopt;
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(*earliest - now), std::chrono::milliseconds{0});
}

bool DeliveryPolicy::paused() const noexcept {
    return state_->pause.holds();
}
std::string DeliveryPolicy::why_paused() const {
    return state_->pause.why();
}
bool DeliveryPolicy::breaker_open() const noexcept {
    return state_->breaker.open();
}
std::size_t DeliveryPolicy::parked() const noexcept {
    return state_->parked.size();
}
std::size_t DeliveryPolicy::in_flight() const noexcept {
    return state_->flights.size();
}
std::optional<core::WallTime> DeliveryPolicy::oldest_undelivered() const noexcept {
    return state_->ages.oldest();
}
const DeliveryCounters& DeliveryPolicy::counters() const noexcept {
    return state_->counters;
}

bool DeliveryPolicy::has_unsaved() const noexcept {
    return state_->saving || state_->pause.is_unsaved() ||
           std::any_of(state_->shards.begin(), state_->shards.end(),
                       [&](const ShardProgress& progress) { return state_->is_dirty(progress); });
}

}  // namespace tollgate::delivery
