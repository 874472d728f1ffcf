// What the tests of the event room share: money, candidates and a payment that is fed with them.
#pragma once

#include <tollgate/event/rules.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::event {

inline constexpr core::WallTime noon{std::chrono::milliseconds{1795348800123}};  // 2026-11-22T12:00:00.123Z

inline Money money(std::string_view digits, std::string_view currency = "KES") {
    return Money::from_major(digits, currency).value();
}

inline Candidate report(TransitionName name, std::string qualifier = {}) {
    Candidate candidate;
    candidate.transition = {name, std::move(qualifier)};
    candidate.facts.source = "kenya";
    candidate.facts.provider = "startbutton";
    candidate.facts.reference = "610ae86889ee";
    candidate.facts.received_at = noon;
    return candidate;
}

inline Candidate with_amount(Candidate candidate, std::string_view digits, std::string_view currency = "KES") {
    candidate.facts.amount = money(digits, currency);
    return candidate;
}

inline Candidate with_evidence(Candidate candidate, Evidence evidence) {
    candidate.facts.evidence = evidence;
    return candidate;
}

inline Candidate action(ActionKind kind, std::optional<std::string> url, std::string_view time) {
    Candidate candidate =
        report(TransitionName::action, std::string(to_string(kind)) + ":" + url.value_or("") + ":" + std::string(time));
    candidate.facts.action = Action{kind, std::move(url)};
    return candidate;
}

inline Candidate dispute(std::string reference, std::string status) {
    Candidate candidate = report(TransitionName::disputed, reference + ":" + status);
    candidate.facts.dispute = Dispute{std::move(reference), std::move(status), money("10")};
    return candidate;
}

/// What a provider's entry reports on the original reference when the customer paid less under a new one.
inline Candidate underpayment(std::string_view paid, std::string_view expected) {
    Conflict conflict;
    conflict.kind = ConflictKind::amount;
    conflict.kept.amount = money(expected);
    conflict.contradicting = {Status::succeeded, money(paid), Evidence::signature};
    Candidate candidate = report(TransitionName::conflict);
    candidate.transition = conflict_transition(conflict);
    candidate.facts.conflict = conflict;
    candidate.facts.expected_amount = money(expected);
    return candidate;
}

/// One payment, as a store would keep it.
class Payment {
  public:
    Decision take(const Candidate& candidate) {
        Decision decision = decide(current(), candidate, noon);
        if (decision.next) state_ = decision.next;
        return decision;
    }
    /// take() that has to be accepted or published as a conflict; for bringing a payment somewhere.
    void go(const Candidate& candidate) { ASSERT_FALSE(take(candidate).events.empty()) << candidate.transition.id(); }
    void expect(std::string_view digits, std::string_view currency = "KES") {
        if (!state_) state_.emplace();
        state_->expected_amount = money(digits, currency);
    }
    [[nodiscard]] const PaymentState* current() const { return state_ ? &*state_ : nullptr; }
    [[nodiscard]] const PaymentState& state() const { return *state_; }

  private:
    std::optional<PaymentState> state_;
};

/// "accepted succeeded settled": the outcome and what was published.
inline std::string text(const Decision& decision) {
    std::string text(to_string(decision.outcome));
    for (const Event& event : decision.events) text.append(1, ' ').append(to_string(event.happening));
    return text;
}

}  // namespace tollgate::event
