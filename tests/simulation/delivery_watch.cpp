// DeliveryWatch: rules 8 and 11, at every attempt.
#include "simulation/delivery_watch.hpp"

#include "simulation/broken_rule.hpp"
#include "simulation/reference_model.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::simulation {

namespace {

constexpr milliseconds rate_window = seconds{10};
constexpr std::size_t retries_per_window = 100;  ///< 10 a second
constexpr std::size_t retries_saved_up = 11;     ///< earned by first attempts before the window, and the one at its edge

void forget_older(std::deque<core::SteadyTime>& times, core::SteadyTime than) {
    while (!times.empty() && times.front() < than) times.pop_front();
}

/// Unresolved is a way to say that it is over, too: only what comes before an end may be passed over.
bool may_be_superseded(event::Happening happening) {
    return happening == event::Happening::pending || happening == event::Happening::action_required;
}

}  // namespace

std::string DeliveryWatch::name(int event) const {
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    return plan_.options.subscriber + ": " + logged.entry.type + " (position " +
           std::to_string(logged.entry.position) + " of shard " + std::to_string(logged.shard) + ", payment " +
           std::to_string(logged.payment) + ")";
}

DeliveryWatch::Delivery& DeliveryWatch::of(int event) {
    while (deliveries_.size() < log_.events().size()) {
        const LoggedEvent& logged = log_.events()[deliveries_.size()];
        const delivery::Filter& filter = plan_.options.filter;
        deliveries_.emplace_back().wanted = model::wants(
            filter.types, filter.sources, filter.evidence == delivery::MinimumEvidence::signature, logged.entry);
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

void DeliveryWatch::life_begins() {
    ++life_;
    flights_.clear();
    window_ = {};
    told_in_life_ = 0;
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

void DeliveryWatch::attempt_started(const delivery::StartAttempt& start, const delivery::DeliveryPolicy& policy) {
    const int event = log_.find(start.event.event_id);
    require(event >= 0, rule::same_bytes, [&] { return "an attempt of an unknown event: " + start.event.event_id; });
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    require(start.event.body == logged.entry.body && start.event.position == logged.entry.position, rule::same_bytes,
            [&] { return name(event) + " is sent with other bytes than the log has: " + start.event.body; });
    Delivery& delivery = of(event);
    require(delivery.wanted, rule::same_bytes, [&] { return name(event) + " is sent although nobody wants it"; });
    require(!policy.paused(), rule::outage, [&] { return name(event) + " is attempted during a pause"; });
    require(!(delivery.told && delivery.told_in_life == life_), rule::once,
            [&] { return name(event) + " is attempted again in the life in which it was delivered"; });

    Line& line = this->line(logged.payment);
    require(line.in_flight == 0, rule::one_at_a_time,
            [&] { return name(event) + " is attempted while another of its payment is in flight"; });
    check_order(event);
    require(logged.entry.position >= line.last_started, rule::order,
            [&] { return name(event) + " is attempted after a later one"; });
    check_attempt_number(event, start.attempt);
    check_rates(start.attempt, policy.breaker_open());

    line.last_started = logged.entry.position;
    ++line.in_flight;
    delivery.phase = Phase::in_flight;
    delivery.attempt = start.attempt;
    flights_.emplace(start.id, Flight{event, start.attempt, policy.parked() < plan_.options.max_parked});
    require(flights_.size() <= plan_.options.max_in_flight && policy.in_flight() >= flights_.size(), rule::bounds, [&] {
        return plan_.options.subscriber + ": " + std::to_string(flights_.size()) + " attempts are in flight at once";
    });
    if (start.attempt > 1) tally_.add(Seen::retry);
    world_.note(What::attempt_started, number_, logged.payment, logged.entry.position, start.attempt);
}

/// Everything before it is delivered, dead, or so used up that its dead letter is on the way.
void DeliveryWatch::check_order(int event) {
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    bool earlier = true;
    for (const int other : log_.of_payment(logged.payment)) {
        if (other == event) {
            earlier = false;
            continue;
        }
        if (!of(other).wanted) continue;
        if (earlier) {
            require(is_over(other) || seems_dead(other), rule::order,
                    [&] { return name(event) + " is attempted before " + name(other); });
            if (!is_over(other)) of(other).given_up = true;
        } else {
            // A crash may bring back what had been passed over; it brings back nothing else.
            require(!of(other).told || of(event).told || of(event).given_up, rule::order,
                    [&] { return name(event) + " is attempted for the first time after " + name(other); });
        }
    }
}

bool DeliveryWatch::is_over(int event) {
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    const Delivery& delivery = of(event);
    if (delivery.told || delivery.dead || start_.empty()) return true;
    return logged.entry.position <= start_[logged.shard] || has_expired(logged.shard, logged.entry.position);
}

bool DeliveryWatch::seems_dead(int event) {
    const Delivery& delivery = of(event);
    if (delivery.phase == Phase::in_flight) return false;
    if (delivery.phase == Phase::failed && delivery.counted && delivery.attempt == most_attempts()) return true;
    return delivery.most_counted >= 3 &&
           may_be_superseded(log_.events()[static_cast<std::size_t>(event)].entry.happening);
}

void DeliveryWatch::check_attempt_number(int event, std::uint32_t attempt) {
    const Delivery& delivery = of(event);
    require(attempt >= 1 && attempt <= most_attempts(), rule::bounds,
            [&] { return name(event) + " gets attempt " + std::to_string(attempt); });
    if (delivery.phase == Phase::failed) {
        const std::uint32_t expected = delivery.attempt + (delivery.counted ? 1 : 0);
        require(attempt == expected, rule::outage, [&] {
            return name(event) + " gets attempt " + std::to_string(attempt) + ", " + std::to_string(expected) +
                   " was its turn";
        });
        require(world_.now() >= delivery.not_before, rule::schedule, [&] {
            return name(event) + " gets attempt " + std::to_string(attempt) + " " +
                   std::to_string((delivery.not_before - world_.now()) / milliseconds{1}) + " ms too early";
        });
    }
    require(attempt <= delivery.most_counted + 1, rule::outage, [&] {
        return name(event) + " gets attempt " + std::to_string(attempt) + " after " +
               std::to_string(delivery.most_counted) + " failures";
    });
}

void DeliveryWatch::check_rates(std::uint32_t attempt, bool probe) {
    const core::SteadyTime now = world_.now();
    for (auto* times : {&window_.first_attempts, &window_.retries, &window_.all}) forget_older(*times, now - rate_window);
    window_.all.push_back(now);
    if (attempt == 1) {
        window_.first_attempts.push_back(now);
    } else if (!probe) {
        window_.retries.push_back(now);
    }
    const std::size_t most = std::max(window_.first_attempts.size() / 5, retries_per_window) + retries_saved_up;
    require(window_.retries.size() <= most, rule::budget, [&] {
        return plan_.options.subscriber + ": " + std::to_string(window_.retries.size()) + " retries in 10 s, with " +
               std::to_string(window_.first_attempts.size()) + " first attempts";
    });
    const double rate = plan_.options.rate_per_second;
    if (rate <= 0) return;
    const double allowed = rate * 10 + std::max(1.0, rate / 10) + 1;
    require(static_cast<double>(window_.all.size()) <= allowed, rule::budget, [&] {
        return plan_.options.subscriber + ": " + std::to_string(window_.all.size()) + " attempts in 10 s";
    });
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
    const auto [event, attempt, had_room] = found->second;
    flights_.erase(found);
    may_exceed_parked_ = had_room;
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    world_.note(What::attempt_ended, number_, logged.payment, logged.entry.position, result.status);
    --line(logged.payment).in_flight;
    Delivery& delivery = of(event);
    if (result.status >= 200 && result.status <= 299) {
        delivery.phase = Phase::idle;
        delivery.told = true;
        delivery.told_in_life = life_;
        ++told_in_life_;
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
        if (attempt < most_attempts()) wait = std::max(wait, plan_.options.retry[attempt - 1] * 4 / 5 - milliseconds{1});
    } else {
        tally_.add(Seen::failure_without_trace);
    }
    delivery.not_before = world_.now() + wait;
}

void DeliveryWatch::after_input(const delivery::DeliveryPolicy& policy) {
    const bool calm = !policy.paused() && !policy.breaker_open();
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
        if (deliveries_[index].wanted && deliveries_[index].taken == 0) return false;
    }
    return !log_.of_payment(payment).empty();
}

}  // namespace tollgate::simulation
