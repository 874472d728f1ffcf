// The order of questions, their pace, and what an outage voids.
#include <tollgate/core/breaker.hpp>
#include <tollgate/core/crypto.hpp>
#include <tollgate/core/token_bucket.hpp>
#include <tollgate/net/retry_after.hpp>
#include <tollgate/requery/policy.hpp>

#include <algorithm>
#include <cassert>
#include <map>
#include <random>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace tollgate::requery {

namespace {

using provider::AnswerKind;
using std::chrono::milliseconds;

/// Whether the provider is there and willing. What it says of another payment is no sign of either.
bool is_trouble(AnswerKind kind) noexcept {
    return kind == AnswerKind::refused || kind == AnswerKind::limited || kind == AnswerKind::failed;
}

}  // namespace

struct RequeryPolicy::State {
    State(PolicyOptions options_, std::uint64_t seed, core::WallTime started)
        : options(std::move(options_)), bucket(options.rate_per_second), random(seed), steady_since(started) {}

    /// Held ones first, then the longest due.
    using Turn = std::tuple<bool, core::WallTime, std::string>;
    static Turn turn_of(const DuePayment& payment) {
        return {payment.purpose != event::Purpose::confirmation, payment.due, payment.reference};
    }

    [[nodiscard]] bool may_ask(core::SteadyTime now) const {
        return !waiting.empty() && now >= paused_until && bucket.has_token(now) &&
               asked.size() < breaker.allowed_in_flight(options.max_in_flight, now);
    }
    double jitter() { return std::uniform_real_distribution<double>(0, 1)(random); }

    PolicyOptions options;
    core::TokenBucket bucket;
    core::Breaker breaker;
    std::mt19937_64 random;
    core::WallTime steady_since;  ///< our start, or the end of the last outage
    core::SteadyTime paused_until = core::SteadyTime::min();
    std::map<Turn, DuePayment> waiting;
    std::unordered_map<QuestionId, DuePayment> asked;
    /// Those that wait with their turn; the others are asked about, or their answer is on its way to the store.
    std::unordered_map<std::string, std::optional<Turn>> known;
    QuestionId last_id = 0;
};

RequeryPolicy::RequeryPolicy(PolicyOptions options, std::uint64_t seed, core::WallTime started)
    : state_(std::make_unique<State>(std::move(options), seed, started)) {
    assert(state_->options.max_in_flight >= 1 && state_->options.rate_per_second > 0);
}

RequeryPolicy::~RequeryPolicy() = default;

std::size_t RequeryPolicy::room() const noexcept {
    return state_->options.max_waiting - std::min(state_->waiting.size(), state_->options.max_waiting);
}

std::size_t RequeryPolicy::found(std::vector<DuePayment> due) {
    std::size_t added = 0;
    for (DuePayment& payment : due) {
        const bool is_held = payment.purpose == event::Purpose::confirmation;
        const auto known = state_->known.find(payment.reference);
        if (known != state_->known.end()) {
            // A callback came while it waited: from now on its end is held back, and it goes before the others.
            if (!is_held || !known->second) continue;
            state_->waiting.erase(*known->second);
        } else if (room() == 0 && !is_held) {
            continue;  // a held one finds room whatever waits: nobody hears of it before it is asked about
        }
        auto turn = State::turn_of(payment);
        state_->known.insert_or_assign(payment.reference, turn);
        state_->waiting.emplace(std::move(turn), std::move(payment));
        ++added;
    }
    return added;
}

std::vector<Ask> RequeryPolicy::next(core::SteadyTime now) {
    std::vector<Ask> asks;
    while (state_->may_ask(now)) {
        state_->bucket.take(now);
        const auto first = state_->waiting.begin();
        state_->known[first->second.reference].reset();
        asks.push_back({++state_->last_id, first->second.reference, first->second.kind});
        state_->asked.emplace(state_->last_id, std::move(first->second));
        state_->waiting.erase(first);
    }
    return asks;
}

std::vector<Ask> RequeryPolicy::unaskable(core::WallTime wall, core::SteadyTime now) {
    std::vector<Ask> asks;
    if (!state_->breaker.open() && now >= state_->paused_until) return asks;
    // Held ones are the first that wait.
    for (auto first = state_->waiting.begin();
         first != state_->waiting.end() && first->second.purpose == event::Purpose::confirmation;) {
        if (wall - first->second.since < state_->options.schedule.confirm_timeout) {
            ++first;
            continue;
        }
        state_->known[first->second.reference].reset();
        asks.push_back({++state_->last_id, first->second.reference, first->second.kind});
        state_->asked.emplace(state_->last_id, std::move(first->second));
        first = state_->waiting.erase(first);
    }
    return asks;
}

event::Answer RequeryPolicy::finished(QuestionId id, Reply reply, core::WallTime wall, core::SteadyTime now) {
    const auto found = state_->asked.find(id);
    assert(found != state_->asked.end());
    const DuePayment payment = std::move(found->second);
    state_->asked.erase(found);

    if (!reply.was_asked) {
        // Says nothing about the provider.
    } else if (is_trouble(reply.kind)) {
        state_->breaker.failed(core::stable_hash({payment.reference}), now);
        if (reply.kind == AnswerKind::limited && reply.retry_after) {
            state_->paused_until = now + std::min(*reply.retry_after, net::longest_retry_after);
        }
    } else if (provider::is_definite(reply.kind)) {
        // What was said before an outage may have been true then.
        if (state_->breaker.open()) state_->steady_since = wall;
        state_->breaker.succeeded();
    }

    event::Answer answer;
    answer.question = {wall, payment.purpose, std::string(to_string(reply.kind)), std::move(reply.what)};
    answer.definite = provider::is_definite(reply.kind);
    answer.next_due = next_question(state_->options.schedule, payment.purpose, payment.since, wall, state_->jitter(),
                                    reply.retry_after);
    answer.steady_since = state_->steady_since;
    return answer;
}

void RequeryPolicy::forget(const std::string& reference) {
    state_->known.erase(reference);
}

std::optional<milliseconds> RequeryPolicy::wake_after(core::SteadyTime now) const {
    if (state_->waiting.empty()) return std::nullopt;
    core::SteadyTime when = std::max({now, state_->paused_until, state_->bucket.next()});
    if (const auto probe = state_->breaker.next_probe()) when = std::max(when, *probe);
    if (state_->asked.size() >= state_->breaker.allowed_in_flight(state_->options.max_in_flight, when)) {
        return std::nullopt;  // an answer comes first
    }
    return std::chrono::ceil<milliseconds>(when - now);
}

bool RequeryPolicy::breaker_open() const noexcept {
    return state_->breaker.open();
}

std::size_t RequeryPolicy::in_flight() const noexcept {
    return state_->asked.size();
}

void RequeryPolicy::reconfigure(PolicyOptions options) {
    assert(options.max_in_flight >= 1 && options.rate_per_second > 0);
    state_->bucket.set_rate(options.rate_per_second);
    state_->options = std::move(options);
}

}  // namespace tollgate::requery
