// EmbeddedLeases: tokens and recalls of one process.
#include "embedded_leases.hpp"

#include <algorithm>

namespace tollgate::store {

namespace {

bool names(const std::vector<Lease>& leases, Shard shard, LeaseToken token) {
    return std::ranges::find(leases, Lease{shard, token}) != leases.end();
}

}  // namespace

EmbeddedLeases::Holding& EmbeddedLeases::holding(const std::string& subscriber, Shard shard) {
    std::vector<Holding>& holdings = subscribers_[subscriber];
    holdings.resize(shards_);
    return holdings[shard];
}

LeaseReport EmbeddedLeases::renew(const LeaseRequest& request, core::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    LeaseReport report;
    report.expires = false;
    for (Shard shard = 0; shard < shards_; ++shard) {
        Holding& each = holding(request.subscriber, shard);
        if (!each.is_held(now) || names(request.given_up, shard, each.token)) each.token = 0;
        const bool keeps = each.token != 0 && names(request.held, shard, each.token);
        const bool recalled = now < each.recalled_until;
        if (!keeps) {
            if (request.leaving) continue;
            // A worker before this one is gone: of what it held nothing is known.
            each.token = recalled ? 0 : ++last_token_;
            if (recalled) continue;
        }
        each.until = request.leaving ? now + request.lifetime : core::SteadyTime::max();
        each.asked_at = now;
        report.held.push_back({shard, each.token});
        if (recalled && !request.leaving) report.to_give_up.push_back(shard);
    }
    return report;
}

bool EmbeddedLeases::may_save(const std::string& subscriber, Shard shard, LeaseToken token, core::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    const auto found = subscribers_.find(subscriber);
    if (found == subscribers_.end()) return token == 0;
    const Holding& each = found->second[shard];
    // Who saves without a lease does so for a subscriber that has no workers, or has none any more.
    const bool is_held = each.is_held(now) && (token != 0 || now < each.asked_at + silence);
    return token == (is_held ? each.token : 0);
}

bool EmbeddedLeases::recall(const std::string& subscriber, Shard shard, core::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    Holding& each = holding(subscriber, shard);
    each.recalled_until = now + recall_lifetime;
    return !each.is_held(now);
}

void EmbeddedLeases::end_recall(const std::string& subscriber, Shard shard) {
    const std::lock_guard lock(mutex_);
    holding(subscriber, shard).recalled_until = core::SteadyTime::min();
}

bool EmbeddedLeases::is_worked(const std::string& subscriber, core::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    const auto found = subscribers_.find(subscriber);
    return found != subscribers_.end() && std::ranges::any_of(found->second, [now](const Holding& each) {
               return each.is_held(now) && now < each.asked_at + silence;
           });
}

void EmbeddedLeases::forget(const std::string& subscriber) {
    const std::lock_guard lock(mutex_);
    subscribers_.erase(subscriber);
}

}  // namespace tollgate::store
