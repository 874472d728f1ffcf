// DeliveryPolicy: shards that come with a lease and go with it.
#include "policy_state.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::delivery {

namespace {

/// Renewed so often within what a lease has beyond the time-out of a request: three may fail before work has to rest.
constexpr int renewals_per_margin = 4;

}  // namespace

void DeliveryPolicy::leases_renewed(core::Result<store::LeaseReport> report, core::SteadyTime asked_at,
                                    core::SteadyTime now) {
    if (!report) {
        state_->leases.not_renewed(now);
        return;
    }
    // The store takes writes: what could not be saved while it was away waits no longer.
    state_->save_backoff.succeeded();
    // What has ended is lost, even where the store renewed it after all: others were free to take it meanwhile.
    state_->drop_expired(now);
    for (const store::Shard shard : state_->leases.renewed(*report, asked_at).lost) state_->drop(shard);
    state_->shelve_what_ends();
    if (state_->pause.reported(report->paused, asked_at)) state_->pause_ended();
}

void DeliveryPolicy::leave() {
    state_->leases.leave();
    state_->shelve_what_ends();
}

bool DeliveryPolicy::left() const noexcept {
    return state_->leases.left();
}

bool DeliveryPolicy::State::is_current(store::Lease lease) const {
    return lease.token != 0 && lease.token == leases.token(lease.shard);
}

void DeliveryPolicy::State::drop_expired(core::SteadyTime now) {
    for (const store::Shard shard : leases.expire(now)) drop(shard);
}

/// Whoever holds the shard next starts from what is saved, and so does this policy if it gets it back.
void DeliveryPolicy::State::drop(store::Shard shard) {
    ShardProgress& progress = shards[shard];
    for (const core::WallTime received_at : progress.window.received_times()) ages.remove(received_at);
    for (const core::WallTime received_at : parked.drop(shard)) ages.remove(received_at);
    for (auto& [id, flight] : flights) flight.lost = flight.lost || flight.shard == shard;
    std::erase(saved_shards, shard);
    progress = ShardProgress();
}

void DeliveryPolicy::State::shelve_what_ends() {
    for (store::Shard shard = 0; shard < shards.size(); ++shard) {
        const bool ends = leases.ends(shard);
        if (std::exchange(shards[shard].shelved, ends) == ends) continue;
        if (ends) shards[shard].to_fetch.clear();
        parked.shelve(shard, ends);
    }
}

void DeliveryPolicy::State::give_up_finished() {
    for (store::Shard shard = 0; shard < shards.size(); ++shard) {
        if (!leases.ends(shard) || is_dirty(shards[shard]) || shards[shard].unsaved.count() != 0) continue;
        const bool being_saved = std::find(saved_shards.begin(), saved_shards.end(), shard) != saved_shards.end();
        const bool flies = std::any_of(flights.begin(), flights.end(),
                                       [&](const auto& flight) { return flight.second.shard == shard; });
        if (being_saved || flies) continue;
        leases.give_up(shard);
        drop(shard);
    }
}

void DeliveryPolicy::State::request_leases(std::vector<Command>& commands, core::SteadyTime now) {
    const store::LeaseTerms terms{options.request_timeout + options.lease_margin,
                                  options.lease_margin / renewals_per_margin};
    if (auto request = leases.request(options.subscriber, terms, now)) {
        commands.emplace_back(RenewLeases{std::move(*request)});
    }
}

/// An attempt made under a lease that is lost may still arrive: until it has ended its payment waits.
void DeliveryPolicy::State::hold_what_flies(store::Shard shard) {
    for (const auto& [id, flight] : flights) {
        if (flight.shard != shard) continue;
        shards[shard].window.hold(flight.payment);
        parked.hold(shard, flight.payment);
    }
}

void DeliveryPolicy::State::release(store::Shard shard, std::uint64_t payment) {
    ShardProgress& progress = shards[shard];
    if (progress.burying.contains(payment) || progress.burying_sent.contains(payment)) return;
    const bool flies = std::any_of(flights.begin(), flights.end(), [&](const auto& flight) {
        return flight.second.lost && flight.second.shard == shard && flight.second.payment == payment;
    });
    if (flies) return;
    progress.window.release(payment);
    parked.release(shard, payment);
    settle(shard, payment);
}

}  // namespace tollgate::delivery
