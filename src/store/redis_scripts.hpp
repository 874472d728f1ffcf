// The Lua scripts of the redis engine: all that must happen as one, and nothing that C++ could decide before.
#pragma once

#include "redis_client.hpp"

#include <vector>

namespace tollgate::store {

/// Every script gets the prefix as ARGV[1] and makes its keys from it; a shard's keys share the hash tag {SHARD}. None
/// does anything when its first check fails; each may be run again. They declare themselves (#!lua), so that Redis
/// refuses them as a whole, before the first write, when it is read-only, cannot write its file, or lacks replicas. Out
/// of memory it refuses those that fill it; not those that make room (trim, forget), that put right (take_back), nor
/// those that delivering takes, which is what lets a log be trimmed (mark is one): they say allow-oom.
namespace redis_scripts {

/// PREFIX. A write without a meaning, which WAIT can wait for.
extern const RedisScript mark;
/// PREFIX, shard, "SOURCE REFERENCE", after, entries to look at. Answers (position, callback's record) of the payment's
/// next entry that holds one, (position) up to which there is none, or ("") at the end of the log.
extern const RedisScript find_callback;
/// PREFIX, shards. Answers the heads of all shards.
extern const RedisScript heads;
/// PREFIX, shards, now, (name, "now" | "beginning")*.
extern const RedisScript enrol;
/// PREFIX, then per update: shard, subscriber, lease ("" none), number of arguments that follow, cursor, ahead,
/// changes. Answers "ok", or why nothing was done: ("unknown", name), ("fenced", shard).
extern const RedisScript save_delivery;
/// PREFIX, shard, subscriber. Answers nothing for an unknown one, else (cursor, (id, record)*).
extern const RedisScript load_delivery;
/// PREFIX, shard, subscriber, ids. Answers (record, failures, copy) per id, or nothing for an unknown subscriber.
extern const RedisScript read_parked;
/// PREFIX, subscriber, heads of all shards. Answers (behind, accepted_at of the oldest or "", parked, dead letters), or
/// nothing for an unknown subscriber.
extern const RedisScript standing;
/// PREFIX, shards, subscriber, limit. Answers per shard (id, record)*, or nothing for an unknown subscriber.
extern const RedisScript read_dead_letters;
/// PREFIX, shards, subscriber, id. Answers nothing for an unknown subscriber, else "none" or ("found", shard, record).
extern const RedisScript find_dead_letter;
/// PREFIX, subscriber, why ("" ends the pause). Answers nothing for an unknown one, else "ok".
extern const RedisScript set_pause;
/// PREFIX, shard, subscriber, "1" only dead letters, most parked of the shard, lifetime of a recall in ms,
/// (id, position, record, copy)*. Answers nothing for an unknown subscriber, ("held") when somebody works the shard,
/// else
/// ("ok", queued, parked, to come, not dead, looked at).
extern const RedisScript requeue;
/// PREFIX, shards, subscriber. Answers nothing for an unknown one, else "worked" when it was not done, or "ok".
extern const RedisScript forget_subscriber;
/// PREFIX, shard that counts the events, (shard, payment's name, its value as it was written, the one before ("" none),
/// its reference, the set that it went to when it is to be asked about ("" none), the set before, due then, bytes of
/// its events)*. Takes back what was written of payments. Answers the places, from 0 on, of those that somebody has
/// changed since, which stay.
extern const RedisScript take_back;
/// PREFIX, shard, accepted before ("" any), bytes ("" any), events at most, now.
/// Answers (trimmed, (subscriber, lost)*).
extern const RedisScript trim;
/// PREFIX, shards. Answers (size of all, (accepted_at of the oldest or "")*).
extern const RedisScript log_sizes;
/// PREFIX, shard whose list of payments (of any shards) is looked at, changed before, payments after which to stop.
/// Answers (looked at, forgotten).
extern const RedisScript forget;
/// PREFIX, shard, (set, behind, until, offset, at most)*. Answers for each the references that are due then.
extern const RedisScript due_names;
/// PREFIX, shard, (payment's name, its value as it was read ("" none), due, held)*: of the last two each is when it is
/// due, "" not at all. Puts right where payments stand among those to be asked about, unless they have changed.
extern const RedisScript correct_due;
/// PREFIX, first shard, the one behind the last. Answers (source, payments to be asked about, those held among them)*.
extern const RedisScript count_waiting;
/// PREFIX, subscriber, node, lifetime, leaving, shards, number held, (shard, value)*, (shard, value given up)*.
/// Answers nothing for an unknown subscriber, else (nodes, values, why it is paused, shards recalled).
extern const RedisScript renew_leases;
/// PREFIX, subscriber, lifetime, (shard, expected value, new value)*. Answers the shards that were taken.
extern const RedisScript take_leases;
/// PREFIX, format, shards. Answers (format, shards) as the store was made.
extern const RedisScript found;

const std::vector<const RedisScript*>& all();

}  // namespace redis_scripts

}  // namespace tollgate::store
