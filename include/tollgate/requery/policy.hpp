// RequeryPolicy: which payments of one source are asked about next, how fast, and what an answer does to the next one.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/provider/status_api.hpp>
#include <tollgate/requery/schedule.hpp>
#include <tollgate/store/store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::requery {

struct PolicyOptions {
    Schedule schedule;
    double rate_per_second = 50;       ///< of questions; above 0
    std::uint32_t max_in_flight = 16;  ///< questions without an answer, at least 1
    /// Payments whose question is due and that wait for their turn: so many whose end is held back, and so many others.
    std::size_t max_waiting = 1'000;
};

/// A payment whose question is due.
struct DuePayment {
    std::string reference;
    event::Purpose purpose = event::Purpose::outcome;
    core::WallTime since{};
    core::WallTime due{};
    event::Kind kind = event::Kind::payment;  ///< not every provider's answers tell
    store::Shard shard = 0;
};

using QuestionId = std::uint64_t;

/// To be asked now. Ends with finished().
struct Ask {
    QuestionId id = 0;
    std::string reference;
    event::Kind kind = event::Kind::payment;
};

/// What came back. When nothing did (time-out, refused connection), kind is `failed`.
struct Reply {
    provider::AnswerKind kind = provider::AnswerKind::failed;
    std::string what;
    std::optional<std::chrono::milliseconds> retry_after;
    bool was_asked = true;  ///< false: of unaskable()
};

/// Pure: no I/O, no clock; lives on one loop.
/// - Payments whose end is held back go first, then whoever has waited longest.
/// - Never more than the rate, whatever the backlog: after an outage it is worked off at the same pace.
/// - Eight payments in a row without an answer open the breaker: then one question at a time, its interval doubling
/// from
///   1 s to 30 s. When one is answered, the outage is over, and what was counted towards giving up before it is void.
/// - HTTP 429 with Retry-After stops all questions until then, a day at most.
/// - Of several nodes each asks at its share of the rate.
class RequeryPolicy {
  public:
    /// `started`: since when we can be asking, on the wall clock.
    RequeryPolicy(PolicyOptions options, std::uint64_t seed, core::WallTime started);
    ~RequeryPolicy();

    /// How many more due payments are worth looking for, beside those whose end is held back.
    [[nodiscard]] std::size_t room() const noexcept;
    /// How many of those are.
    [[nodiscard]] std::size_t room_for_held() const noexcept;
    /// How many payments of the shard wait, are asked about, or have an answer on its way to the store.
    [[nodiscard]] std::size_t known_in(store::Shard shard) const;
    /// Payments of the shard that wait are given up: somebody else works it. What is being asked goes on.
    void drop(store::Shard shard);
    /// Those that are known already, as waiting or as asked about, are left as they are; but one that waits goes to the
    /// front when its end has come to be held back.
    /// How many were new.
    std::size_t found(std::vector<DuePayment> due);

    /// What to ask now. At most as many as rate, breaker and max_in_flight allow.
    [[nodiscard]] std::vector<Ask> next(core::SteadyTime now);
    /// Held payments whose patience is over (confirm_timeout), while nobody can be asked: the breaker is open, or the
    /// provider wants a pause. They end like questions, by finished(), with `was_asked` false.
    [[nodiscard]] std::vector<Ask> unaskable(core::WallTime wall, core::SteadyTime now);
    /// What the answer to a question says beside its report; for the candidate that it becomes. The payment is left
    /// alone until forget().
    [[nodiscard]] event::Answer finished(QuestionId id, Reply reply, core::WallTime wall, core::SteadyTime now);
    /// The store has the answer, or will never have it: the payment may be found again when it is due.
    void forget(const std::string& reference);

    /// How long until next() or unaskable() may have something, if nothing else happens; absent when there is nothing
    /// to wait for.
    [[nodiscard]] std::optional<std::chrono::milliseconds> wake_after(core::SteadyTime now) const;
    [[nodiscard]] bool breaker_open() const noexcept;
    [[nodiscard]] std::size_t in_flight() const noexcept;

    /// Rate and schedule change; what is in flight goes on.
    void reconfigure(PolicyOptions options);
    /// The part of the rate that is ours, 0 to 1. With 0 nobody is asked.
    void set_share(double share);
    /// The wall clock was set, and reads `wall`: what was counted towards giving up before is void.
    void clock_was_set(core::WallTime wall);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tollgate::requery
