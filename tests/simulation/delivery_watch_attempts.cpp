// DeliveryWatch: rules 8 and 11, at every attempt that starts.
#include "simulation/broken_rule.hpp"
#include "simulation/delivery_watch.hpp"

#include <algorithm>

namespace tollgate::simulation {

namespace {

constexpr std::size_t retries_per_second = 10;
constexpr std::size_t retries_saved_up = 11;  ///< earned by first attempts before the window, and the one at its edge

void forget_older(std::deque<core::SteadyTime>& times, core::SteadyTime than) {
    while (!times.empty() && times.front() < than) times.pop_front();
}

}  // namespace

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

    require(!is_finished(logged), rule::once,
            [&] { return name(event) + " is attempted again although the store knows that it is done"; });

    Line& line = this->line(logged.payment);
    require(line.in_flight == 0, rule::one_at_a_time,
            [&] { return name(event) + " is attempted while another of its payment is in flight"; });
    // A new filter may bring an older event; those that were wanted all the time keep their order.
    if (delivery.must) {
        check_order(event);
        require(logged.entry.position >= line.last_started, rule::order,
                [&] { return name(event) + " is attempted after a later one"; });
        line.last_started = logged.entry.position;
    }
    check_attempt_number(event, start.attempt);
    for (Window& window : windows_) check_rates(window, start.attempt, policy.breaker_open());

    ++line.in_flight;
    delivery.phase = Phase::in_flight;
    delivery.attempt = start.attempt;
    const bool had_room = policy.parked() < plan_.options.max_parked;
    flights_.emplace(start.id, Flight{event, start.attempt, had_room, ramp_.number});
    ++ramp_.in_flight;
    // Doubling with each full round of successes never gets ahead of their number.
    const bool ramps = ramp_.number != 0 && !policy.breaker_open();
    require(!ramps || ramp_.in_flight <= ramp_.successes + 1, rule::ramp, [&] {
        return plan_.options.subscriber + ": " + std::to_string(ramp_.in_flight) + " attempts are in flight after " +
               std::to_string(ramp_.successes) + " successes since the outage";
    });
    require(flights_.size() <= plan_.options.max_in_flight && policy.in_flight() >= flights_.size(), rule::bounds, [&] {
        return plan_.options.subscriber + ": " + std::to_string(flights_.size()) + " attempts are in flight at once";
    });
    if (start.attempt > 1) tally_.add(Seen::retry);
    world_.note(What::attempt_started, number_, logged.payment, logged.entry.position, start.attempt);
}

/// Everything before it is delivered, or dead where a crash does not bring it back: in the store.
void DeliveryWatch::check_order(int event) {
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    bool earlier = true;
    for (const int other : log_.of_payment(logged.payment)) {
        if (other == event) {
            earlier = false;
            continue;
        }
        if (!of(other).must) continue;
        if (earlier) {
            // The save that buried it may be of this very step.
            if (!is_over(other)) look();
            require(is_over(other), rule::order,
                    [&] { return name(event) + " is attempted before " + name(other) + " is over"; });
        } else {
            require(!of(other).told || of(event).told, rule::order,
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

void DeliveryWatch::check_rates(Window& window, std::uint32_t attempt, bool probe) {
    const core::SteadyTime now = world_.now();
    for (auto* times : {&window.first_attempts, &window.retries, &window.all})
        forget_older(*times, now - window.length);
    window.all.push_back(now);
    if (attempt == 1) {
        window.first_attempts.push_back(now);
    } else if (!probe) {
        window.retries.push_back(now);
    }
    const auto seconds_long = static_cast<std::size_t>(window.length / seconds{1});
    const std::size_t most = std::max(window.first_attempts.size() / 5, retries_per_second * seconds_long);
    require(window.retries.size() <= most + retries_saved_up, rule::budget, [&] {
        return plan_.options.subscriber + ": " + std::to_string(window.retries.size()) + " retries in " +
               std::to_string(seconds_long) + " s, with " + std::to_string(window.first_attempts.size()) +
               " first attempts";
    });
    const double rate = plan_.options.rate_per_second;
    if (rate <= 0) return;
    const double allowed = rate * static_cast<double>(seconds_long) + std::max(1.0, rate / 10) + 1;
    require(static_cast<double>(window.all.size()) <= allowed, rule::budget, [&] {
        return plan_.options.subscriber + ": " + std::to_string(window.all.size()) + " attempts in " +
               std::to_string(seconds_long) + " s";
    });
}

}  // namespace tollgate::simulation
