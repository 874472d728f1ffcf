// Lease shares: a pure function of who holds what and who is alive; both engines and the fake use it.
#include "lease_shares.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace tollgate::store {

std::size_t lease_quota(std::span<const std::string> holders, std::span<const std::string> nodes, std::string_view own,
                        std::string_view subscriber) {
    assert(std::is_sorted(nodes.begin(), nodes.end()));
    const auto self = std::find(nodes.begin(), nodes.end(), own);
    if (self == nodes.end()) return 0;
    const std::size_t one_more = holders.size() % nodes.size();
    const std::size_t first = core::stable_hash({subscriber}) % nodes.size();

    // How many nodes go before this one in getting one more.
    const auto rank_of = [&](std::size_t index) {
        const auto held = static_cast<std::size_t>(std::count(holders.begin(), holders.end(), nodes[index]));
        return std::pair(holders.size() - held, (index + nodes.size() - first) % nodes.size());
    };
    const auto own_rank = rank_of(static_cast<std::size_t>(self - nodes.begin()));
    std::size_t before = 0;
    for (std::size_t index = 0; index < nodes.size(); ++index) {
        if (rank_of(index) < own_rank) ++before;
    }
    return holders.size() / nodes.size() + (before < one_more ? 1 : 0);
}

LeaseShares share_leases(std::span<const std::string> holders, std::span<const std::string> nodes, std::string_view own,
                         std::string_view subscriber) {
    const std::size_t quota = lease_quota(holders, nodes, own, subscriber);
    LeaseShares shares;
    for (Shard shard = 0; shard < holders.size(); ++shard) {
        if (holders[shard] == own) shares.keep.push_back(shard);
    }
    for (Shard shard = 0; shard < holders.size() && shares.keep.size() + shares.take.size() < quota; ++shard) {
        if (holders[shard].empty()) shares.take.push_back(shard);
    }
    if (shares.keep.size() > quota) {
        shares.give_up.assign(shares.keep.begin() + static_cast<std::ptrdiff_t>(quota), shares.keep.end());
    }
    return shares;
}

}  // namespace tollgate::store
