// EmbeddedLeases: who works which shard of which subscriber in this process; they need not survive it.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/store/store.hpp>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tollgate::store {

/// One worker for each subscriber: who asks takes over what another held. Leases hold until they are given up; those of
/// a worker that leaves end after the lifetime it asked for, since it may be gone without a word. Safe to call from
/// every thread.
class EmbeddedLeases {
  public:
    explicit EmbeddedLeases(Shard shards) : shards_(shards) {}

    LeaseReport renew(const LeaseRequest& request, core::SteadyTime now);
    /// Whether a save under this token is one of the worker at work; under none (0) it is while nobody works the shard.
    [[nodiscard]] bool may_save(const std::string& subscriber, Shard shard, LeaseToken token, core::SteadyTime now);
    /// From now on nobody is granted the shard, and whoever holds it is to give it up. Returns whether it is free.
    [[nodiscard]] bool recall(const std::string& subscriber, Shard shard, core::SteadyTime now);
    void end_recall(const std::string& subscriber, Shard shard);
    /// Who has asked for nothing during so long is gone, although its leases would hold.
    static constexpr std::chrono::seconds silence{60};
    [[nodiscard]] bool is_worked(const std::string& subscriber, core::SteadyTime now);
    void forget(const std::string& subscriber);

  private:
    struct Holding {
        LeaseToken token = 0;  ///< 0: free
        core::SteadyTime until{};
        core::SteadyTime asked_at{};  ///< when its holder renewed it last
        core::SteadyTime recalled_until = core::SteadyTime::min();

        [[nodiscard]] bool is_held(core::SteadyTime now) const noexcept { return token != 0 && now < until; }
    };
    Holding& holding(const std::string& subscriber, Shard shard);

    const Shard shards_;
    std::mutex mutex_;
    LeaseToken last_token_ = 0;
    std::map<std::string, std::vector<Holding>> subscribers_;  ///< as many as are known to the store
};

}  // namespace tollgate::store
