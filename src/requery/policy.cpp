// The order of questions, their pace, and what an outage voids.
#include <tollgate/core/breaker.hpp>
#include <tollgate/core/crypto.hpp>
#include <tollgate/core/token_bucket.hpp>
#include <tollgate/net/retry_after.hpp>
#include <tollgate/requery/policy.hpp>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>
#include <random>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace tollgate::requery {

namespace {

using provider::AnswerKind;
using std::chrono::milliseconds;

/// Of looking whether patience with what is held has ended while nobody may be asked.
constexpr std::chrono::seconds held_interval{1};

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
    struct Known {
        std::optional<Turn> turn;  ///< nothing: it is asked about, or its answer is on its way to the store
        store::Shard shard = 0;
    };
    struct Asked {
        DuePayment payment;
        bool is_probe = false;  ///< the breaker was open already
    };
    static Turn turn_of(const DuePayment& payment) {
        return {payment.purpose != event::Purpose::confirmation, payment.due, payment.reference};
    }
    static bool is_held(const Turn& turn) { return !std::get<0>(turn); }

    [[nodiscard]] bool may_ask(core::SteadyTime now) const {
        return share > 0 && !waiting.empty() && now >= paused_until && bucket.has_token(now) &&
               asked.size() < breaker.allowed_in_flight(options.max_in_flight, now);
    }
    double jitter() { return std::uniform_real_distribution<double>(0, 1)(random); }
    /// A held one's patience is short: it begins anew when we do.
    [[nodiscard]] core::WallTime awaited_since(const DuePayment& payment) const {
        const bool is_short = payment.purpose == event::Purpose::confirmation;
        return is_short ? std::max(payment.since, steady_since) : payment.since;
    }

    using Waiting = std::map<Turn, DuePayment>;
    void put(DuePayment payment) {
        Turn turn = turn_of(payment);
        const auto [entry, is_new] = known.insert_or_assign(payment.reference, Known{turn, payment.shard});
        if (is_new) ++known_by_shard[payment.shard];
        if (is_held(turn)) ++held_waiting;
        waiting.emplace(std::move(turn), std::move(payment));
    }
    DuePayment take(Waiting::iterator place) {
        if (is_held(place->first)) --held_waiting;
        DuePayment payment = std::move(place->second);
        waiting.erase(place);
        return payment;
    }
    void forget(const std::string& reference) {
        const auto found = known.find(reference);
        if (found == known.end()) return;
        const auto count = known_by_shard.find(found->second.shard);
        if (--count->second == 0) known_by_shard.erase(count);
        known.erase(found);
    }
    Ask ask(Waiting::iterator place) {
        known.at(place->second.reference).turn.reset();
        DuePayment payment = take(place);
        Ask ask{++last_id, payment.reference, payment.kind};
        asked.emplace(last_id, Asked{std::move(payment), breaker.open()});
        return ask;
    }

    PolicyOptions options;
    core::TokenBucket bucket;
    core::Breaker breaker;
    std::mt19937_64 random;
    core::WallTime steady_since;  ///< our start, the end of the last outage, or when the clock was last set
    core::SteadyTime paused_until = core::SteadyTime::min();
    double share = 1;
    Waiting waiting;
    std::size_t held_waiting = 0;
    std::unordered_map<QuestionId, Asked> asked;
    std::unordered_map<std::string, Known> known;
    std::unordered_map<store::Shard, std::size_t> known_by_shard;
    QuestionId last_id = 0;
};

RequeryPolicy::RequeryPolicy(PolicyOptions options, std::uint64_t seed, core::WallTime started)
    : state_(std::make_unique<State>(std::move(options), seed, started)) {
    assert(state_->options.max_in_flight >= 1 && state_->options.rate_per_second > 0);
}

RequeryPolicy::~RequeryPolicy() = default;

std::size_t RequeryPolicy::room() const noexcept {
    const std::size_t others = state_->waiting.size() - state_->held_waiting;
    return state_->options.max_waiting - std::min(others, state_->options.max_waiting);
}

