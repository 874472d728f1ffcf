// AcceptRound: a batch of candidates on its way into Redis: decided on what is believed, applied only where that was
// true.
#pragma once

#include "redis_records.hpp"
#include "redis_reply.hpp"

#include <tollgate/core/fault.hpp>
#include <tollgate/store/store.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tollgate::store {

/// Pure: no Redis in here. First every payment is believed to be new, which most are, so that one call of the script is
/// enough for them; the script answers the values of the others, and those are decided again. A candidate is decided on
/// exactly the value that it then replaces.
class AcceptRound {
  public:
    AcceptRound(std::vector<event::Candidate> batch, Shard shard_count, core::FaultSink& faults);

    /// Decides what is not done, and puts it into the script's arguments (what follows the first four).
    void decide(core::WallTime now, std::vector<std::string>& arguments);
    /// What the script answered. Errors: Errc::malformed for an answer that is none.
    core::Result<void> apply(const RedisReply& reply);
    [[nodiscard]] bool done() const noexcept { return open_.empty(); }
    /// Whether anything has been applied already.
    [[nodiscard]] bool begun() const noexcept { return begun_; }

    /// When done: an answer per candidate of the batch.
    [[nodiscard]] std::vector<Accepted> take_answers() { return std::move(answers_); }
    /// The shards that grew, ascending.
    [[nodiscard]] std::vector<Shard> grown() const;

  private:
    /// One payment of the batch, with its candidates in their order.
    struct Unit {
        Shard shard = 0;
        std::string name;                     ///< "SOURCE:REFERENCE"; a source has no colon
        std::vector<std::size_t> candidates;  ///< places in the batch
        std::string believed;                 ///< the value in Redis; empty: none
        bool appends = false;
    };
    /// What a unit's decision comes to.
    struct PlannedEvent {
        LogEntry entry;
        std::optional<JournalBody> raw;         ///< of the callback that caused it
        std::array<std::uint8_t, 16> digest{};  ///< of that
    };
    struct Plan {
        std::string value;
        std::vector<JournalBody> bodies;  ///< of callbacks that caused no event
        std::vector<PlannedEvent> events;
        std::vector<std::size_t> holes;  ///< by event: where its position goes in `value`, from 1; 0: nowhere
    };

    void add(std::size_t candidate);
    Plan plan(Unit& unit, core::WallTime now);
    bool plan_one(std::size_t candidate, PaymentValue& value, bool& exists, Plan& plan, core::WallTime now);

    std::vector<event::Candidate> batch_;
    const Shard shard_count_;
    core::FaultSink& faults_;
    std::vector<Accepted> answers_;
    std::vector<Unit> units_;
    std::map<std::string, std::size_t, std::less<>> unit_of_;  ///< by name
    std::vector<std::size_t> open_;                            ///< units that are not applied, in order
    std::vector<bool> grown_;
    bool begun_ = false;
};

}  // namespace tollgate::store
