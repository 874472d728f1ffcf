// DeliveryWatch: lives, inputs, and what an attempt ends with.
#include "simulation/delivery_watch.hpp"

#include "simulation/broken_rule.hpp"
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
    Delivery& delivery = deliveries_[static_cast<std::size_t>(event)];
    if (delivery.life != life_) {
        delivery.life = life_;
        delivery.phase = Phase::idle;
        delivery.attempt = 0;
        delivery.not_before = {};
    }
    return delivery;
}

DeliveryWatch::Line& DeliveryWatch::line(int payment) {
    if (lines_.size() <= static_cast<std::size_t>(payment)) lines_.resize(static_cast<std::size_t>(payment) + 1);
    Line& line = lines_[static_cast<std::size_t>(payment)];
    if (line.life != life_) line = {life_, 0, 0};
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

void DeliveryWatch::life_begins() {
    ++life_;
    flights_.clear();
    for (Window& window : windows_) window = {window.length, {}, {}, {}};
    told_in_life_ = 0;
    ramp_ = {};
    look();
    died_before_life_ = died_;
}

void DeliveryWatch::life_ends(const delivery::DeliveryPolicy& policy, bool crashed, bool retention) {
    look();
    const delivery::DeliveryCounters& counters = policy.counters();
    require(counters.delivered == told_in_life_, rule::dead_letters, [&] {
        return plan_.options.subscriber + ": " + std::to_string(counters.delivered) + " counted as delivered, " +
               std::to_string(told_in_life_) + " were";
    });
    tally_.add(Seen::parked, counters.parked);
    tally_.add(Seen::missing_copy, counters.missing_copies);
    const std::uint64_t counted = counters.dead_exhausted + counters.dead_superseded;
    const std::uint64_t died = died_ - died_before_life_;
    const bool all_saved = !policy.has_unsaved() && !retention;
    require(all_saved ? died == counted : died <= counted, rule::dead_letters, [&] {
        return plan_.options.subscriber + ": " + std::to_string(counted) + " dead letters counted, the store got " +
               std::to_string(died);
    });
    if (crashed && policy.has_unsaved()) tally_.add(Seen::crash_mid_save);
}

void DeliveryWatch::subscriber_took(const std::string& event_id) {
    Delivery& delivery = of(log_.find(event_id));
    tally_.add(++delivery.taken == 1 ? Seen::delivered : Seen::repeated_delivery);
}

void DeliveryWatch::before_input(const delivery::DeliveryPolicy& policy) {
    may_exceed_parked_ = false;
    before_ = {!policy.paused() && !policy.breaker_open(), policy.breaker_open(), policy.counters()};
}

void DeliveryWatch::attempt_ended(delivery::AttemptId id, const delivery::AttemptResult& result,
                                  const delivery::DeliveryPolicy& policy) {
    const auto found = flights_.find(id);
    const auto [event, attempt, had_room, ramp] = found->second;
    flights_.erase(found);
    may_exceed_parked_ = had_room;
    if (ramp == ramp_.number) --ramp_.in_flight;
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    world_.note(What::attempt_ended, number_, logged.payment, logged.entry.position, result.status);
    --line(logged.payment).in_flight;
    Delivery& delivery = of(event);
    if (result.status >= 200 && result.status <= 299) {
        delivery.phase = Phase::idle;
        delivery.told = true;
        delivery.told_in_life = life_;
        ++told_in_life_;
        ++ramp_.successes;
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
    }
    delivery.not_before = world_.now() + wait;
}

void DeliveryWatch::after_input(const delivery::DeliveryPolicy& policy) {
    const bool calm = !policy.paused() && !policy.breaker_open();
    if (calm && !before_.calm) ramp_ = {ramp_.number + 1, 0, 0};
    if (policy.breaker_open() != before_.breaker_open) {
        world_.note(policy.breaker_open() ? What::breaker_opened : What::breaker_closed, number_);
        if (policy.breaker_open()) tally_.add(Seen::breaker_opened);
    }
    const delivery::DeliveryCounters& counters = policy.counters();
    if (!before_.calm && !calm) {
        require(counters.parked == before_.counters.parked &&
                    counters.dead_exhausted == before_.counters.dead_exhausted &&
                    counters.dead_superseded == before_.counters.dead_superseded,
                rule::outage,
                [&] { return plan_.options.subscriber + ": something was parked or buried during an outage"; });
    }
    check_limits(policy);
}

void DeliveryWatch::check_limits(const delivery::DeliveryPolicy& policy) {
    // Loading may bring more: shards are loaded one by one, and the limit counts what is known.
    if (policy.counters().parked != before_.counters.parked) {
        if (policy.parked() >= plan_.options.max_parked) tally_.add(Seen::parked_limit);
        require(policy.parked() <= plan_.options.max_parked || may_exceed_parked_, rule::bounds, [&] {
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
    }
}

bool DeliveryWatch::has_all_of(int payment) const {
    for (const int event : log_.of_payment(payment)) {
        const auto index = static_cast<std::size_t>(event);
        if (index >= deliveries_.size()) return false;
        if (deliveries_[index].must && deliveries_[index].taken == 0) return false;
    }
    return !log_.of_payment(payment).empty();
}

}  // namespace tollgate::simulation
