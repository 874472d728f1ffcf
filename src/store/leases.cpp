// Leases: bookkeeping of tokens, and the times of requests.
#include <tollgate/store/leases.hpp>

#include <algorithm>
#include <utility>

namespace tollgate::store {

std::optional<LeaseRequest> Leases::request(const std::string& subscriber, LeaseTerms terms, core::SteadyTime now) {
    if (asked_ || silent() || now < due_ || !backoff_.over(now)) return std::nullopt;
    LeaseRequest request;
    request.subscriber = subscriber;
    request.lifetime = terms.lifetime;
    request.leaving = leaving_;
    for (Shard shard = 0; shard < holdings_.size(); ++shard) {
        const Holding& holding = holdings_[shard];
        if (holding.token != 0) request.held.push_back({shard, holding.token});
        if (holding.spent != 0) request.given_up.push_back({shard, holding.spent});
    }
    asked_ = request;
    asked_fenced_ = fenced_;
    asked_renewal_ = terms.renewal;
    due_ = now + terms.renewal;
    return request;
}

LeaseChanges Leases::renewed(const LeaseReport& report, core::SteadyTime asked_at) {
    LeaseChanges changes;
    if (!asked_) return changes;
    backoff_.succeeded();
    expires_ = report.expires;
    until_ = expires_ ? asked_at + asked_->lifetime : core::SteadyTime::max();
    if (std::exchange(asked_fenced_, false)) fenced_ = false;
    take_back(report);

    std::vector<LeaseToken> reported(holdings_.size(), 0);
    for (const Lease& lease : report.held) {
        if (lease.shard < reported.size()) reported[lease.shard] = lease.token;
    }
    for (Shard shard = 0; shard < holdings_.size(); ++shard) {
        Holding& holding = holdings_[shard];
        const LeaseToken token = reported[shard] == holding.spent ? 0 : reported[shard];
        holding.unwanted = false;
        if (holding.token == token) continue;
        if (holding.token != 0) changes.lost.push_back(shard);
        if (token != 0) changes.gained.push_back(shard);
        holding.token = token;
    }
    for (const Shard shard : report.to_give_up) {
        if (shard < holdings_.size()) holdings_[shard].unwanted = true;
    }
    if (asked_->leaving && asked_->held.empty() && !holds_any()) gone_ = true;
    asked_.reset();
    return changes;
}

/// What was handed back is forgotten, unless the store names it as held all the same.
void Leases::take_back(const LeaseReport& report) {
    for (const Lease& lease : asked_->given_up) {
        Holding& holding = holdings_[lease.shard];
        const bool still = std::find(report.held.begin(), report.held.end(), lease) != report.held.end();
        if (holding.spent == lease.token && !still) holding.spent = 0;
    }
}

void Leases::not_renewed(core::SteadyTime now) {
    if (!asked_) return;
    if (asked_->leaving && asked_->held.empty()) unheard_ = true;
    asked_.reset();
    asked_fenced_ = false;
    due_ = now;
    backoff_.failed(now);
}

std::vector<Shard> Leases::expire(core::SteadyTime now) {
    std::vector<Shard> over;
    if (outlast(now)) return over;
    for (Shard shard = 0; shard < holdings_.size(); ++shard) {
        if (holdings_[shard].token == 0) continue;
        give_up(shard);
        over.push_back(shard);
    }
    return over;
}

void Leases::give_up(Shard shard) {
    Holding& holding = holdings_[shard];
    holding.spent = std::exchange(holding.token, 0);
    holding.unwanted = false;
    ask_soon();
}

void Leases::leave() {
    leaving_ = true;
    ask_soon();
}

void Leases::fence() {
    fenced_ = true;
    asked_fenced_ = false;
    ask_soon();
}

std::optional<core::SteadyTime> Leases::next_request() const {
    if (asked_ || silent()) return std::nullopt;
    return std::max(due_, backoff_.until());
}

std::optional<core::SteadyTime> Leases::next_end() const {
    if (!expires_ || !holds_any()) return std::nullopt;
    return until_;
}

bool Leases::left() const {
    if (!leaving_) return false;
    return !expires_ || gone_ || (unheard_ && !holds_any());
}

bool Leases::holds_any() const {
    return std::any_of(holdings_.begin(), holdings_.end(), [](const Holding& holding) { return holding.token != 0; });
}

}  // namespace tollgate::store
