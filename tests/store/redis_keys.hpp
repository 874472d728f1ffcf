// RedisKeys: what a Redis holds of a store, by the kind of key, as a test of its growth compares it.
#pragma once

#include "support/redis_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>

namespace tollgate::test {

struct KeysOfAKind {
    std::uint64_t keys = 0;
    std::uint64_t elements = 0;  ///< entries of a stream, fields of a hash, and so on; of a text 1
    std::uint64_t bytes = 0;     ///< as MEMORY USAGE counts them
    std::uint64_t mortal = 0;    ///< keys that end by themselves
};

struct RedisKeys {
    /// "p" of "tollgate:{3}:p:kenya:ref-1", "dead:orders" of "tollgate:{0}:dead:orders", "workers:orders" of
    /// "tollgate:workers:orders": whatever is there, known or not.
    std::map<std::string, KeysOfAKind> kinds;
    std::uint64_t keys = 0;
    std::uint64_t used_memory = 0;
    std::uint64_t scripts = 0;  ///< that the server remembers

    [[nodiscard]] KeysOfAKind of(const std::string& kind) const {
        const auto found = kinds.find(kind);
        return found == kinds.end() ? KeysOfAKind{} : found->second;
    }
};

inline RedisKeys read_redis_keys(const RedisServer& server) {
    // Keys that are over count until they are looked at.
    constexpr std::string_view script = R"lua(
local kinds, names = {}, {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = string.gsub(string.match(key, '^[^:]+:{%d+}:(.*)$') or string.match(key, '^[^:]+:(.*)$') or key, '^([pj]):.*$', '%1')
  local bytes = redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0')
  if bytes then
    local is, elements = redis.call('TYPE', key).ok, 1
    if is == 'stream' then elements = redis.call('XLEN', key)
    elseif is == 'hash' then elements = redis.call('HLEN', key)
    elseif is == 'zset' then elements = redis.call('ZCARD', key)
    elseif is == 'list' then elements = redis.call('LLEN', key)
    elseif is == 'set' then elements = redis.call('SCARD', key) end
    local all = kinds[kind]
    if not all then
      all = {0, 0, 0, 0}
      kinds[kind], names[#names + 1] = all, kind
    end
    all[1], all[2], all[3] = all[1] + 1, all[2] + elements, all[3] + bytes
    if redis.call('PTTL', key) >= 0 then all[4] = all[4] + 1 end
  end
end
local lines = {}
for _, kind in ipairs(names) do lines[#lines + 1] = kind .. ' ' .. table.concat(kinds[kind], ' ') end
return lines
)lua";
    RedisKeys all;
    std::istringstream lines(server.ask({"EVAL", script, "0"}));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string kind;
        KeysOfAKind of;
        words >> kind >> of.keys >> of.elements >> of.bytes >> of.mortal;
        EXPECT_TRUE(words) << line;
        all.kinds[kind] = of;
    }
    // What was unlinked is freed by another thread.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (server.info("lazyfree_pending_objects") != "0" && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    EXPECT_EQ(server.info("lazyfree_pending_objects"), "0");
    all.keys = std::stoull(server.ask({"DBSIZE"}));
    all.used_memory = std::stoull(server.info("used_memory"));
    all.scripts = std::stoull(server.info("number_of_cached_scripts"));
    return all;
}

}  // namespace tollgate::test
