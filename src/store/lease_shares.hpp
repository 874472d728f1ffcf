// Lease shares: which shards of a subscriber a node keeps, takes and gives up, so that the nodes share them evenly.
#pragma once

#include <tollgate/store/store.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

struct LeaseShares {
    std::vector<Shard> keep;     ///< held by the node: renewed, those to be given up as well
    std::vector<Shard> take;     ///< free, and to be granted to the node now
    std::vector<Shard> give_up;  ///< of those kept, what is beyond the node's share
};

/// How many shards of the subscriber are a node's share; 0 for a node that is not among `nodes`. The shares of all
/// nodes make up all shards and differ by one at most. Who gets one more: the nodes that hold most by now, so that
/// nothing moves without need; among equals a rotation of their names that is another for each subscriber, so that it
/// is not the same node for all of them.
///
/// `holders`: for each shard the name of the node that holds it, empty when it is free. `nodes`: those that are alive
/// and not leaving, sorted, each once.
std::size_t lease_quota(std::span<const std::string> holders, std::span<const std::string> nodes, std::string_view own,
                        std::string_view subscriber);

/// What one node does when it asks. A function of what the store holds, so every node that looks at the same state
/// finds the same shares. Applied by each node again and again it ends with every shard held and nothing to give up,
/// after no more moves than the shares need. All results ascend.
LeaseShares share_leases(std::span<const std::string> holders, std::span<const std::string> nodes, std::string_view own,
                         std::string_view subscriber);

}  // namespace tollgate::store
