// DeliveryWatch: lives, inputs, and what an attempt ends with.
#include "simulation/delivery_watch.hpp"

#include "simulation/broken_rule.hpp"
#include "simulation/pulse.hpp"
#include "simulation/reference_model.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::simulation {

std::string DeliveryWatch::name(int event) const {
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    return plan_.options.subscriber + ": " + logged.entry.type + " (position " + std::to_string(logged.entry.position) +
           " of shard " + std::to_string(logged.shard) + ", payment " + std::to_string(logged.payment) + ")";
}

bool DeliveryWatch::wants(const delivery::Filter& filter, const store::LogEntry& entry) {
    return model::wants(filter.types, filter.sources, filter.evidence == delivery::MinimumEvidence::signature, entry);
}

DeliveryWatch::Delivery& DeliveryWatch::of(int event) {
    while (deliveries_.size() < log_.events().size()) {
        const bool wanted = wants(plan_.options.filter, log_.events()[deliveries_.size()].entry);
        Delivery& added = deliveries_.emplace_back();
        added.wanted = wanted;
        added.must = wanted;
    }
    return deliveries_[static_cast<std::size_t>(event)];
}

DeliveryWatch::Line& DeliveryWatch::line(int payment, store::LeaseToken lease) {
    if (lines_.size() <= static_cast<std::size_t>(payment)) lines_.resize(static_cast<std::size_t>(payment) + 1);
    Line& line = lines_[static_cast<std::size_t>(payment)];
    if (line.lease != lease) line = {lease, 0};
    return line;
}

void DeliveryWatch::filter_will_change(const delivery::Filter& filter) {
    for (int event = 0; event < static_cast<int>(log_.events().size()); ++event) {
        Delivery& delivery = of(event);
        if (delivery.told || delivery.dead) continue;
        const bool wanted = wants(filter, log_.events()[static_cast<std::size_t>(event)].entry);
        delivery.wanted = delivery.wanted || wanted;
        delivery.must = delivery.must && wanted;
    }
}

void DeliveryWatch::life_begins(int node) {
    worker(node) = {};
    worker(node).life = ++lives_;
    look();
}

void DeliveryWatch::life_ends(int node, const delivery::DeliveryPolicy& policy, bool crashed) {
    look();
    const delivery::DeliveryCounters& counters = policy.counters();
    require(counters.delivered == worker(node).told, rule::dead_letters, [&] {
        return plan_.options.subscriber + ": " + std::to_string(counters.delivered) + " counted as delivered, " +
               std::to_string(worker(node).told) + " were";
    });
    tally_.add(Seen::parked, counters.parked);
    tally_.add(Seen::missing_copy, counters.missing_copies);
    counted_dead_ += counters.dead_exhausted + counters.dead_superseded;
    lost_unsaved_ = lost_unsaved_ || policy.has_unsaved();
    if (crashed && policy.has_unsaved()) tally_.add(Seen::crash_mid_save);
    worker(node) = {};
}

void DeliveryWatch::check_counters(bool trimmed) {
    const bool all_saved = !lost_unsaved_ && !trimmed;
    require(all_saved ? died_ == counted_dead_ : died_ <= counted_dead_, rule::dead_letters, [&] {
        return plan_.options.subscriber + ": " + std::to_string(counted_dead_) +
               " dead letters counted, the store got " + std::to_string(died_);
    });
}

void DeliveryWatch::subscriber_took(const std::string& event_id) {
    // Under its id, whichever of them it was.
    for (const int event : log_.all(event_id)) ++of(event).taken;
    tally_.add(of(log_.find(event_id)).taken == 1 ? Seen::delivered : Seen::repeated_delivery);
}

void DeliveryWatch::before_input(int node, const delivery::DeliveryPolicy& policy) {
    worker(node).may_exceed_parked = false;
    worker(node).before = {!policy.paused() && !policy.breaker_open(), policy.breaker_open(), policy.counters()};
}

