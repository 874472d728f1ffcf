// Deciding, from who holds what, what this node renews, takes and gives up.
#include "redis_leases.hpp"

#include "lease_shares.hpp"
#include "redis_delivery.hpp"

#include <algorithm>
#include <charconv>

namespace tollgate::store {

namespace {

/// Holds what is free and not to be taken; no node has this name.
constexpr std::string_view nobody = " ";

std::vector<Shard> recalled_shards(const RedisReply& reply, std::size_t count) {
    std::vector<Shard> shards;
    for (const RedisReply& each : reply.elements) {
        Shard shard = 0;
        const char* const end = each.text.data() + each.text.size();
        const auto [next, failed] = std::from_chars(each.text.data(), end, shard);
        if (failed == std::errc{} && next == end && shard < count) shards.push_back(shard);
    }
    return shards;
}

}  // namespace

std::string lease_value(std::string_view node, LeaseToken token, std::string_view server) {
    std::string value(node);
    return value.append(" ").append(std::to_string(token)).append(" ").append(server);
}

core::Result<LeaseDecision> decide_leases(const RedisReply& reply, const LeaseRequest& request, std::string_view node,
                                          std::string_view server, const std::function<LeaseToken()>& new_token) {
    if (reply.is_array() && reply.elements.empty()) return unknown_subscriber(request.subscriber);
    if (!reply.is_array() || reply.elements.size() != 4) return unexpected_answer("renew_leases");
    std::vector<std::string> nodes;
    for (const RedisReply& each : reply.elements[0].elements) nodes.push_back(each.text);
    std::sort(nodes.begin(), nodes.end());

    const std::vector<RedisReply>& values = reply.elements[1].elements;
    std::vector<std::string> holders(values.size());
    LeaseDecision decision;
    for (Shard shard = 0; shard < values.size(); ++shard) {
        const std::string& value = values[shard].text;
        if (value.empty()) continue;
        const std::string holder = value.substr(0, value.find(' '));
        const auto held = std::find_if(request.held.begin(), request.held.end(), [&](const Lease& lease) {
            return lease.shard == shard && lease_value(node, lease.token, server) == value;
        });
        if (held != request.held.end()) {
            holders[shard] = node;
            decision.report.held.push_back(*held);
        } else if (holder != node) {
            holders[shard] = holder;
        }
    }
    const std::vector<Shard> recalled = recalled_shards(reply.elements[3], holders.size());
    for (const Shard shard : recalled) {
        if (holders[shard].empty()) holders[shard] = nobody;
    }
    decision.report.paused = reply.elements[2].text;
    LeaseShares shares = share_leases(holders, nodes, node, request.subscriber);
    decision.report.to_give_up = std::move(shares.give_up);
    for (const Shard shard : recalled) {
        auto& give_up = decision.report.to_give_up;
        if (holders[shard] == node && std::ranges::find(give_up, shard) == give_up.end()) give_up.push_back(shard);
    }
    std::ranges::sort(decision.report.to_give_up);
    if (request.leaving) {
        decision.report.to_give_up.clear();
        return decision;
    }
    for (const Shard shard : shares.take) decision.take.push_back({shard, values[shard].text, new_token()});
    return decision;
}

}  // namespace tollgate::store
