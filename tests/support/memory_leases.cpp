// Leases of the store in memory: they end by time, they are shared evenly, and each grant has a token of its own.
#include "support/memory_leases.hpp"

#include "store/lease_shares.hpp"

#include <algorithm>

namespace tollgate::test {

namespace {

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
        if (holding.until <= now || names(request.given_up, {shard, holding.token})) holding = {};
        holders.push_back(holding.node);
    }

    std::vector<std::string> nodes;
    for (const auto& [name, until] : subscriber.nodes) nodes.push_back(name);
    const store::LeaseShares shares = store::share_leases(holders, nodes, node, request.subscriber);
    store::LeaseReport report;
    const auto grant = [&](store::Shard shard, store::LeaseToken token) {
        subscriber.holdings[shard] = {node, token, now + request.lifetime};
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
    return report;
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
