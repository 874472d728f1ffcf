// Lua: who may work for a subscriber, and what operators do with one.
#include "redis_scripts.hpp"

namespace tollgate::store::redis_scripts {

// By the clock of Redis: it alone is one for all nodes.
const RedisScript renew_leases(R"lua(#!lua flags=allow-oom
local prefix, name, node, lifetime, leaving = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local shards, held = tonumber(ARGV[6]), tonumber(ARGV[7])
if string.sub(name, 1, 1) ~= '@' and redis.call('HEXISTS', prefix .. ':subscribers', name) == 0 then return {} end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local workers = prefix .. ':workers:' .. name
redis.call('ZREMRANGEBYSCORE', workers, '-inf', string.format('%.0f', now))
if leaving == '1' then
  redis.call('ZREM', workers, node)
else
  redis.call('ZADD', workers, string.format('%.0f', now + lifetime), node)
end
local i = 8
for k = 1, (#ARGV - 7) / 2 do
  local key = prefix .. ':{' .. ARGV[i] .. '}:lease:' .. name
  if redis.call('GET', key) == ARGV[i + 1] then
    if k <= held then redis.call('PEXPIRE', key, lifetime) else redis.call('DEL', key) end
  end
  i = i + 2
end
local values = {}
for shard = 0, shards - 1 do
  values[#values + 1] = redis.call('GET', prefix .. ':{' .. shard .. '}:lease:' .. name) or ''
end
local recalls, recalled = redis.call('HGETALL', prefix .. ':recalled:' .. name), {}
for k = 1, #recalls, 2 do
  if tonumber(recalls[k + 1]) > now then recalled[#recalled + 1] = recalls[k] end
end
return {redis.call('ZRANGE', workers, 0, -1), values, redis.call('HGET', prefix .. ':paused', name) or '', recalled}
)lua");

const RedisScript take_leases(R"lua(#!lua flags=allow-oom
local taken = {}
for i = 4, #ARGV, 3 do
  local key = ARGV[1] .. ':{' .. ARGV[i] .. '}:lease:' .. ARGV[2]
  if (redis.call('GET', key) or '') == ARGV[i + 1] then
    redis.call('SET', key, ARGV[i + 2], 'PX', ARGV[3])
    taken[#taken + 1] = ARGV[i]
  end
end
return taken
)lua");

const RedisScript set_pause(R"lua(#!lua
local name, why = ARGV[2], ARGV[3]
if redis.call('HEXISTS', ARGV[1] .. ':subscribers', name) == 0 then return {} end
if why == '' then
  redis.call('HDEL', ARGV[1] .. ':paused', name)
else
  redis.call('HSETNX', ARGV[1] .. ':paused', name, why)
end
return {'ok'}
)lua");

// Whoever works the shard keeps what is parked in memory: so it must have given it up before.
const RedisScript requeue(R"lua(#!lua
local prefix, shard, name, only_dead = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local most, lifetime = tonumber(ARGV[5]), tonumber(ARGV[6])
if redis.call('HEXISTS', prefix .. ':subscribers', name) == 0 then return {} end
local tag, recalled = prefix .. ':{' .. shard .. '}:', prefix .. ':recalled:' .. name
if redis.call('EXISTS', tag .. 'lease:' .. name) == 1 then
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  redis.call('HSET', recalled, shard, string.format('%.0f', now + lifetime))
  redis.call('PEXPIRE', recalled, lifetime)
  return {'held'}
end
redis.call('HDEL', recalled, shard)
local parked, failed, copies = tag .. 'parked:' .. name, tag .. 'failures:' .. name, tag .. 'copies:' .. name
local dead, order = tag .. 'dead:' .. name, tag .. 'dead-order:' .. name
local stored, done = redis.call('GET', tag .. 'cursor:' .. name) or '0', {}
local cursor = tonumber(string.match(stored, '^%d+'))
for word in string.gmatch(string.match(stored, ' (.*)$') or '', '%d+') do done[tonumber(word)] = true end
local room = most - redis.call('HLEN', parked)
local queued, already, to_come, not_dead = 0, 0, 0, 0
for i = 7, #ARGV, 4 do
  local id, position = ARGV[i], tonumber(ARGV[i + 1])
  local is_dead = redis.call('HEXISTS', dead, id) == 1
  if redis.call('HEXISTS', parked, id) == 1 then
    already = already + 1
  elseif only_dead and not is_dead then
    not_dead = not_dead + 1
  elseif not is_dead and position > cursor and not done[position] then
    to_come = to_come + 1
  else
    if room <= queued then break end
    redis.call('HSET', parked, id, ARGV[i + 2])
    redis.call('HSET', failed, id, '')
    redis.call('HSET', copies, id, ARGV[i + 3])
    redis.call('HDEL', dead, id)
    redis.call('ZREM', order, id)
    queued = queued + 1
  end
end
return {'ok', queued, already, to_come, not_dead, queued + already + to_come + not_dead}
)lua");

// UNLINK leaves the memory to another thread of Redis, however much it is.
const RedisScript forget_subscriber(R"lua(#!lua flags=allow-oom
local prefix, shards, name = ARGV[1], tonumber(ARGV[2]), ARGV[3]
if redis.call('HEXISTS', prefix .. ':subscribers', name) == 0 then return {} end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local workers = prefix .. ':workers:' .. name
redis.call('ZREMRANGEBYSCORE', workers, '-inf', string.format('%.0f', now))
if #redis.call('ZRANGE', workers, 0, 0) > 0 then return {'worked'} end
for shard = 0, shards - 1 do
  if redis.call('EXISTS', prefix .. ':{' .. shard .. '}:lease:' .. name) == 1 then return {'worked'} end
end
for shard = 0, shards - 1 do
  local tag = prefix .. ':{' .. shard .. '}:'
  for _, kind in ipairs({'cursor:', 'parked:', 'failures:', 'copies:', 'dead:', 'dead-order:'}) do
    redis.call('UNLINK', tag .. kind .. name)
  end
end
redis.call('UNLINK', workers, prefix .. ':recalled:' .. name)
redis.call('HDEL', prefix .. ':paused', name)
redis.call('HDEL', prefix .. ':subscribers', name)
return {'ok'}
)lua");

}  // namespace tollgate::store::redis_scripts
