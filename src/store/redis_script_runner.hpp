// ScriptRunner: what the engine is for those that need several answers of Redis for one call.
#pragma once

#include "redis_client.hpp"

#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>

#include <string>
#include <vector>

namespace tollgate::store {

/// Error replies are errors here.
class ScriptRunner {
  public:
    using Done = core::UniqueFunction<void(core::Result<RedisReply>)>;
    virtual ~ScriptRunner() = default;
    /// With the prefix in front of the arguments.
    virtual void run(const RedisScript& script, std::vector<std::string> arguments, Done done) = 0;
    /// One command, as it is.
    virtual void ask(std::vector<std::string> command, Done done) = 0;
};

}  // namespace tollgate::store