void DeliveryWatch::attempt_ended(int node, delivery::AttemptId id, const delivery::AttemptResult& result, bool counts,
                                  const delivery::DeliveryPolicy& policy) {
    Worker& worker = this->worker(node);
    const auto found = worker.flights.find(id);
    const auto [event, attempt, lease, had_room, ramp] = found->second;
    worker.flights.erase(found);
    worker.may_exceed_parked = had_room;
    if (ramp == worker.ramp.number) --worker.ramp.in_flight;
    const bool succeeded = result.status >= 200 && result.status <= 299;
    if (succeeded) ++worker.ramp.successes;
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    world_.note(What::attempt_ended, number_, logged.payment, logged.entry.position, result.status);
    if (!counts) {
        tally_.add(Seen::outcome_ignored);
        return;
    }
    Delivery& delivery = of(event);
    require(delivery.lease == lease, rule::lease,
            [&] { return name(event) + " is judged by " + node_name(node) + " although another attempted it since"; });
    if (succeeded) {
        delivery.phase = Phase::idle;
        delivery.told = true;
        delivery.told_under = lease;
        ++worker.told;
        return;
    }
    tally_.add(Seen::failed_attempt);
    delivery.phase = Phase::failed;
    delivery.counted = !policy.paused() && !policy.breaker_open();
    milliseconds wait{0};
    if (result.retry_after && (result.status == 429 || result.status == 503))
        wait = std::min<milliseconds>(*result.retry_after, hours{24});
    if (delivery.counted) {
        delivery.most_counted = std::max(delivery.most_counted, attempt);
        // The jitter takes a fifth at most; less than a millisecond is rounding.
        if (attempt < most_attempts())
            wait = std::max(wait, plan_.options.retry[attempt - 1] * 4 / 5 - milliseconds{1});
    } else {
        tally_.add(Seen::failure_without_trace);
        worker.asked_until = std::max(worker.asked_until, world_.now() + wait);
    }
    delivery.not_before = world_.now() + wait;
}

void DeliveryWatch::after_input(int node, const delivery::DeliveryPolicy& policy) {
    Worker& worker = this->worker(node);
    const Before& before = worker.before;
    const bool calm = !policy.paused() && !policy.breaker_open();
    if (calm && !before.calm) worker.ramp = {worker.ramp.number + 1, 0, 0};
    if (policy.breaker_open() != before.breaker_open) {
        world_.note(policy.breaker_open() ? What::breaker_opened : What::breaker_closed, number_);
        if (policy.breaker_open()) tally_.add(Seen::breaker_opened);
    }
    const delivery::DeliveryCounters& counters = policy.counters();
    if (!before.calm && !calm) {
        // What the subscriber asked to wait may be parked where it would leave nothing to probe with.
        const bool may_park = !policy.paused() && world_.now() < worker.asked_until;
        require((counters.parked == before.counters.parked || may_park) &&
                    counters.dead_exhausted == before.counters.dead_exhausted &&
                    counters.dead_superseded == before.counters.dead_superseded,
                rule::outage,
                [&] { return plan_.options.subscriber + ": something was parked or buried during an outage"; });
    }
    check_limits(worker, policy);
}

void DeliveryWatch::check_limits(const Worker& worker, const delivery::DeliveryPolicy& policy) {
    // Loading may bring more: shards are loaded one by one, and the limit counts what is known.
    if (policy.counters().parked != worker.before.counters.parked) {
        if (policy.parked() >= plan_.options.max_parked) tally_.add(Seen::parked_limit);
        require(policy.parked() <= plan_.options.max_parked || worker.may_exceed_parked, rule::bounds, [&] {
            return plan_.options.subscriber + ": " + std::to_string(policy.parked()) + " deliveries are parked at once";
        });
    }
    require(policy.in_flight() <= plan_.options.max_in_flight, rule::bounds, [&] {
        return plan_.options.subscriber + ": " + std::to_string(policy.in_flight()) + " attempts are in flight at once";
    });
}

void DeliveryWatch::saving(const delivery::SaveDelivery& save) {
    world_.note(What::save_sent, number_);
    constexpr std::size_t ahead_per_entry = 17;
    for (const store::DeliveryUpdate& update : save.updates) {
        require(update.subscriber == plan_.options.subscriber &&
                    update.ahead.size() <= plan_.options.page_entries * ahead_per_entry,
                rule::bounds, [&] { return "a save carries " + std::to_string(update.ahead.size()) + " positions"; });
        saves_.emplace(update.lease, update.cursor);
    }
}

bool DeliveryWatch::has_all_of(int payment) const {
    if (start_.empty()) return false;
    for (const int event : log_.of_payment(payment)) {
        const auto index = static_cast<std::size_t>(event);
        if (index >= deliveries_.size()) return false;
        // Whoever begins with what is new may have been enrolled only after it.
        const LoggedEvent& logged = log_.events()[index];
        if (logged.entry.position <= start_[logged.shard]) continue;
        if (deliveries_[index].must && deliveries_[index].taken == 0) return false;
    }
    return !log_.of_payment(payment).empty();
}

}  // namespace tollgate::simulation
