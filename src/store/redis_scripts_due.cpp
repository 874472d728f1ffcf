// Lua: which payments are to be asked about, where they stand, and how many there are.
#include "redis_scripts.hpp"

namespace tollgate::store::redis_scripts {

const RedisScript due_names(R"lua(#!lua flags=no-writes
local tag = ARGV[1] .. ':{' .. ARGV[2] .. '}:'
local found = {}
for k = 3, #ARGV, 5 do
  found[#found + 1] = redis.call('ZRANGE', tag .. ARGV[k], '(' .. ARGV[k + 1], ARGV[k + 2], 'BYSCORE', 'LIMIT', ARGV[k + 3], ARGV[k + 4])
end
return found
)lua");

const RedisScript correct_due(R"lua(#!lua
local tag = ARGV[1] .. ':{' .. ARGV[2] .. '}:'
local corrected = 0
for k = 3, #ARGV, 4 do
  local name = ARGV[k]
  local source, reference = string.match(name, '^([^:]*):(.*)$')
  if source and (redis.call('GET', tag .. 'p:' .. name) or '') == ARGV[k + 1] then
    for offset, set in ipairs({'due:', 'held:'}) do
      local at = ARGV[k + 1 + offset]
      if at == '' then redis.call('ZREM', tag .. set .. source, reference) else redis.call('ZADD', tag .. set .. source, at, reference) end
    end
    corrected = corrected + 1
  end
end
return corrected
)lua");

// Before there was a set for each source, all sources shared two.
const RedisScript count_waiting(R"lua(#!lua
local counts, order = {}, {}
for shard = tonumber(ARGV[2]), tonumber(ARGV[3]) - 1 do
  local tag = ARGV[1] .. ':{' .. shard .. '}:'
  for _, set in ipairs({'due', 'held'}) do
    local shared = redis.call('ZRANGE', tag .. set, 0, 999, 'WITHSCORES')
    for i = 1, #shared, 2 do
      local source, reference = string.match(shared[i], '^([^:]*):(.*)$')
      if source then
        redis.call('ZADD', tag .. set .. ':' .. source, shared[i + 1], reference)
        redis.call('SADD', tag .. 'sources', source)
      end
      redis.call('ZREM', tag .. set, shared[i])
    end
  end
  for _, source in ipairs(redis.call('SMEMBERS', tag .. 'sources')) do
    if not counts[source] then
      counts[source] = {0, 0}
      order[#order + 1] = source
    end
    local held = redis.call('ZCARD', tag .. 'held:' .. source)
    counts[source][1] = counts[source][1] + held + redis.call('ZCARD', tag .. 'due:' .. source)
    counts[source][2] = counts[source][2] + held
  end
end
local answer = {}
for _, source in ipairs(order) do
  answer[#answer + 1] = {source, counts[source][1], counts[source][2]}
end
return answer
)lua");

}  // namespace tollgate::store::redis_scripts
