// Waiting: a payment on its way through one candidate, with what is held of it and what is awaited.
#pragma once

#include <tollgate/event/rules.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace tollgate::event {

/// Owned by one call of decide(). Changes a copy of the state; every report that comes of the candidate is decided by
/// the table, one after the other, on what the last one left.
class Waiting {
  public:
    Waiting(const PaymentState* current, const Candidate& candidate, core::WallTime now);

    Decision decide() &&;

  private:
    [[nodiscard]] std::optional<std::chrono::milliseconds> lateness(Outcome outcome) const;
    [[nodiscard]] bool was_noted(const Question& question) const;
    void mend_times(core::WallTime at);
    bool note_question(const Answer& answer);
    void register_expected();
    [[nodiscard]] bool must_be_held() const;
    void hold();
    [[nodiscard]] bool goes_further(const Candidate& before);
    void confirm(const Candidate& held);
    void contradict(const Candidate& held);
    void publish_difference(const ConflictSide& truth, const ConflictSide& claim, Evidence evidence);

    void lose_patience(const Answer& answer, const Terms& terms);
    void lose_patience_with_confirmation(const Answer& answer, const Terms& terms);
    void bound_patience(const Answer& answer, const Terms& terms);
    void lose_patience_with_registration(const Answer& answer, const Terms& terms);
    void recheck_conflict(const Terms& terms);
    void end_settlement(const Terms& terms);
    void give_up(const Terms& terms);
    void await_what_is_left(Status held);
    void look_ahead();
    [[nodiscard]] bool publishes_conflict() const;
    [[nodiscard]] bool must_be_doubted() const;
    void doubt(std::chrono::milliseconds recheck);
    [[nodiscard]] bool is_upheld() const;
    void hasten(std::chrono::milliseconds first_after);

    /// Decides a report by the table.
    void apply(const Candidate& report);
    /// The same of a conflict that is published whatever the payment's status.
    void publish_conflict(Conflict conflict, Evidence evidence);
    void await(Purpose purpose, core::WallTime due);
    /// What is held, and no longer; nothing when there is none, or it cannot be read.
    std::optional<Candidate> take_held();
    [[nodiscard]] bool awaits(Purpose purpose) const noexcept {
        return state_.expectation && state_.expectation->purpose == purpose;
    }

    const PaymentState* current_;
    const Candidate& candidate_;
    core::WallTime now_;
    PaymentState state_;
    bool is_known_;  ///< a payment of this name exists
    std::optional<Outcome> outcome_;
    std::vector<Event> events_;
};

}  // namespace tollgate::event
