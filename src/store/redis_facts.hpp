// What an ACK is worth on this Redis, in words, and what an operator should change.
#pragma once

#include "redis_client.hpp"

#include <string>
#include <vector>

namespace tollgate::store {

/// "fsynced by Redis (appendfsync always)", "in the memory of Redis, fsynced within a second (...): ...".
std::string describe_durability(const RedisServerFacts& facts, const RedisOptions& options);

/// One sentence each: what is wrong, and what would be right. Empty when the promises can be kept.
std::vector<std::string> warnings_of(const RedisServerFacts& facts, const RedisOptions& options);

}  // namespace tollgate::store
