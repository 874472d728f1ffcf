// RedisLeases: what the values of a subscriber's leases in Redis mean to this node, and which it takes.
#pragma once

#include "redis_reply.hpp"

#include <tollgate/store/store.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// "NODE TOKEN SERVER": the server's own name is part of it, so that a lease never outlives the process that granted
/// it. Another one may have forgotten the last seconds, cursors and log included: what was loaded before is no longer
/// true.
std::string lease_value(std::string_view node, LeaseToken token, std::string_view server);

struct LeaseTake {
    Shard shard = 0;
    std::string expected;
    LeaseToken token = 0;
};

struct LeaseDecision {
    LeaseReport report;  ///< without what is still to be taken
    std::vector<LeaseTake> take;
};

/// From the answer of renew_leases. A lease of an earlier process of this node, or under another server, is
/// taken over at once: the node is one process at a time. `new_token` gives tokens. Errors: not_found, malformed.
core::Result<LeaseDecision> decide_leases(const RedisReply& reply, const LeaseRequest& request, std::string_view node,
                                          std::string_view server, const std::function<LeaseToken()>& new_token);

}  // namespace tollgate::store
