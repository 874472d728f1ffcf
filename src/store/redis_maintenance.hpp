// RedisMaintenance: one maintain() as a row of small script calls, so that Redis is never held up for long.
#pragma once

#include "redis_script_runner.hpp"

#include <tollgate/store/store.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tollgate::store {

/// Lives until it has called `done`; on the loop of `runner`, which outlives it or drops its completions.
class RedisMaintenance : public std::enable_shared_from_this<RedisMaintenance> {
  public:
    using Done = core::UniqueFunction<void(core::Result<MaintenanceReport>)>;
    RedisMaintenance(ScriptRunner& runner, Shard shards, RetentionPolicy policy, core::WallTime now, Done done);
    void start();

  private:
    void trim_by_age(Shard shard);
    void trim_by_size();
    void trim_oldest(const RedisReply& sizes);
    void forget(Shard shard);
    void measure();
    void trim(Shard shard, std::string before, std::string bytes, core::UniqueFunction<void(std::uint64_t)> then);
    core::Result<std::uint64_t> read_trimmed(const RedisReply& reply);
    void fail(core::Error error);

    ScriptRunner& runner_;
    const Shard shards_;
    const RetentionPolicy policy_;
    const core::WallTime now_;
    Done done_;
    MaintenanceReport report_;
};

}  // namespace tollgate::store
