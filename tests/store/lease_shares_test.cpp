// The shares of the nodes: even, whole, stable, and reached by no more moves than needed.
#include "store/lease_shares.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace tollgate::store {

namespace {

using Names = std::vector<std::string>;

Names first_nodes(std::size_t count) {
    Names nodes;
    for (std::size_t i = 0; i < count; ++i) nodes.push_back("node-" + std::to_string(i));
    std::sort(nodes.begin(), nodes.end());
    return nodes;
}

std::map<std::string, std::size_t> counts(const Names& holders) {
    std::map<std::string, std::size_t> held;
    for (const std::string& holder : holders) ++held[holder];
    return held;
}

/// One node asks; what it is to give up it gives up at once.
void ask(Names& holders, const Names& nodes, const std::string& own, const std::string& subscriber) {
    const LeaseShares shares = share_leases(holders, nodes, own, subscriber);
    for (const Shard shard : shares.take) {
        ASSERT_TRUE(holders[shard].empty());
        holders[shard] = own;
    }
    for (const Shard shard : shares.give_up) {
        ASSERT_EQ(holders[shard], own);
        holders[shard].clear();
    }
}

/// Every node asks, in a drawn order, until nothing changes. Returns after how many rounds.
int converge(Names& holders, const Names& nodes, const std::string& subscriber, std::mt19937_64& random) {
    for (int round = 0; round < 10; ++round) {
        const Names before = holders;
        Names order = nodes;
        std::shuffle(order.begin(), order.end(), random);
        for (const std::string& node : order) ask(holders, nodes, node, subscriber);
        if (holders == before) return round;
    }
    return 10;
}

/// Moves that any even sharing takes, from these holders.
std::size_t fewest_moves(const Names& holders, const Names& nodes) {
    const auto held = counts(holders);
    std::vector<std::size_t> numbers;
    for (const std::string& node : nodes) numbers.push_back(held.contains(node) ? held.at(node) : 0);
    std::sort(numbers.rbegin(), numbers.rend());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const std::size_t share = holders.size() / nodes.size() + (i < holders.size() % nodes.size() ? 1 : 0);
        kept += std::min(numbers[i], share);
    }
    return holders.size() - kept;
}

std::size_t moves(const Names& before, const Names& after) {
    std::size_t moved = 0;
    for (std::size_t shard = 0; shard < before.size(); ++shard) moved += before[shard] == after[shard] ? 0 : 1;
    return moved;
}

}  // namespace

TEST(LeaseShares, OneNodeTakesAll) {
    const Names holders(16);
    const Names nodes = first_nodes(1);
    const LeaseShares shares = share_leases(holders, nodes, "node-0", "orders");
    EXPECT_TRUE(shares.keep.empty());
    EXPECT_EQ(shares.take.size(), 16U);
    EXPECT_TRUE(shares.give_up.empty());
}

TEST(LeaseShares, ANodeThatIsLeavingTakesNothingAndGivesUpAll) {
    const Names holders{"node-0", "", "node-1", "node-0"};
    const Names others{"node-1"};
    const LeaseShares shares = share_leases(holders, others, "node-0", "orders");
    EXPECT_EQ(shares.keep, (std::vector<Shard>{0, 3}));
    EXPECT_TRUE(shares.take.empty());
    EXPECT_EQ(shares.give_up, (std::vector<Shard>{0, 3}));
}

TEST(LeaseShares, WhatAnotherHoldsIsNotTaken) {
    const Names holders{"node-0", "gone", "gone", "gone"};
    const Names nodes = first_nodes(1);
    const LeaseShares shares = share_leases(holders, nodes, "node-0", "orders");
    EXPECT_EQ(shares.keep, (std::vector<Shard>{0}));
    EXPECT_TRUE(shares.take.empty());
    EXPECT_TRUE(shares.give_up.empty());
}

TEST(LeaseShares, MakeUpAllShardsAndDifferByOneAtMost) {
    std::mt19937_64 random(1);
    for (std::size_t shards = 1; shards <= 40; ++shards) {
        for (std::size_t count = 1; count <= 20; ++count) {
            const Names nodes = first_nodes(count);
            Names holders(shards);
            // Any state whatever: shares free, held by the living and by the dead.
            for (std::string& holder : holders) {
                const std::size_t drawn = random() % (count + 2);
                holder = drawn < count ? nodes[drawn] : drawn == count ? "dead" : "";
            }
            std::vector<std::size_t> quotas;
            for (const std::string& node : nodes) quotas.push_back(lease_quota(holders, nodes, node, "orders"));
            EXPECT_EQ(std::accumulate(quotas.begin(), quotas.end(), std::size_t{0}), shards);
            const auto [least, most] = std::minmax_element(quotas.begin(), quotas.end());
            EXPECT_LE(*most - *least, 1U) << shards << " shards, " << count << " nodes";
        }
    }
}

TEST(LeaseShares, AreReachedInAFewRoundsWithNoMoreMovesThanNeeded) {
    std::mt19937_64 random(2);
    for (int history = 0; history < 500; ++history) {
        const std::size_t shards = 1 + random() % 32;
        const std::string subscriber = "subscriber-" + std::to_string(history);
        Names nodes = first_nodes(1 + random() % 6);
        Names holders(shards);
        converge(holders, nodes, subscriber, random);
        for (int change = 0; change < 6; ++change) {
            const Names before = holders;
            if (nodes.size() > 1 && random() % 2 == 0) {
                const std::string gone = nodes[random() % nodes.size()];
                std::erase(nodes, gone);
                for (std::string& holder : holders) {
                    if (holder == gone) holder.clear();
                }
            } else {
                nodes.push_back("node-" + std::to_string(100 + random() % 1000));
                std::sort(nodes.begin(), nodes.end());
                nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
            }
            const std::size_t needed = fewest_moves(holders, nodes);
            EXPECT_LE(converge(holders, nodes, subscriber, random), 3);
            EXPECT_EQ(moves(before, holders), needed) << shards << " shards, " << nodes.size() << " nodes";
            EXPECT_FALSE(counts(holders).contains(""));
            for (const std::string& node : nodes) {
                const LeaseShares shares = share_leases(holders, nodes, node, subscriber);
                EXPECT_TRUE(shares.take.empty() && shares.give_up.empty());
            }
        }
    }
}

TEST(LeaseShares, TheOneMoreIsNotTheSameNodesForEverySubscriber) {
    const Names holders(3);
    const Names nodes = first_nodes(2);
    std::map<std::string, int> with_two;
    for (int i = 0; i < 100; ++i) {
        for (const std::string& node : nodes) {
            if (lease_quota(holders, nodes, node, "subscriber-" + std::to_string(i)) == 2) ++with_two[node];
        }
    }
    EXPECT_GT(with_two["node-0"], 25);
    EXPECT_GT(with_two["node-1"], 25);
}

}  // namespace tollgate::store
