// Lua: subscribers, their progress, their parked deliveries and dead letters.
#include "redis_scripts.hpp"

namespace tollgate::store::redis_scripts {

const RedisScript enrol(R"lua(#!lua flags=allow-oom
local prefix, shards, now = ARGV[1], tonumber(ARGV[2]), ARGV[3]
for i = 4, #ARGV, 2 do
  local name = ARGV[i]
  if redis.call('HSETNX', prefix .. ':subscribers', name, now) == 1 then
    for shard = 0, shards - 1 do
      local tag = prefix .. ':{' .. shard .. '}:'
      local begin = '0'
      if redis.call('EXISTS', tag .. 'log') == 1 then
        local info, facts = redis.call('XINFO', 'STREAM', tag .. 'log'), {}
        for k = 1, #info, 2 do facts[info[k]] = info[k + 1] end
        begin = string.sub(facts['last-generated-id'], 3)
        if ARGV[i + 1] == 'beginning' and facts['first-entry'] then
          begin = string.format('%.0f', tonumber(string.sub(facts['first-entry'][1], 3)) - 1)
        end
      end
      redis.call('SET', tag .. 'cursor:' .. name, begin)
    end
  end
end
return 'ok'
)lua");

// A parked record is "attempts next_attempt_at position happening payment"; a dead one "reason at attempts first last
// LENGTH\n", then LENGTH bytes of failures, one a line, then the copy of the event.
const RedisScript save_delivery(R"lua(#!lua flags=allow-oom
local prefix = ARGV[1]
local n, i = #ARGV, 2
while i <= n do
  local shard, name = ARGV[i], ARGV[i + 1]
  if redis.call('HEXISTS', prefix .. ':subscribers', name) == 0 then return {'unknown', name} end
  local lease = redis.call('GET', prefix .. ':{' .. shard .. '}:lease:' .. name) or ''
  if lease ~= ARGV[i + 2] then return {'fenced', shard} end
  i = i + 4 + tonumber(ARGV[i + 3])
end

local function with_failure(failures, one)
  failures = failures or ''
  if one == '' then return failures end
  failures = failures .. one .. '\n'
  local _, lines = string.gsub(failures, '\n', '\n')
  for _ = 11, lines do failures = string.gsub(failures, '^[^\n]*\n', '') end
  return failures
end

i = 2
while i <= n do
  local tag, name = prefix .. ':{' .. ARGV[i] .. '}:', ARGV[i + 1]
  local stop = i + 3 + tonumber(ARGV[i + 3])
  local cursor_key, parked, failed = tag .. 'cursor:' .. name, tag .. 'parked:' .. name, tag .. 'failures:' .. name
  local copies, dead, order = tag .. 'copies:' .. name, tag .. 'dead:' .. name, tag .. 'dead-order:' .. name
  local stored = redis.call('GET', cursor_key) or '0'
  local cursor, done = tonumber(string.match(stored, '^%d+')), {}
  for word in string.gmatch(string.match(stored, ' (.*)$') or '', '%d+') do done[tonumber(word)] = true end
  local new_cursor, new_ahead = tonumber(ARGV[i + 4]), ARGV[i + 5]
  i = i + 6
  while i <= stop do
    local what, id = ARGV[i], ARGV[i + 1]
    if what == 'park' then
      local position = tonumber(ARGV[i + 2])
      if position > cursor and not done[position] and redis.call('HEXISTS', dead, id) == 0 then
        if redis.call('HSETNX', parked, id, ARGV[i + 3]) == 1 then
          redis.call('HSET', failed, id, ARGV[i + 4])
          redis.call('HSET', copies, id, ARGV[i + 5])
        end
      end
      i = i + 6
    elseif what == 'reschedule' then
      local record = redis.call('HGET', parked, id)
      if record then
        local attempts, next_at, rest = string.match(record, '^(%d+) (%-?%d+) (.*)$')
        local wanted, wanted_at = tonumber(ARGV[i + 2]), ARGV[i + 3]
        if wanted >= tonumber(attempts) then
          if wanted == tonumber(attempts) then
            if tonumber(next_at) > tonumber(wanted_at) then wanted_at = next_at end
          elseif ARGV[i + 4] ~= '' then
            redis.call('HSET', failed, id, with_failure(redis.call('HGET', failed, id), ARGV[i + 4]))
          end
          redis.call('HSET', parked, id, ARGV[i + 2] .. ' ' .. wanted_at .. ' ' .. rest)
        end
      end
      i = i + 5
    elseif what == 'finish' then
      redis.call('HDEL', parked, id)
      redis.call('HDEL', failed, id)
      redis.call('HDEL', copies, id)
      i = i + 2
    else
      local record = redis.call('HGET', parked, id)
      local attempts, position, failures, copy = 0, ARGV[i + 5], '', ARGV[i + 6]
      if record then
        attempts, position = string.match(record, '^(%d+) %-?%d+ (%d+)')
        attempts = tonumber(attempts)
        failures, copy = redis.call('HGET', failed, id) or '', redis.call('HGET', copies, id) or copy
      end
      if record or copy ~= '' then
        if ARGV[i + 4] ~= '' then
          attempts, failures = attempts + 1, with_failure(failures, ARGV[i + 4])
        end
        local letter = ARGV[i + 2] .. ' ' .. ARGV[i + 3] .. ' ' .. attempts .. ' ' .. position .. ' ' .. position .. ' ' .. #failures .. '\n'
        if redis.call('HSETNX', dead, id, letter .. failures .. copy) == 1 then
          local highest = redis.call('ZREVRANGE', order, 0, 0, 'WITHSCORES')[2] or '0'
          redis.call('ZADD', order, string.format('%.0f', tonumber(highest) + 1), id)
        end
        redis.call('HDEL', parked, id)
        redis.call('HDEL', failed, id)
        redis.call('HDEL', copies, id)
      end
      i = i + 7
    end
  end
  if cursor > new_cursor then new_cursor = cursor end
  for word in string.gmatch(new_ahead, '%d+') do done[tonumber(word)] = true end
  local ahead = {}
  for place in pairs(done) do
    if place > new_cursor then ahead[#ahead + 1] = place end
  end
  table.sort(ahead)
  for k = 1, #ahead do ahead[k] = string.format('%.0f', ahead[k]) end
  local text = string.format('%.0f', new_cursor) .. ' ' .. table.concat(ahead, ',')
  if text ~= stored then redis.call('SET', cursor_key, text) end
end
return {'ok'}
)lua");

const RedisScript load_delivery(R"lua(#!lua flags=no-writes
local tag, name = ARGV[1] .. ':{' .. ARGV[2] .. '}:', ARGV[3]
if redis.call('HEXISTS', ARGV[1] .. ':subscribers', name) == 0 then return {} end
return {redis.call('GET', tag .. 'cursor:' .. name) or '0', redis.call('HGETALL', tag .. 'parked:' .. name)}
)lua");

const RedisScript read_parked(R"lua(#!lua flags=no-writes
local tag, name = ARGV[1] .. ':{' .. ARGV[2] .. '}:', ARGV[3]
if redis.call('HEXISTS', ARGV[1] .. ':subscribers', name) == 0 then return {} end
local answer = {'known'}
for i = 4, #ARGV do
  local record = redis.call('HGET', tag .. 'parked:' .. name, ARGV[i])
  if record then
    answer[#answer + 1] = record
    answer[#answer + 1] = redis.call('HGET', tag .. 'failures:' .. name, ARGV[i]) or ''
    answer[#answer + 1] = redis.call('HGET', tag .. 'copies:' .. name, ARGV[i]) or ''
  end
end
return answer
)lua");

const RedisScript read_dead_letters(R"lua(#!lua flags=no-writes
local prefix, shards, name, limit = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
if redis.call('HEXISTS', prefix .. ':subscribers', name) == 0 then return {} end
-- Of each shard only the oldest that is left is looked at: what is not asked for may be many times as much.
local waiting, answer = {}, {}
local function look(list)
  list.next = list.next + 1
  list.id = list.ids[list.next]
  if not list.id then return false end
  list.letter = redis.call('HGET', list.dead, list.id) or ''
  list.at = tonumber(string.match(list.letter, '^%d+ (%-?%d+)') or '0')
  return true
end
for shard = 0, shards - 1 do
  local tag = prefix .. ':{' .. shard .. '}:'
  local list = {next = 0, letters = {}, dead = tag .. 'dead:' .. name}
  list.ids = redis.call('ZRANGE', tag .. 'dead-order:' .. name, 0, limit - 1)
  if look(list) then waiting[#waiting + 1] = list end
  answer[shard + 1] = list.letters
end
for _ = 1, limit do
  if #waiting == 0 then break end
  local first = 1
  for i = 2, #waiting do
    if waiting[i].at < waiting[first].at then first = i end
  end
  local list = waiting[first]
  list.letters[#list.letters + 1] = list.id
  list.letters[#list.letters + 1] = list.letter
  if not look(list) then table.remove(waiting, first) end
end
return answer
)lua");

const RedisScript find_dead_letter(R"lua(#!lua flags=no-writes
local prefix, shards, name, id = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
if redis.call('HEXISTS', prefix .. ':subscribers', name) == 0 then return {} end
for shard = 0, shards - 1 do
  local record = redis.call('HGET', prefix .. ':{' .. shard .. '}:dead:' .. name, id)
  if record then return {'found', shard, record} end
end
return {'none'}
)lua");

const RedisScript standing(R"lua(#!lua flags=no-writes
local prefix, name = ARGV[1], ARGV[2]
if redis.call('HEXISTS', prefix .. ':subscribers', name) == 0 then return {} end
local behind, oldest, parked, dead = 0, nil, 0, 0
for i = 3, #ARGV do
  local tag = prefix .. ':{' .. (i - 3) .. '}:'
  local head, stored = tonumber(ARGV[i]), redis.call('GET', tag .. 'cursor:' .. name) or '0'
  local cursor = tonumber(string.match(stored, '^%d+'))
  if cursor < head then
    local _, ahead = string.gsub(string.match(stored, ' (.*)$') or '', '%d+', '')
    behind = behind + math.max(head - cursor - ahead, 0)
    local first = redis.call('XRANGE', tag .. 'log', '(0-' .. string.format('%.0f', cursor), '+', 'COUNT', 1)[1]
    local at = first and tonumber(string.match(first[2][4], '^%-?%d+'))
    if at and (not oldest or at < oldest) then oldest = at end
  end
  parked, dead = parked + redis.call('HLEN', tag .. 'parked:' .. name), dead + redis.call('ZCARD', tag .. 'dead-order:' .. name)
end
return {string.format('%.0f', behind), oldest and string.format('%.0f', oldest) or '', parked, dead}
)lua");

}  // namespace tollgate::store::redis_scripts
