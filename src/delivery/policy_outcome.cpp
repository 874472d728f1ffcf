// DeliveryPolicy: what follows from an attempt that succeeded or failed.
#include "policy_state.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tollgate::delivery {

namespace {

using std::chrono::milliseconds;

/// A non-final event that failed this often is given up when a later one of its payment waits.
constexpr std::uint32_t attempts_before_superseded = 3;
constexpr unsigned status_gone = 410;
constexpr unsigned status_too_many_requests = 429;
constexpr unsigned status_unavailable = 503;
constexpr std::size_t longest_failure_text = 200;

bool is_superseded_by_later(event::Happening happening) noexcept {
    return happening == event::Happening::pending || happening == event::Happening::action_required;
}

/// How long the subscriber asked us to wait, if it may.
std::optional<milliseconds> asked_wait(const AttemptResult& result) {
    if (result.status != status_too_many_requests && result.status != status_unavailable) return std::nullopt;
    return result.retry_after;
}

store::FailedAttempt failed_attempt(const AttemptResult& result, core::WallTime wall) {
    store::FailedAttempt failure;
    failure.at = wall;
    constexpr milliseconds longest{UINT32_MAX};
    failure.duration_ms = static_cast<std::uint32_t>(std::clamp(result.duration, milliseconds{0}, longest).count());
    failure.what = result.what.substr(0, longest_failure_text);
    return failure;
}

}  // namespace

/// splitmix64: the same seed gives the same jitter on every machine.
double DeliveryPolicy::State::jitter() noexcept {
    random_state += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = random_state;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    z ^= z >> 31U;
    return static_cast<double>(z >> 11U) * 0x1.0p-53;
}

void DeliveryPolicy::State::heed(const Flight& flight, const AttemptResult& result, core::SteadyTime now) {
    if (is_delivered(result.status)) {
        const bool was_open = breaker.open();
        breaker.succeeded();
        if (was_open) calmed();
    } else if (result.status == status_gone) {
        pause.gone();
    } else if (!breaker.open() || flight.probe) {
        breaker.failed(flight.payment, now);
    }
}

void DeliveryPolicy::State::succeeded(const Flight& flight, core::SteadyTime now) {
    ShardProgress& progress = shards[flight.shard];
    ++counters.delivered;
    if (flight.parked) {
        const ParkedRecord* record = parked.find(flight.key());
        ages.remove(record->received_at);
        progress.unsaved.finish(flight.position, record->event_id);
        parked.erase(flight.key(), now);
    } else {
        const store::LogEntry entry = progress.window.finish(flight.position);
        ages.remove(entry.received_at);
        progress.unsaved.delivered();
    }
    settle(flight.shard, flight.payment);
}

void DeliveryPolicy::State::failed(const Flight& flight, const AttemptResult& result, core::WallTime wall,
                                   core::SteadyTime now) {
    ++counters.failed_attempts;
    if (!calm()) {
        leave_no_trace(flight, result, now);
    } else if (flight.parked) {
        parked_failed(flight, result, wall, now);
    } else {
        fresh_failed(flight, result, wall, now);
    }
    settle(flight.shard, flight.payment);
}

/// Behind all others that are due, so that one event that never succeeds is not the only one ever tried.
void DeliveryPolicy::State::leave_no_trace(const Flight& flight, const AttemptResult& result, core::SteadyTime now) {
    std::optional<core::SteadyTime> rests_until;
    if (const auto wait = asked_wait(result)) rests_until = now + std::min(*wait, net::longest_retry_after);
    if (flight.parked) {
        parked.wait_again(flight.key(), parked.find(flight.key())->attempts, rests_until.value_or(now));
    } else {
        shards[flight.shard].window.put_back(flight.position, rests_until);
    }
}

void DeliveryPolicy::State::fresh_failed(const Flight& flight, const AttemptResult& result, core::WallTime wall,
                                         core::SteadyTime now) {
    const std::optional<milliseconds> delay = retry_delay(options.retry, 1, jitter(), asked_wait(result));
    if (delay) {
        park(flight, 1, *delay, failed_attempt(result, wall), wall, now);
        return;
    }
    ShardProgress& progress = shards[flight.shard];
    store::Bury bury;
    bury.reason = store::DeadReason::exhausted;
    bury.at = wall;
    bury.failure = failed_attempt(result, wall);
    bury.event = progress.window.finish(flight.position);
    bury.event_id = bury.event->event_id;
    ages.remove(bury.event->received_at);
    progress.unsaved.bury(flight.position, std::move(bury));
    hold_followers(flight.shard, flight.payment);
    ++counters.dead_exhausted;
}

