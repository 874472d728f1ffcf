// Deliverer: the worker's shell, with virtual time for a timer and a function call for a network.
#include "simulation/deliverer.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace tollgate::simulation {

Deliverer::Deliverer(World& world, Pulse& pulse, int node, store::Store& store, const SubscriberPlan& plan,
                     SimulatedSubscriber& subscriber, DeliveryWatch& watch, const LogWatch& log, Tally& tally)
    : world_(world),
      pulse_(pulse),
      node_(node),
      store_(store),
      plan_(plan),
      subscriber_(subscriber),
      watch_(watch),
      log_(log),
      tally_(tally),
      policy_(plan.options, store.shard_count(), world.random()()),
      tokens_(store.shard_count()) {}

template <class Input>
void Deliverer::feed(Input input) {
    watch_.before_input(node_, policy_);
    input();
    watch_.after_input(node_, policy_);
    pump();
}

void Deliverer::pump() {
    watch_.before_input(node_, policy_);
    for (const delivery::Command& command : policy_.next(world_.wall(), world_.now()))
        std::visit([this](const auto& each) { run(each); }, command);
    watch_.after_input(node_, policy_);
    schedule_wake();
}

void Deliverer::schedule_wake() {
    const auto wait = policy_.wake_after(world_.now());
    if (!wait) {
        wake_at_.reset();
        return;
    }
    const core::SteadyTime at = world_.now() + *wait;
    if (wake_at_ == at) return;
    wake_at_ = at;
    pulse_.after(*wait, [this, at] {
        if (wake_at_ != at) return;
        wake_at_.reset();
        pump();
    });
}

void Deliverer::log_grew(store::Shard shard) {
    feed([&] { policy_.log_grew(shard); });
}

void Deliverer::pause() {
    world_.note(What::paused, -1);
    feed([&] { policy_.pause(); });
}

void Deliverer::resume() {
    world_.note(What::resumed, -1);
    feed([&] { policy_.resume(); });
}

void Deliverer::reconfigure() {
    feed([&] { policy_.reconfigure(plan_.options); });
}

void Deliverer::leave() {
    feed([&] {
        policy_.pause();
        policy_.leave();
    });
}

void Deliverer::count_failure(const core::Error& error) {
    if (error.code == core::Errc::fenced) {
        tally_.add(Seen::fenced_save);
        return;
    }
    tally_.add(error.code == core::Errc::unknown_outcome ? Seen::store_unknown : Seen::store_unavailable);
}

void Deliverer::run(const delivery::RenewLeases& renew) {
    // What ends before its time is finished and saved; the rest was lost by time.
    for (const store::Lease& lease : renew.request.given_up) {
        if (!handed_back_.insert(lease.token).second) continue;
        const bool in_order = world_.now() < held_until_ && !over_.contains(lease.token);
        tally_.add(in_order ? Seen::lease_given_up : Seen::lease_lost);
        in_order ? watch_.shard_given_up(lease.token) : watch_.shard_lost();
    }
    store_.renew_leases(renew.request, [this, request = renew.request,
                                        asked_at = world_.now()](core::Result<store::LeaseReport> report) {
        leases_reported(request, asked_at, report);
        feed([&] { policy_.leases_renewed(std::move(report), asked_at, world_.now()); });
    });
}

void Deliverer::leases_reported(const store::LeaseRequest& request, core::SteadyTime asked_at,
                                const core::Result<store::LeaseReport>& report) {
    if (!report) {
        count_failure(report.error());
        return;
    }
    const auto& held = report->held;
    for (const store::Lease& lease : request.held) {
        if (std::find(held.begin(), held.end(), lease) != held.end()) continue;
        tally_.add(Seen::lease_lost);
        watch_.shard_lost();
    }
    if (world_.now() >= held_until_) over_.insert(tokens_.begin(), tokens_.end());
    std::fill(tokens_.begin(), tokens_.end(), 0);
    for (const store::Lease& lease : held) tokens_[lease.shard] = lease.token;
    held_until_ = asked_at + request.lifetime;
}

void Deliverer::run(const delivery::LoadDelivery& load) {
    store_.load_delivery(
        plan_.options.subscriber, load.lease.shard,
        [this, lease = load.lease](core::Result<store::DeliveryState> state) {
            if (!state) count_failure(state.error());
            feed([&] { policy_.delivery_loaded(lease, std::move(state), world_.wall(), world_.now()); });
        });
}

void Deliverer::run(const delivery::ReadLog& read) {
    store_.read_log(read.lease.shard, read.after, read.limit, read.max_bytes,
                    [this, lease = read.lease](core::Result<store::LogPage> page) {
                        if (!page) count_failure(page.error());
                        feed([&] { policy_.log_read(lease, std::move(page), world_.now()); });
                    });
}

void Deliverer::run(const delivery::ReadParked& read) {
    store_.read_parked(plan_.options.subscriber, read.lease.shard, read.event_ids,
                       [this, lease = read.lease](core::Result<std::vector<store::ParkedEvent>> events) {
                           if (!events) count_failure(events.error());
                           feed([&] { policy_.parked_read(lease, std::move(events), world_.now()); });
                       });
}

void Deliverer::run(const delivery::SaveDelivery& save) {
    watch_.saving(save);
    store_.save_delivery(save.updates, [this](core::Result<void> result) {
        if (!result) count_failure(result.error());
        feed([&] { policy_.saved(std::move(result), world_.now()); });
    });
}

void Deliverer::run(const delivery::SavePause& save) {
    store_.set_pause(plan_.options.subscriber, save.why, [this](core::Result<void> result) {
        if (!result) count_failure(result.error());
        feed([&] { policy_.pause_saved(std::move(result), world_.now()); });
    });
}

void Deliverer::run(const delivery::StartAttempt& start) {
    watch_.attempt_started(node_, start, tokens_, policy_);
    const int payment = log_.payment_of(start.event);
    const SimulatedSubscriber::Answer answer = subscriber_.answer(payment, start.attempt);
    watch_.subscriber_works(node_, payment, answer.after);
    if (answer.took_it) watch_.subscriber_took(start.event.event_id);
    pulse_.after(answer.after, [this, id = start.id, result = answer.result] {
        feed([&] {
            const bool counts = policy_.attempt_finished(id, result, world_.wall(), world_.now());
            watch_.attempt_ended(node_, id, result, counts, policy_);
        });
    });
}

}  // namespace tollgate::simulation
