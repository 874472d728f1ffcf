// Stage: what befalls a history from outside: outages, clocks that are set, trimming, operators, newcomers.
#include "simulation/stage.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::simulation {

void Stage::schedule_troubles() {
    for (unsigned i = 0; i < plan_.store_outages; ++i) schedule_store_outage();
    for (unsigned i = 0; i < plan_.failovers; ++i) schedule_failover();
    for (unsigned i = 0; i < plan_.clock_jumps; ++i) schedule_clock_jump();
    for (unsigned i = 0; i < plan_.filter_changes; ++i) schedule_filter_change();
    if (plan_.filter_changes > 0) schedule_filter_change_in_an_outage();
    if (plan_.retention.count() > 0) schedule_maintenance();
    schedule_operator();
    schedule_resumption();
    for (Member& member : members_) {
        member.subscriber->live();
        if (member.joined) continue;
        world_.after(member.plan->joins_after, [this, &member] {
            member.joined = true;
            for (const auto& gateway : gateways_) {
                if (gateway) gateway->tell([each = gateway.get()] { each->enrol(); });
            }
        });
    }
}

void Stage::schedule_store_outage() {
    const milliseconds begin(world_.below(static_cast<std::uint64_t>(plan_.horizon.count())));
    const milliseconds length = world_.span(seconds{10}, hours{4});
    world_.after(begin, [this, length] {
        if (!in_trouble_) return;
        tally_.add(Seen::store_outage);
        world_.note(What::store_faults, -1, -1, 1);
        test::FakeFaults gone;
        gone.unavailable = 900;
        gone.unknown_not_done = 50;
        gone.unknown_done = 50;
        store_.set_faults(gone);
        world_.after(length, [this] {
            if (!in_trouble_) return;
            world_.note(What::store_faults, -1, -1, 0);
            store_.set_faults(plan_.faults);
        });
    });
}

void Stage::schedule_failover() {
    const milliseconds when(world_.below(static_cast<std::uint64_t>(plan_.horizon.count())));
    world_.after(when, [this] {
        if (!in_trouble_) return;
        tally_.add(Seen::failover);
        world_.note(What::store_failed_over);
        store_.change_hands();
    });
}

void Stage::schedule_clock_jump() {
    const milliseconds when(world_.below(static_cast<std::uint64_t>(plan_.horizon.count())));
    const milliseconds distance = world_.span(seconds{1}, hours{72});
    const bool backward = world_.chance(500);
    world_.after(when, [this, distance, backward] {
        if (!in_trouble_) return;
        tally_.add(backward ? Seen::clock_backward : Seen::clock_forward);
        world_.note(What::wall_jumped, -1, -1, static_cast<std::uint64_t>(distance.count()), backward ? 1 : 0);
        world_.jump_wall(backward ? -distance : distance);
        ask_.wall_jumped(backward ? -distance : distance);
        for (const auto& gateway : gateways_) {
            if (!gateway) continue;
            gateway->asker().wall_jumped();
            gateway->asker().due_changed();
        }
    });
}

void Stage::schedule_filter_change() {
    const milliseconds when(world_.below(static_cast<std::uint64_t>(plan_.horizon.count())));
    world_.after(when, [this] { change_filter(world_.below(members_.size())); });
}

/// It is in an outage that somebody looks at the configuration, and that a policy has most to keep over a change of it.
void Stage::schedule_filter_change_in_an_outage() {
    world_.after(world_.span(minutes{1}, minutes{10}), [this] {
        if (!in_trouble_) return;
        schedule_filter_change_in_an_outage();
        for (std::size_t i = 0; i < members_.size(); ++i) {
            if (breaker_open(i) && world_.chance(300)) change_filter(i);
        }
    });
}

/// A SIGHUP with another filter for somebody.
void Stage::change_filter(std::size_t chosen) {
    // Whoever hangs would go on with the old filter; which of two filters counts then nobody can say.
    if (any_hangs()) return;
    Member& member = members_[chosen];
    delivery::Filter filter = draw_filter(world_);
    if (filter == member.plan->options.filter) return;
    tally_.add(Seen::filter_changed);
    world_.note(What::reconfigured, static_cast<int>(chosen));
    member.watch->filter_will_change(filter);
    member.plan->options.filter = std::move(filter);
    for (const auto& gateway : gateways_) {
        if (gateway && gateway->deliverer(chosen) != nullptr) gateway->deliverer(chosen)->reconfigure();
    }
}

void Stage::schedule_maintenance() {
    world_.after(minutes{20}, [this] {
        if (!in_trouble_) return;
        schedule_maintenance();
        if (std::none_of(gateways_.begin(), gateways_.end(), [](const auto& gateway) { return gateway != nullptr; }))
            return;
        world_.note(What::maintained);
        store::RetentionPolicy policy;
        policy.retention = plan_.retention;
        policy.state_retention = hours{24 * 400};
        store_.maintain(policy, world_.wall(), [](const core::Result<store::MaintenanceReport>&) {});
    });
}

/// Pauses a subscriber now and then, for a while.
void Stage::schedule_operator() {
    world_.after(world_.span(hours{1}, hours{200}), [this] {
        if (!in_trouble_) return;
        schedule_operator();
        const auto& gateway = gateways_[world_.below(gateways_.size())];
        if (!gateway || gateway->hangs() || gateway->is_leaving()) return;
        Deliverer* deliverer = gateway->deliverer(world_.below(members_.size()));
        if (deliverer == nullptr || deliverer->policy().paused()) return;
        tally_.add(Seen::pause);
        deliverer->pause();
    });
}

/// Looks once in a while and resumes whoever is paused, as people do.
void Stage::schedule_resumption() {
    world_.after(world_.span(minutes{10}, hours{8}), [this] {
        if (!in_trouble_) return;
        schedule_resumption();
        resume_paused();
    });
}

void Stage::resume_paused() {
    for (const auto& gateway : gateways_) {
        if (!gateway || gateway->hangs() || gateway->is_leaving()) continue;
        for (std::size_t i = 0; i < members_.size(); ++i) {
            Deliverer* deliverer = gateway->deliverer(i);
            if (deliverer == nullptr || !deliverer->policy().paused()) continue;
            // Where that fails the store says so, and whoever looks the next time tries again.
            store_.set_pause(members_[i].plan->options.subscriber, "", [](const core::Result<void>&) {});
            deliverer->resume();
        }
    }
}

}  // namespace tollgate::simulation
