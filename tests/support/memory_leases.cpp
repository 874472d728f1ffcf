// Leases of the store in memory: they end by time, they are shared evenly, and each grant has a token of its own.
#include "support/memory_leases.hpp"

#include "store/lease_shares.hpp"

#include <algorithm>

namespace tollgate::test {

namespace {

/// Stands for the holder of what is free and not to be taken.
constexpr std::string_view nobody = " ";

bool names(const std::vector<store::Lease>& leases, const store::Lease& lease) {
    return std::find(leases.begin(), leases.end(), lease) != leases.end();
}

}  // namespace

store::LeaseReport MemoryLeases::renew(const std::string& node, const store::LeaseRequest& request,
                                       core::SteadyTime now) {
    Subscriber& subscriber = subscribers_[request.subscriber];
    subscriber.holdings.resize(shards_);
    std::erase_if(subscriber.nodes, [&](const auto& each) { return each.second <= now; });
    if (request.leaving) {
        subscriber.nodes.erase(node);
    } else {
        subscriber.nodes[node] = now + request.lifetime;
    }

    std::vector<std::string> holders;
    for (store::Shard shard = 0; shard < shards_; ++shard) {
        Holding& holding = subscriber.holdings[shard];
        if (holding.until <= now || names(request.given_up, {shard, holding.token})) {
            holding = {{}, 0, {}, holding.recalled_until};
        }
        const bool kept_free = holding.node.empty() && holding.recalled_until > now;
        holders.push_back(kept_free ? std::string(nobody) : holding.node);
    }

    std::vector<std::string> nodes;
    for (const auto& [name, until] : subscriber.nodes) nodes.push_back(name);
    const store::LeaseShares shares = store::share_leases(holders, nodes, node, request.subscriber);
    store::LeaseReport report;
    const auto grant = [&](store::Shard shard, store::LeaseToken token) {
        Holding& holding = subscriber.holdings[shard];
        holding = {node, token, now + request.lifetime, holding.recalled_until};
        report.held.push_back({shard, token});
    };
    for (const store::Shard shard : shares.keep) {
        const store::LeaseToken token = subscriber.holdings[shard].token;
        if (names(request.held, {shard, token})) {
            grant(shard, token);
        } else if (!request.leaving) {
            grant(shard, ++last_token_);
        }
    }
    for (const store::Shard shard : shares.take) grant(shard, ++last_token_);
    report.to_give_up = shares.give_up;
    for (const store::Lease& lease : report.held) {
        const bool recalled = subscriber.holdings[lease.shard].recalled_until > now;
        if (recalled && std::ranges::find(report.to_give_up, lease.shard) == report.to_give_up.end()) {
            report.to_give_up.push_back(lease.shard);
        }
    }
    return report;
}

bool MemoryLeases::recall(const std::string& subscriber, store::Shard shard, core::SteadyTime now) {
    std::vector<Holding>& holdings = subscribers_[subscriber].holdings;
    holdings.resize(shards_);
    holdings[shard].recalled_until = now + store::recall_lifetime;
    return holdings[shard].node.empty() || holdings[shard].until <= now;
}

void MemoryLeases::end_recall(const std::string& subscriber, store::Shard shard) {
    subscribers_.at(subscriber).holdings.at(shard).recalled_until = core::SteadyTime::min();
}

bool MemoryLeases::is_worked(const std::string& subscriber, core::SteadyTime now) const {
    const auto found = subscribers_.find(subscriber);
    if (found == subscribers_.end()) return false;
    const auto& [name, known] = *found;
    return std::ranges::any_of(known.nodes, [now](const auto& node) { return node.second > now; }) ||
           std::ranges::any_of(known.holdings,
                               [now](const Holding& each) { return !each.node.empty() && each.until > now; });
}

void MemoryLeases::void_tokens() {
    for (auto& [name, subscriber] : subscribers_) {
        for (Holding& holding : subscriber.holdings) {
            if (!holding.node.empty()) holding.token = ++last_token_;
        }
    }
}

bool MemoryLeases::may_save(const store::DeliveryUpdate& update, core::SteadyTime now) const {
    const std::vector<Holding>* all = holdings(update.subscriber);
    const Holding holding = all != nullptr ? (*all)[update.shard] : Holding{};
    const bool is_held = !holding.node.empty() && holding.until > now;
    return update.lease == (is_held ? holding.token : 0);
}

const std::vector<MemoryLeases::Holding>* MemoryLeases::holdings(const std::string& subscriber) const {
    const auto found = subscribers_.find(subscriber);
    return found == subscribers_.end() ? nullptr : &found->second.holdings;
}

}  // namespace tollgate::test
