// ScriptRunner: what the engine is for those that need several answers of Redis for one call.
#pragma once

#include "redis_client.hpp"

#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>

#include <string>
#include <vector>

namespace tollgate::store {

/// What runs a script for this engine, with the prefix in front of the arguments.
class ScriptRunner {
  public:
    using Done = core::UniqueFunction<void(core::Result<RedisReply>)>;
    virtual ~ScriptRunner() = default;
    virtual void run(const RedisScript& script, std::vector<std::string> arguments, Done done) = 0;
    virtual void ask(std::vector<std::string> command, Done done) = 0;
};

}  // namespace tollgate::store
