// Lua: where the log ends, finding callbacks in it, its ceilings; payments that are forgotten.
#include "redis_scripts.hpp"

namespace tollgate::store::redis_scripts {

// An entry of the log is "event", EVENT, "meta", META, "raw", RAW. One of older versions began with its type instead,
// and has the event behind META: META is the fourth in both, and RAW the last.
//
// The log's ids are 0-N: Redis counts N itself, goes on counting when the log is empty, and other programs see an
// ordinary stream.

// In pages, since the entry is mostly the first that is looked at.
const RedisScript find_callback(R"lua(#!lua flags=no-writes
local log = ARGV[1] .. ':{' .. ARGV[2] .. '}:log'
local payment, after, left, pause = ' ' .. ARGV[3], ARGV[4], tonumber(ARGV[5]), 4
while left > 0 do
  local page = redis.call('XRANGE', log, '(0-' .. after, '+', 'COUNT', math.min(left, pause))
  if #page == 0 then return {''} end
  for _, entry in ipairs(page) do
    after = string.sub(entry[1], 3)
    local meta, raw = entry[2][4], entry[2][#entry[2]]
    if meta and raw ~= '' and string.sub(meta, -#payment) == payment then return {after, raw} end
  end
  left, pause = left - #page, 64
end
return {after}
)lua");

const RedisScript mark(R"lua(#!lua flags=allow-oom
return redis.call('SET', ARGV[1] .. ':mark', '')
)lua");

const RedisScript heads(R"lua(#!lua flags=no-writes
local answer = {}
for shard = 0, tonumber(ARGV[2]) - 1 do
  local log = ARGV[1] .. ':{' .. shard .. '}:log'
  local head = '0-0'
  if redis.call('EXISTS', log) == 1 then
    local info = redis.call('XINFO', 'STREAM', log)
    for k = 1, #info, 2 do
      if info[k] == 'last-generated-id' then head = info[k + 1] end
    end
  end
  answer[#answer + 1] = head
end
return answer
)lua");

const RedisScript log_sizes(R"lua(#!lua flags=no-writes
local total, oldest = 0, {}
for shard = 0, tonumber(ARGV[2]) - 1 do
  local tag = ARGV[1] .. ':{' .. shard .. '}:'
  total = total + tonumber(redis.call('GET', tag .. 'size') or '0')
  local first = redis.call('XRANGE', tag .. 'log', '-', '+', 'COUNT', 1)[1]
  oldest[#oldest + 1] = first and string.match(first[2][4], '^%-?%d+') or ''
end
return {string.format('%.0f', total), oldest}
)lua");

const RedisScript take_back(R"lua(#!lua flags=allow-oom
local size = ARGV[1] .. ':{' .. ARGV[2] .. '}:size'
local changed = {}
for k = 3, #ARGV, 9 do
  local tag = ARGV[1] .. ':{' .. ARGV[k] .. '}:'
  local key, written, before = tag .. 'p:' .. ARGV[k + 1], ARGV[k + 2], ARGV[k + 3]
  local reference, from, to, due = ARGV[k + 4], ARGV[k + 5], ARGV[k + 6], ARGV[k + 7]
  local now = redis.call('GET', key) or ''
  if now == written then
    redis.call('DECRBY', size, ARGV[k + 8])
    if before == '' then redis.call('DEL', key) else redis.call('SET', key, before) end
    if from ~= '' and from ~= to then redis.call('ZREM', tag .. from, reference) end
    if to ~= '' then redis.call('ZADD', tag .. to, due, reference) end
  elseif now ~= before then
    changed[#changed + 1] = (k - 3) / 9
  end
end
return changed
)lua");

// What a subscriber then misses becomes one dead-letter range; what it has ahead of its cursor or parked is not lost.
const RedisScript trim(R"lua(#!lua flags=allow-oom
local prefix, shard, before, bytes, rows, now = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local tag = prefix .. ':{' .. shard .. '}:'
local log = tag .. 'log'
local trimmed, size, last = 0, 0, nil
local from, more = '-', true
while more and trimmed < rows do
  local page = redis.call('XRANGE', log, from, '+', 'COUNT', math.min(rows - trimmed, 50))
  more = #page > 0
  for _, entry in ipairs(page) do
    local accepted, own = string.match(entry[2][4], '^(%-?%d+) (%d+)')
    if before and tonumber(accepted) >= before then more = false break end
    trimmed, size, last = trimmed + 1, size + tonumber(own), entry[1]
    if bytes and size >= bytes then more = false break end
  end
  if last then from = '(' .. last end
end
if not last then return {0} end
local position = tonumber(string.sub(last, 3))
redis.call('XTRIM', log, 'MINID', '0-' .. string.format('%.0f', position + 1))
redis.call('DECRBY', tag .. 'size', string.format('%.0f', size))
local answer = {trimmed}
for _, name in ipairs(redis.call('HKEYS', prefix .. ':subscribers')) do
  local stored = redis.call('GET', tag .. 'cursor:' .. name) or '0'
  local cursor = tonumber(string.match(stored, '^%d+'))
  if cursor < position then
    local kept, ahead = {}, {}
    for word in string.gmatch(string.match(stored, ' (.*)$') or '', '%d+') do
      local place = tonumber(word)
      if place <= position then kept[place] = true else ahead[#ahead + 1] = word end
    end
    for _, record in ipairs(redis.call('HVALS', tag .. 'parked:' .. name)) do
      local place = tonumber(string.match(record, '^%d+ %-?%d+ (%d+)'))
      if place > cursor and place <= position then kept[place] = true end
    end
    local lost = position - cursor
    for _ in pairs(kept) do lost = lost - 1 end
    local first = cursor + 1
    while kept[first] do first = first + 1 end
    redis.call('SET', tag .. 'cursor:' .. name, string.format('%.0f', position) .. ' ' .. table.concat(ahead, ','))
    if lost > 0 then
      local dead, order = tag .. 'dead:' .. name, tag .. 'dead-order:' .. name
      local latest = redis.call('HGET', dead, 'latest-range')
      local id = latest and string.match(latest, '^%S+')
      if latest and tonumber(string.match(latest, '%d+$')) >= cursor then
        first = tonumber(string.match(id, '%d+$'))
      else
        id = 'range:' .. string.format('%.0f', first)
        local highest = redis.call('ZREVRANGE', order, 0, 0, 'WITHSCORES')[2] or '0'
        redis.call('ZADD', order, string.format('%.0f', tonumber(highest) + 1), id)
      end
      local bounds = string.format('%.0f %.0f', first, position)
      redis.call('HSET', dead, id, '2 ' .. now .. ' 0 ' .. bounds .. ' 0\n', 'latest-range', id .. ' ' .. string.format('%.0f', position))
      answer[#answer + 1] = name
      answer[#answer + 1] = string.format('%.0f', lost)
    end
  end
end
return answer
)lua");

// `created` lists payments in the order in which they came, of whatever shards: an entry for each batch, "TIME SHARD
// NAME", and of each more payment a line "SHARD NAME" (a name has no end of line). One that changed since goes to the
// end of the list, to be looked at again when what was new then comes of age: so it lives twice as long at most. Names
// with a blank are other ids of payments: they go as payments do, and are not counted.
const RedisScript forget(R"lua(#!lua flags=allow-oom
local list = ARGV[1] .. ':{' .. ARGV[2] .. '}:created'
local before = tonumber(ARGV[3])
local looked, forgotten = 0, 0
local function look(shard, name)
  looked = looked + 1
  local tag = ARGV[1] .. ':{' .. shard .. '}:'
  local value = redis.call('GET', tag .. 'p:' .. name)
  if not value then return end
  local updated, bodies = string.match(value, '^(%-?%d+) (%d+);')
  if updated and tonumber(updated) >= before then
    redis.call('RPUSH', list, updated .. ' ' .. shard .. ' ' .. name)
    return
  end
  redis.call('UNLINK', tag .. 'p:' .. name)
  local source, reference = string.match(name, '^([^:]*):(.*)$')
  for _, set in ipairs({'due:', 'held:'}) do redis.call('ZREM', tag .. set .. (source or ''), reference or '') end
  for index = 0, tonumber(bodies or '0') - 1 do redis.call('UNLINK', tag .. 'j:' .. name .. ':' .. index) end
  if not string.find(name, ' ', 1, true) then forgotten = forgotten + 1 end
end
while looked < tonumber(ARGV[4]) do
  local batch = redis.call('LRANGE', list, 0, 0)[1]
  local created, payments = string.match(batch or '', '^(%-?%d+) (.*)$')
  if not created or tonumber(created) >= before then break end
  for shard, name in string.gmatch(payments, '(%d+) ([^\n]*)') do look(shard, name) end
  redis.call('LTRIM', list, 1, -1)
end
return {looked, forgotten}
)lua");

const RedisScript found(R"lua(#!lua
local meta = ARGV[1] .. ':meta'
redis.call('HSETNX', meta, 'format', ARGV[2])
redis.call('HSETNX', meta, 'shards', ARGV[3])
return {redis.call('HGET', meta, 'format'), redis.call('HGET', meta, 'shards')}
)lua");

const std::vector<const RedisScript*>& all() {
    static const std::vector<const RedisScript*> scripts{
        &find_callback,   &heads,        &enrol,       &save_delivery, &load_delivery, &read_parked, &read_dead_letters,
        &standing,        &take_back,    &trim,        &log_sizes,     &forget,        &due_names,   &correct_due,
        &count_waiting,   &renew_leases, &take_leases, &found,         &set_pause,     &requeue,     &forget_subscriber,
        &find_dead_letter};
    return scripts;
}

}  // namespace tollgate::store::redis_scripts
