// Puts the settings of a Redis into words.
#include "redis_facts.hpp"

namespace tollgate::store {

namespace {

std::string local_durability(const RedisServerFacts& facts) {
    if (!facts.config_known) {
        return "written to Redis; how durable that is cannot be read (its user may not CONFIG GET)";
    }
    if (!facts.append_only) return "in the memory of Redis only (appendonly no): lost when it restarts";
    if (facts.appendfsync == "always") return "fsynced by Redis (appendfsync always)";
    if (facts.appendfsync == "everysec") {
        return "in Redis, fsynced within a second (appendfsync everysec): a power cut may lose the last second";
    }
    return "in Redis, fsynced when the system likes (appendfsync " + facts.appendfsync +
           "): a power cut may lose the last half minute";
}

}  // namespace

std::string describe_durability(const RedisServerFacts& facts, const RedisOptions& options) {
    std::string words = local_durability(facts);
    if (options.wait_replicas > 0) {
        words += ", and in the memory of " + std::to_string(options.wait_replicas) +
                 (options.wait_replicas == 1 ? " replica" : " replicas");
    }
    return words;
}

std::vector<std::string> warnings_of(const RedisServerFacts& facts, const RedisOptions& options) {
    std::vector<std::string> warnings;
    if (facts.config_known && !facts.append_only) {
        warnings.emplace_back(
            "what was acknowledged since its last snapshot does not survive the end of Redis (appendonly no); set "
            "appendonly yes and appendfsync always. With store.redis.durability = \"journal\" only the last two "
            "minutes "
            "are written again");
    } else if (facts.config_known && facts.appendfsync != "always") {
        warnings.emplace_back(
            "what was acknowledged last does not survive a power cut; set appendfsync always, or "
            "store.redis.durability = \"journal\"");
    }
    // An evicted payment is one never heard of: its next callback would be published again.
    if (facts.config_known && facts.maxmemory_policy != "noeviction") {
        warnings.emplace_back("Redis may evict payments (maxmemory-policy " + facts.maxmemory_policy +
                              "), and their repeats would be published again; set noeviction");
    }
    if (options.wait_replicas > facts.connected_replicas) {
        warnings.emplace_back(
            "store.redis.wait_replicas is " + std::to_string(options.wait_replicas) + ", but only " +
            std::to_string(facts.connected_replicas) +
            " are connected: every callback goes to the spool until they are, and no event is delivered");
    }
    if (options.address.mode == RedisMode::sentinel && options.wait_replicas == 0 && facts.min_replicas_to_write == 0) {
        warnings.emplace_back(
            "a failover may lose what was acknowledged last; set min-replicas-to-write, or "
            "store.redis.wait_replicas = 1");
    }
    return warnings;
}

}  // namespace tollgate::store
