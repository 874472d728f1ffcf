// Draft: a decision in the making, and the report that it is about.
#pragma once

#include <tollgate/event/rules.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::event {

/// The status that the payment would be in; none when the transition moves no state.
Status claimed_status(const Transition& transition) noexcept;

/// A candidate as the rules look at it.
struct Report {
    Report(const PaymentState& state, const Candidate& candidate);

    const Candidate& candidate;
    std::string transition_id;
    Status claimed = Status::none;  ///< claimed_status()
    std::optional<Money> amount;    ///< as reported; a missing currency is the expected amount's

    [[nodiscard]] const Facts& facts() const noexcept { return candidate.facts; }
    /// What the report says, as one side of a conflict.
    [[nodiscard]] ConflictSide claim() const { return {claimed, amount, facts().evidence}; }
};

/// Owned by one call of decide(). Changes a copy of the state; what does not fit is found out at the end, so that
/// several events are accepted together or not at all.
class Draft {
  public:
    Draft(const PaymentState* current, const Report& report, core::WallTime now);

    [[nodiscard]] PaymentState& state() noexcept { return state_; }

    /// The payment is in `status` from here on, on this report's word. With a final one or `unresolved` this draft may
    /// use the reserved transitions, for a conflict that comes with it, too.
    void enter(Status status);
    /// Records the transition and adds its event, which shows state() as it is now.
    Event& publish(Happening happening, const std::string& transition_id, std::uint64_t money);
    /// Adds the event of the present, final status once more, on this report's evidence.
    Event& raise(Happening happening, const std::string& transition_id);
    /// Adds a conflict between state() and the report, unless the very same was published before. `about`: see
    /// conflict_transition().
    void publish(Conflict conflict, std::string_view about = {});

    /// `outcome`, or `without_events` when there turned out to be nothing to publish, or `overflow` when there is no
    /// room for all of it.
    [[nodiscard]] Decision finish(Outcome outcome, Outcome without_events = Outcome::duplicate) &&;

  private:
    Event& add_event(Happening happening, const std::string& transition_id);

    const PaymentState* current_;
    const Report& report_;
    core::WallTime now_;
    PaymentState state_;
    std::size_t limit_ = max_transitions - reserved_transitions;
    std::vector<Event> events_;
};

}  // namespace tollgate::event
