// Checks across the keys of [store] and [store.redis].
#include "checks.hpp"
#include "redis_url.hpp"

namespace tollgate::ops {

namespace {

void check_sentinel(const RedisConfig& redis, const TomlValue& table, Reading& reading) {
    if (redis.nodes.empty() && !was_refused(table, "nodes", reading)) {
        reading.problem(table.line_of(table.find("nodes") != nullptr ? "nodes" : "mode"),
                        "store.redis.mode is \"sentinel\" and store.redis.nodes is empty",
                        "the sentinels, as in nodes = [\"10.0.0.1:26379\", \"10.0.0.2:26379\"]");
    }
    if (redis.master.empty() && !was_refused(table, "master", reading)) {
        reading.problem(table.line_of(table.find("master") != nullptr ? "master" : "mode"),
                        "store.redis.mode is \"sentinel\" and store.redis.master is empty",
                        "what the sentinels call it, as in master = \"mymaster\"");
    }
    if (redis_scheme_of(redis.url) == RedisScheme::unix_socket) {
        reading.problem(table.line_of("url"), "store.redis.url is a unix socket and store.redis.mode is \"sentinel\"",
                        "redis:// or rediss://: the sentinels say where the master is, and the url how to get in");
    }
}

void check_single(const RedisConfig& redis, const TomlValue& table, Reading& reading) {
    const auto refuse = [&](std::string_view key) {
        reading.problem(table.line_of(key),
                        "store.redis." + std::string(key) + " is given and store.redis.mode is \"single\"",
                        "mode = \"sentinel\", or leave " + std::string(key) + " out");
    };
    if (!redis.nodes.empty()) refuse("nodes");
    if (!redis.master.empty()) refuse("master");
}

void check_redis(const StoreConfig& store, const TomlValue& table, Reading& reading) {
    const auto& redis = store.redis;
    if (store.engine != "redis") {
        reading.problem(table.line, "[store.redis] is given and store.engine is " + in_quotes(store.engine),
                        "engine = \"redis\" in [store], or leave [store.redis] out");
        return;
    }
    if (redis.mode == "sentinel") {
        check_sentinel(redis, table, reading);
    } else if (!was_refused(table, "mode", reading)) {
        check_single(redis, table, reading);
    }
    if (!was_refused(table, "url", reading) && !redis.tls_ca.empty() &&
        redis_scheme_of(redis.url) != RedisScheme::tls) {
        reading.problem(table.line_of("tls_ca"), "store.redis.tls_ca is given and store.redis.url is not rediss://",
                        "rediss:// in the url, or no tls_ca: without TLS nothing is verified");
    }
}

}  // namespace

void check_store(const StoreConfig& store, const TomlValue& root, Reading& reading) {
    const auto* table = root.find("store");
    const bool are_known = table == nullptr || (!was_refused(table->value, "retention", reading) &&
                                                !was_refused(table->value, "state_retention", reading));
    if (are_known && store.state_retention < store.retention) {
        reading.problem(
            table != nullptr ? table->value.line_of("state_retention") : root.line,
            "store.state_retention is shorter than store.retention (" + format_duration(store.retention) + ')',
            "at least as long: the events of a forgotten payment would be published again");
    }
    if (table == nullptr) return;
    const auto* redis = table->value.find("redis");
    if (redis == nullptr || redis->value.type != TomlType::table) return;
    if (was_refused(table->value, "engine", reading)) return;
    check_redis(store, redis->value, reading);
}

}  // namespace tollgate::ops