void DeliveryPolicy::State::parked_failed(const Flight& flight, const AttemptResult& result, core::WallTime wall,
                                          core::SteadyTime now) {
    const ParkedKey key = flight.key();
    const ParkedRecord& record = *parked.find(key);
    const std::uint32_t attempts = record.attempts + 1;
    const std::optional<milliseconds> delay = retry_delay(options.retry, attempts, jitter(), asked_wait(result));
    if (!delay) {
        bury_parked(key, store::DeadReason::exhausted, failed_attempt(result, wall), wall, now);
        return;
    }
    parked.wait_again(key, attempts, now + *delay);
    if (supersede(key, failed_attempt(result, wall), wall, now)) return;
    store::Reschedule reschedule;
    reschedule.event_id = record.event_id;
    reschedule.attempts = attempts;
    reschedule.next_attempt_at = wall + *delay;
    reschedule.failure = failed_attempt(result, wall);
    shards[key.shard].unsaved.reschedule(key.position, std::move(reschedule));
}

/// From the window to the parked ones. `attempts` 0: it has only met a parked one of its payment, or was asked to wait
/// by an attempt that left no trace.
void DeliveryPolicy::State::park(const Flight& flight, std::uint32_t attempts, milliseconds delay,
                                 std::optional<store::FailedAttempt> failure, core::WallTime wall,
                                 core::SteadyTime now) {
    ShardProgress& progress = shards[flight.shard];
    store::Park parking;
    parking.event = progress.window.finish(flight.position);
    parking.delivery.event_id = parking.event.event_id;
    parking.delivery.payment = flight.payment;
    parking.delivery.position = flight.position;
    parking.delivery.happening = parking.event.happening;
    parking.delivery.attempts = attempts;
    parking.delivery.next_attempt_at = wall + delay;
    if (failure) parking.failures.push_back(std::move(*failure));

    ParkedRecord record;
    record.event_id = parking.event.event_id;
    record.happening = parking.event.happening;
    record.attempts = attempts;
    record.due = now + delay;
    record.received_at = parking.event.received_at;  // its age stays in the index
    parked.insert(flight.key(), std::move(record), now);
    progress.unsaved.park(std::move(parking));
    ++counters.parked;
}

void DeliveryPolicy::State::bury_parked(const ParkedKey& key, store::DeadReason reason,
                                        std::optional<store::FailedAttempt> failure, core::WallTime wall,
                                        core::SteadyTime now) {
    const ParkedRecord& record = *parked.find(key);
    store::Bury bury;
    bury.event_id = record.event_id;
    bury.reason = reason;
    bury.at = wall;
    bury.failure = std::move(failure);
    shards[key.shard].unsaved.bury(key.position, std::move(bury));
    ages.remove(record.received_at);
    hold_followers(key.shard, key.payment);
    parked.erase(key, now);
    ++(reason == store::DeadReason::superseded ? counters.dead_superseded : counters.dead_exhausted);
}

void DeliveryPolicy::State::hold_followers(store::Shard shard, std::uint64_t payment) {
    shards[shard].burying.insert(payment);
    shards[shard].window.hold(payment);
    parked.hold(shard, payment);
}

void DeliveryPolicy::State::confirm_burials(store::Shard shard) {
    for (const std::uint64_t payment : std::exchange(shards[shard].burying_sent, {})) {
        release(shard, payment);
    }
}

bool DeliveryPolicy::State::supersede(const ParkedKey& key, std::optional<store::FailedAttempt> failure,
                                      core::WallTime wall, core::SteadyTime now) {
    const ParkedRecord& record = *parked.find(key);
    if (record.stage == Stage::in_flight || record.attempts < attempts_before_superseded) return false;
    if (!is_superseded_by_later(record.happening)) return false;
    if (!parked.has_later(key) && !shards[key.shard].window.holds_any_of(key.payment)) return false;
    bury_parked(key, store::DeadReason::superseded, std::move(failure), wall, now);
    return true;
}

}  // namespace tollgate::delivery
