// Plan: the ranges that seeds draw from, narrow enough for milliseconds a seed, wide enough to meet everything.
#include "simulation/plan.hpp"

#include <algorithm>
#include <array>

namespace tollgate::simulation {

namespace {

using Schedule = std::vector<milliseconds>;

const std::array<Schedule, 5>& schedules() {
    static const std::array<Schedule, 5> all{
        Schedule{seconds{5}, minutes{5}, minutes{30}, hours{2}, hours{5}, hours{10}, hours{14}, hours{20}, hours{24}},
        Schedule{seconds{5}, minutes{5}, minutes{30}, hours{2}, hours{5}, hours{10}, hours{14}, hours{20}, hours{24}},
        Schedule{seconds{1}, seconds{5}, seconds{30}, minutes{2}, minutes{10}},
        Schedule{seconds{5}, minutes{5}, hours{1}},
        Schedule{seconds{10}},
    };
    return all;
}

test::FakeFaults draw_faults(World& world) {
    constexpr std::array<unsigned, 5> strengths{0, 10, 10, 40, 120};  // of a thousand calls, each kind at most
    const unsigned most = world.one_of(strengths) + 1;
    const auto share = [&] { return static_cast<unsigned>(world.below(most)); };
    test::FakeFaults faults;
    faults.unavailable = share();
    faults.unknown_done = share();
    faults.unknown_not_done = share();
    faults.unknown_done_later = share();
    faults.late = share();
    return faults;
}

SubscriberPlan draw_subscriber(World& world, std::string name) {
    constexpr std::array<std::uint32_t, 5> in_flight{1, 2, 4, 16, 64};
    constexpr std::array<double, 6> rates{0, 0, 0, 0, 5, 50};
    constexpr std::array<std::size_t, 5> pages{64, 64, 64, 8, 4};
    constexpr std::array<std::size_t, 6> parked_limits{100'000, 100'000, 100'000, 100'000, 20, 3};
    SubscriberPlan plan;
    plan.options.subscriber = std::move(name);
    plan.options.retry = world.one_of(schedules());
    if (world.chance(20)) plan.options.retry.clear();
    plan.options.max_in_flight = world.one_of(in_flight);
    plan.options.rate_per_second = world.one_of(rates);
    plan.options.page_entries = world.one_of(pages);
    if (world.chance(200)) plan.options.page_bytes = 4'000;
    plan.options.max_parked = world.one_of(parked_limits);
    plan.mood_lasts = world.span(minutes{5}, hours{60});
    plan.slowest_answer = world.span(milliseconds{20}, seconds{4});
    return plan;
}

}  // namespace

delivery::Filter draw_filter(World& world) {
    delivery::Filter filter;
    switch (world.below(6)) {
        case 0:
            filter.types = {"payment.*"};
            break;
        case 1:
            filter.types = {"*.succeeded", "*.failed", "*.settled", "*.reversed"};
            break;
        case 2:
            filter.sources = {"kenya"};
            filter.evidence = delivery::MinimumEvidence::signature;
            break;
        case 3:
            filter.types = {"payout.*", "*.conflict", "callback.unrecognised"};
            break;
        default:
            break;  // everything
    }
    return filter;
}

namespace {

/// Leases of their usual length in some short histories; in the others as much longer as the history is, so that
/// renewing them does not become all that happens.
void draw_nodes(World& world, Plan& plan) {
    constexpr std::array nodes{1, 1, 1, 1, 2, 2, 2, 2, 3, 3};
    constexpr int renewals = 150;  // in a history, of each node and subscriber, about
    plan.nodes = world.one_of(nodes);
    if (world.chance(150)) {
        plan.horizon = world.span(minutes{3}, minutes{20});
        plan.lease_margin = delivery::usual_lease_margin;
    } else {
        plan.lease_margin = std::max<milliseconds>(plan.horizon * 4 / renewals, delivery::usual_lease_margin);
    }
    constexpr std::array<unsigned, 5> hangs{0, 0, 100, 300, 900};
    plan.hangs_per_100k_steps = world.one_of(hangs);
    plan.cuts_per_100k_steps = world.one_of(hangs);
    if (world.chance(400)) plan.stops_per_100k_steps = static_cast<unsigned>(world.below(300));
}

}  // namespace

Plan draw_plan(World& world) {
    Plan plan;
    plan.shards = static_cast<store::Shard>(1 + world.below(4));
    plan.horizon = world.span(hours{2}, hours{240});
    plan.payments = static_cast<unsigned>(6 + world.below(30));
    if (world.chance(60)) {  // a storm: many at once, so that budgets, windows and limits are felt
        plan.payments = static_cast<unsigned>(80 + world.below(80));
        plan.horizon = world.span(minutes{20}, hours{3});
    }
    plan.chatty = world.chance(50);
    plan.patient = world.chance(700);
    plan.faults = draw_faults(world);
    plan.store_outages = static_cast<unsigned>(world.below(3));
    if (world.chance(300)) plan.failovers = static_cast<unsigned>(1 + world.below(4));
    if (world.chance(800))
        plan.crashes_per_100k_steps = static_cast<unsigned>(world.span(milliseconds{50}, milliseconds{1'600}).count());
    draw_nodes(world, plan);
    plan.clock_jumps = static_cast<unsigned>(world.below(4));
    if (world.chance(200)) plan.filter_changes = static_cast<unsigned>(1 + world.below(4));
    plan.lost_acknowledgements = static_cast<unsigned>(world.below(60));
    if (world.chance(200)) plan.retention = world.span(minutes{30}, hours{24});
    if (world.chance(600)) plan.poison = static_cast<unsigned>(world.below(200));

    plan.asked = static_cast<unsigned>(world.below(9));
    plan.crowd = world.chance(120);
    if (plan.crowd) plan.asked += 20;  // enough to open a breaker
    plan.wrong_answers = static_cast<unsigned>(world.below(250));
    plan.api_outages = static_cast<unsigned>(world.below(4));

    plan.subscribers.push_back(draw_subscriber(world, "orders"));
    plan.subscribers.push_back(draw_subscriber(world, "ledger"));
    plan.subscribers.back().options.filter = draw_filter(world);
    if (world.chance(400)) {
        plan.subscribers.push_back(draw_subscriber(world, "late"));
        plan.subscribers.back().options.filter = draw_filter(world);
        plan.subscribers.back().joins_after =
            milliseconds(1 + world.below(static_cast<std::uint64_t>(plan.horizon.count())));
        if (world.chance(500)) plan.subscribers.back().from = store::StartFrom::now;
    }
    for (SubscriberPlan& subscriber : plan.subscribers) subscriber.options.lease_margin = plan.lease_margin;
    return plan;
}

}  // namespace tollgate::simulation
