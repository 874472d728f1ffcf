// MemoryLeases: who may work which shard of which subscriber, in memory; part of MemoryTables.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/store/store.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tollgate::test {

class MemoryLeases {
  public:
    struct Holding {
        std::string node;  ///< empty: free
        store::LeaseToken token = 0;
        core::SteadyTime until{};
        core::SteadyTime recalled_until = core::SteadyTime::min();
    };

    explicit MemoryLeases(store::Shard shards) : shards_(shards) {}

    /// What the node holds and does not ask for was another life's, or its answer got lost: granted anew, to the same
    /// node. Never to another before its time: the request may be an old one that comes late, and the node at work.
    store::LeaseReport renew(const std::string& node, const store::LeaseRequest& request, core::SteadyTime now);
    /// What a store does that goes on as another process: the nodes keep their shards and their times, but no token is
    /// good any more.
    void void_tokens();
    /// Nobody is granted the shard for a time, and its holder is to give it up. Returns whether it is free.
    bool recall(const std::string& subscriber, store::Shard shard, core::SteadyTime now);
    void end_recall(const std::string& subscriber, store::Shard shard);
    /// Whether a node works for the subscriber, or waits for a share.
    [[nodiscard]] bool is_worked(const std::string& subscriber, core::SteadyTime now) const;
    void forget(const std::string& subscriber) { subscribers_.erase(subscriber); }
    [[nodiscard]] bool may_save(const store::DeliveryUpdate& update, core::SteadyTime now) const;

    /// By shard; null when nobody has asked yet. What is over stays until somebody asks again.
    [[nodiscard]] const std::vector<Holding>* holdings(const std::string& subscriber) const;
    /// How many leases were granted: each grant is another token.
    [[nodiscard]] std::uint64_t granted() const noexcept { return last_token_; }

  private:
    struct Subscriber {
        std::vector<Holding> holdings;
        std::map<std::string, core::SteadyTime> nodes;  ///< alive until
    };

    store::Shard shards_;
    store::LeaseToken last_token_ = 0;
    std::map<std::string, Subscriber> subscribers_;
};

}  // namespace tollgate::test
