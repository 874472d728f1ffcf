// Stage: the lives of the nodes: they start, die, hang, and end in good order.
#include "simulation/broken_rule.hpp"
#include "simulation/stage.hpp"

#include <algorithm>
#include <string>

namespace tollgate::simulation {

namespace {

/// Of what a dying node had sent to the store, so many of a thousand never get there.
constexpr unsigned lost_with_a_node = 500;
/// For an end in good order: longer than any request takes.
constexpr milliseconds patience_for_an_end = seconds{30};

}  // namespace

int Stage::receive(const Sending& sending) {
    const int node = static_cast<int>(world_.below(static_cast<std::uint64_t>(plan_.nodes)));
    if (gateway(node) == nullptr || gateway(node)->is_leaving()) return -1;
    log_.arrived(sending.report);
    ask_.arrived(sending.report);
    gateway(node)->receiver().receive(sending);
    return node;
}

void Stage::start(int node) {
    world_.note(What::gateway_started, node);
    gateways_[static_cast<std::size_t>(node)] = std::make_unique<Gateway>(
        world_, node, store_.node(node_name(node)), truths_, log_, members_, Asking{desk_, ask_}, tally_,
        [this](const Sending& sending, bool acknowledged) { answered(sending, acknowledged); });
}

bool Stage::has_half_done(int node) const {
    if (gateway(node)->receiver().batch_in_flight()) return true;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const Deliverer* deliverer = gateway(node)->deliverer(i);
        if (deliverer == nullptr) continue;
        if (members_[i].watch->attempts_in_flight(node) > 0 || deliverer->policy().has_unsaved()) return true;
    }
    return false;
}

/// Most moments are dull; those with something half done are tried more often.
void Stage::tempt(int node) {
    if (gateway(node) == nullptr) return;
    const unsigned weight = has_half_done(node) ? 4 : 1;
    std::uint64_t drawn = world_.below(100'000);
    const auto hits = [&](unsigned share) {
        if (drawn < share * weight) return true;
        drawn -= share * weight;
        return false;
    };
    if (hits(plan_.crashes_per_100k_steps)) return crash(node);
    if (gateway(node)->hangs() || gateway(node)->is_leaving()) return;
    if (hits(plan_.hangs_per_100k_steps)) return hang(node);
    if (hits(plan_.cuts_per_100k_steps)) return cut_off(node);
    if (hits(plan_.stops_per_100k_steps)) stop(node);
}

void Stage::crash(int node) {
    tally_.add(Seen::crash);
    if (gateway(node)->receiver().batch_in_flight()) tally_.add(Seen::crash_mid_accept);
    life_ends(node, true);
    restart_later(node);
}

void Stage::life_ends(int node, bool crashed) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const Deliverer* deliverer = gateway(node)->deliverer(i);
        if (deliverer == nullptr) continue;
        if (members_[i].watch->attempts_in_flight(node) > 0) tally_.add(Seen::crash_mid_attempt);
        members_[i].watch->life_ends(node, deliverer->policy(), crashed);
    }
    world_.note(What::gateway_crashed, node);
    store_.node(node_name(node)).crash(lost_with_a_node);
    gateways_[static_cast<std::size_t>(node)].reset();
    ask_.life_ends(node);
    provider_.connections_lost(node);
}

void Stage::restart_later(int node) {
    milliseconds down = world_.span(milliseconds{200}, seconds{60});
    if (world_.chance(100)) down = world_.span(minutes{5}, hours{6});
    // About as long as others wait before they take over.
    if (world_.chance(200)) down = world_.span(plan_.lease_margin / 4, plan_.lease_margin * 4);
    world_.after(down, [this, node] {
        if (gateway(node) == nullptr) start(node);
    });
}

/// Shorter than leases last, or as long as makes others take over.
void Stage::hang(int node) {
    tally_.add(Seen::hang);
    world_.note(What::gateway_hung, node);
    gateway(node)->hang();
    const milliseconds length = world_.span(seconds{1}, std::max<milliseconds>(plan_.lease_margin * 4, minutes{2}));
    world_.after(length, gateway(node)->life(), [this, node] {
        if (gateway(node)->hangs()) wake(node);
    });
}

void Stage::wake(int node) {
    world_.note(What::gateway_woke, node);
    gateway(node)->wake();
}

void Stage::cut_off(int node) {
    tally_.add(Seen::cut_off);
    world_.note(What::gateway_cut_off, node);
    test::FakeNode& cut = store_.node(node_name(node));
    cut.cut_off(true);
    world_.after(world_.span(seconds{1}, std::max<milliseconds>(plan_.lease_margin * 4, minutes{2})),
                 [&cut] { cut.cut_off(false); });
}

void Stage::stop(int node) {
    world_.note(What::gateway_leaves, node);
    gateway(node)->leave();
    end_if_settled(node, patience_for_an_end);
}

void Stage::end_if_settled(int node, milliseconds patience) {
    world_.after(milliseconds{500}, gateway(node)->life(), [this, node, patience] {
        const bool settled = gateway(node)->is_settled();
        if (!settled && patience.count() > 0) return end_if_settled(node, patience - milliseconds{500});
        if (settled) tally_.add(Seen::graceful_stop);
        life_ends(node, !settled);
        if (in_trouble_) {
            restart_later(node);
        } else {
            start(node);
        }
    });
}

void Stage::set_lease_margin(milliseconds margin) {
    for (Member& member : members_) member.plan->options.lease_margin = margin;
    for (const auto& gateway : gateways_) {
        for (std::size_t i = 0; gateway && i < members_.size(); ++i) {
            if (Deliverer* deliverer = gateway->deliverer(i)) deliverer->reconfigure();
        }
    }
}

bool Stage::any_hangs() const {
    return std::any_of(gateways_.begin(), gateways_.end(),
                       [](const auto& gateway) { return gateway && gateway->hangs(); });
}

bool Stage::any_breaker_open() const {
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (breaker_open(i)) return true;
    }
    return false;
}

bool Stage::breaker_open(std::size_t member) const {
    return std::any_of(gateways_.begin(), gateways_.end(), [member](const auto& gateway) {
        const Deliverer* deliverer = gateway ? gateway->deliverer(member) : nullptr;
        return deliverer != nullptr && deliverer->policy().breaker_open();
    });
}

/// Everybody leaves: then nobody holds anything, and nothing is left to do.
void Stage::say_goodbye() {
    for (const auto& gateway : gateways_) gateway->leave();
    run_for(hours{24 * 60});
    require(world_.is_idle(), rule::progress, [] { return "there is still something to do after everybody left"; });
    for (int node = 0; node < plan_.nodes; ++node) {
        require(gateway(node)->is_settled(), rule::progress,
                [&] { return node_name(node) + " cannot leave although nothing is left to do"; });
        life_ends(node, false);
    }
    for (const Member& member : members_) {
        member.watch->check_counters(plan_.retention.count() > 0);
        for (const auto& holding : *store_.tables().leases().holdings(member.plan->options.subscriber)) {
            require(holding.node.empty(), rule::lease,
                    [&] { return holding.node + " left, but holds a shard of " + member.plan->options.subscriber; });
        }
    }
}

}  // namespace tollgate::simulation
