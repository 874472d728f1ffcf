// ReplicaConfirmation: whether what Redis had by now is on its replicas as well.
#pragma once

#include "redis_client.hpp"

#include <tollgate/core/unique_function.hpp>
#include <tollgate/store/redis.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// How long Redis may wait for its replicas, so that it answers before its own time is over.
[[nodiscard]] std::chrono::milliseconds wait_of_replicas(const RedisOptions& options);
/// What WAIT answered. Errors: Errc::unknown_outcome: fewer than wait_replicas.
[[nodiscard]] core::Result<void> enough_replicas(const RedisOptions& options, std::int64_t have_it);

/// Asked on a connection of its own, since WAIT keeps everything behind it on a connection. One question at a time: who
/// comes meanwhile shares the next one. Owned by one engine, on its loop.
class ReplicaConfirmation final : private RedisClientListener {
  public:
    using Done = core::UniqueFunction<void(core::Result<void>)>;

    /// `options` outlives it. Errors: those of RedisClient::create().
    static core::Result<std::unique_ptr<ReplicaConfirmation>> create(boost::asio::io_context& loop,
                                                                     const RedisOptions& options,
                                                                     const core::Clock& clock, core::FaultSink& faults);

    /// Of all that the server process `run_id` had before this call. `done` may be called from within, and is dropped
    /// with this object. Errors: Errc::unknown_outcome: fewer replicas than wait_replicas have it, or Redis did not
    /// answer; unavailable: there is no connection to that process, it writes nothing, or too many wait.
    void confirm(const std::string& run_id, Done done);

  private:
    explicit ReplicaConfirmation(const RedisOptions& options);
    void redis_connected(const RedisServerFacts& facts) override;
    void redis_lost(std::string_view why) override;
    void ask();
    void wait_for_them();
    void answer(const core::Result<void>& result);

    const RedisOptions& options_;
    std::string run_id_;        ///< of the process we are connected to; empty: none
    std::vector<Done> asked_;   ///< of the question under way
    std::vector<Done> to_ask_;  ///< of the next one
    std::unique_ptr<RedisClient> client_;
};

}  // namespace tollgate::store
