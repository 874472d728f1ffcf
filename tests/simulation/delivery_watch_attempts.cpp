// DeliveryWatch: rules 8 and 11, at every attempt that starts.
#include "simulation/broken_rule.hpp"
#include "simulation/delivery_watch.hpp"
#include "simulation/pulse.hpp"

#include <algorithm>

namespace tollgate::simulation {

namespace {

constexpr std::size_t retries_per_second = 10;
constexpr std::size_t retries_saved_up = 11;  ///< earned by first attempts before the window, and the one at its edge

void forget_older(std::deque<core::SteadyTime>& times, core::SteadyTime than) {
    while (!times.empty() && times.front() < than) times.pop_front();
}

}  // namespace

void DeliveryWatch::attempt_started(int node, const delivery::StartAttempt& start,
                                    const std::vector<store::LeaseToken>& tokens,
                                    const delivery::DeliveryPolicy& policy) {
    Worker& worker = this->worker(node);
    const int event = log_.find(start.event.event_id, start.event.body);
    require(event >= 0, rule::same_bytes, [&] { return "an attempt of an unknown event: " + start.event.event_id; });
    const LoggedEvent& logged = log_.events()[static_cast<std::size_t>(event)];
    require(start.event.body == logged.entry.body && start.event.position == logged.entry.position, rule::same_bytes,
            [&] { return name(event) + " is sent with other bytes than the log has: " + start.event.body; });
    Delivery& delivery = of(event);
    require(delivery.wanted, rule::same_bytes, [&] { return name(event) + " is sent although nobody wants it"; });
    require(!policy.paused(), rule::outage, [&] { return name(event) + " is attempted during a pause"; });
    const store::LeaseToken lease = tokens[logged.shard];
    require(!delivery.told || delivery.told_under != lease, rule::once,
            [&] { return name(event) + " is attempted again under the lease that it was delivered under"; });
    require(!delivery.told || !given_up_.contains(delivery.told_under), rule::once,
            [&] { return name(event) + " is attempted again although whoever delivered it had time to save that"; });

    require(!is_finished(logged), rule::once,
            [&] { return name(event) + " is attempted again although the store knows that it is done"; });

    check_alone(event);
    if (delivery.lease != lease) {
        delivery.lease = lease;
        delivery.phase = Phase::idle;
        delivery.attempt = 0;
        delivery.not_before = {};
    }
    Line& line = this->line(logged.payment, lease);
    // A new filter may bring an older event; those that were wanted all the time keep their order.
    if (delivery.must) {
        check_order(event);
        require(logged.entry.position >= line.last_started, rule::order,
                [&] { return name(event) + " is attempted after a later one"; });
        line.last_started = logged.entry.position;
    }
    check_attempt_number(event, start.attempt);
    for (Window& window : worker.windows) check_rates(window, start.attempt, policy.breaker_open());
    check_lease(node, event);

    delivery.phase = Phase::in_flight;
    delivery.attempt = start.attempt;
    const bool had_room = policy.parked() < plan_.options.max_parked;
    worker.flights.emplace(start.id, Flight{event, start.attempt, lease, had_room, worker.ramp.number});
    ++worker.ramp.in_flight;
    // Doubling with each full round of successes never gets ahead of their number.
    const bool ramps = worker.ramp.number != 0 && !policy.breaker_open();
    require(!ramps || worker.ramp.in_flight <= worker.ramp.successes + 1, rule::ramp, [&] {
        return plan_.options.subscriber + ": " + std::to_string(worker.ramp.in_flight) +
               " attempts are in flight after " + std::to_string(worker.ramp.successes) + " successes since the outage";
    });
    require(worker.flights.size() <= plan_.options.max_in_flight && policy.in_flight() >= worker.flights.size(),
            rule::bounds, [&] {
                return plan_.options.subscriber + ": " + std::to_string(worker.flights.size()) +
                       " attempts are in flight at once";
            });
    if (start.attempt > 1) tally_.add(Seen::retry);
    world_.note(What::attempt_started, number_, logged.payment, logged.entry.position, start.attempt);
}

void DeliveryWatch::subscriber_works(int node, int payment, milliseconds length) {
    work_.push_back({payment, node, worker(node).life, world_.now() + length});
}

/// Whatever node it comes from. Only of a node that died may something still be under way.
void DeliveryWatch::check_alone(int event) {
    const int payment = log_.events()[static_cast<std::size_t>(event)].payment;
    std::erase_if(work_,
                  [&](const Work& work) { return work.until <= world_.now() || worker(work.node).life != work.life; });
    const bool alone =
        std::none_of(work_.begin(), work_.end(), [&](const Work& work) { return work.payment == payment; });
    require(alone, rule::one_at_a_time,
            [&] { return name(event) + " is attempted while another of its payment is in flight"; });
}

/// By what the store knows: while the subscriber may be busy with it nobody else gets the shard.
void DeliveryWatch::check_lease(int node, int event) {
    const store::Shard shard = log_.events()[static_cast<std::size_t>(event)].shard;
    const auto* holdings = tables_.leases().holdings(plan_.options.subscriber);
    require(holdings != nullptr && (*holdings)[shard].node == node_name(node) &&
                world_.now() + plan_.options.request_timeout < (*holdings)[shard].until,
            rule::lease, [&] { return name(event) + " is attempted by " + node_name(node) + " without a lease"; });
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
