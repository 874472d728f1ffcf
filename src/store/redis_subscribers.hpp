// SubscribersReading: how far every subscriber is, one short script for each.
#pragma once

#include "redis_script_runner.hpp"

#include <tollgate/store/store.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tollgate::store {

/// Asks for the heads of all shards and the names, then for one subscriber after the other: Redis answers others in
/// between. A subscriber that was forgotten meanwhile is left out.
class SubscribersReading : public std::enable_shared_from_this<SubscribersReading> {
  public:
    using Done = Store::Done<std::vector<SubscriberStanding>>;

    /// `runner` outlives every answer.
    SubscribersReading(ScriptRunner& runner, std::string prefix, Shard shards, Done done);
    void start();

  private:
    void take_heads(const RedisReply& reply);
    void read_names();
    void take_names(const RedisReply& reply);
    void read_next();
    void take(const RedisReply& reply);

    ScriptRunner& runner_;
    const std::string prefix_;
    const Shard shards_;
    Done done_;
    std::vector<std::string> heads_;
    std::vector<std::string> names_;
    std::size_t next_ = 0;  ///< of names_
    std::vector<SubscriberStanding> found_;
};

}  // namespace tollgate::store