std::size_t RequeryPolicy::room_for_held() const noexcept {
    return state_->options.max_waiting - std::min(state_->held_waiting, state_->options.max_waiting);
}

std::size_t RequeryPolicy::known_in(store::Shard shard) const {
    const auto found = state_->known_by_shard.find(shard);
    return found == state_->known_by_shard.end() ? 0 : found->second;
}

void RequeryPolicy::drop(store::Shard shard) {
    if (known_in(shard) == 0) return;
    for (auto place = state_->waiting.begin(); place != state_->waiting.end();) {
        const auto next = std::next(place);
        if (place->second.shard == shard) state_->forget(state_->take(place).reference);
        place = next;
    }
}

std::size_t RequeryPolicy::found(std::vector<DuePayment> due) {
    std::size_t added = 0;
    for (DuePayment& payment : due) {
        const bool is_held = payment.purpose == event::Purpose::confirmation;
        if ((is_held ? room_for_held() : room()) == 0) continue;
        if (const auto known = state_->known.find(payment.reference); known != state_->known.end()) {
            // A callback came while it waited: from now on its end is held back, and it goes before the others.
            const auto& turn = known->second.turn;
            if (!is_held || !turn || State::is_held(*turn)) continue;
            state_->take(state_->waiting.find(*turn));
        }
        state_->put(std::move(payment));
        ++added;
    }
    return added;
}

std::vector<Ask> RequeryPolicy::next(core::SteadyTime now) {
    std::vector<Ask> asks;
    while (state_->may_ask(now)) {
        state_->bucket.take(now);
        asks.push_back(state_->ask(state_->waiting.begin()));
    }
    return asks;
}

std::vector<Ask> RequeryPolicy::unaskable(core::WallTime wall, core::SteadyTime now) {
    std::vector<Ask> asks;
    if (!state_->breaker.open() && now >= state_->paused_until) return asks;
    // Held ones are the first that wait.
    for (auto place = state_->waiting.begin(); place != state_->waiting.end() && State::is_held(place->first);) {
        const auto next = std::next(place);
        if (wall - state_->awaited_since(place->second) >= state_->options.schedule.confirm_timeout) {
            asks.push_back(state_->ask(place));
        }
        place = next;
    }
    return asks;
}

event::Answer RequeryPolicy::finished(QuestionId id, Reply reply, core::WallTime wall, core::SteadyTime now) {
    const auto found = state_->asked.find(id);
    assert(found != state_->asked.end());
    const auto [payment, is_probe] = std::move(found->second);
    state_->asked.erase(found);

    if (!reply.was_asked) {
        // Says nothing about the provider.
    } else if (is_trouble(reply.kind)) {
        // What was on its way when it opened has failed of the same outage.
        if (is_probe || !state_->breaker.open()) state_->breaker.failed(core::stable_hash({payment.reference}), now);
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
    answer.next_due = next_question(state_->options.schedule, payment.purpose, state_->awaited_since(payment), wall,
                                    state_->jitter(), reply.retry_after);
    answer.steady_since = state_->steady_since;
    return answer;
}

void RequeryPolicy::forget(const std::string& reference) {
    state_->forget(reference);
}

std::optional<milliseconds> RequeryPolicy::wake_after(core::SteadyTime now) const {
    if (state_->waiting.empty() || state_->share <= 0) return std::nullopt;
    core::SteadyTime when = std::max({now, state_->paused_until, state_->bucket.next()});
    if (const auto probe = state_->breaker.next_probe()) when = std::max(when, *probe);
    if (state_->asked.size() >= state_->breaker.allowed_in_flight(state_->options.max_in_flight, when)) {
        return std::nullopt;  // an answer comes first
    }
    if (state_->held_waiting > 0) when = std::min(when, now + held_interval);
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
    state_->options = std::move(options);
    set_share(state_->share);
}

void RequeryPolicy::set_share(double share) {
    state_->share = share;
    if (share > 0) state_->bucket.set_rate(state_->options.rate_per_second * share);
}

void RequeryPolicy::clock_was_set(core::WallTime wall) {
    state_->steady_since = wall;
}

}  // namespace tollgate::requery
