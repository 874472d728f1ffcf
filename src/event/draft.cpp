// Reading a candidate for the rules, and building the state and the events of a decision.
#include "draft.hpp"

#include <tollgate/event/correction.hpp>

#include <utility>

namespace tollgate::event {
Status claimed_status(const Transition& transition) noexcept {
    switch (transition.name) {
        case TransitionName::pending:
            return Status::pending;
        case TransitionName::action:
            return Status::action_required;
        case TransitionName::succeeded:
            return Status::succeeded;
        case TransitionName::failed:
            return Status::failed;
        case TransitionName::cancelled:
            return Status::cancelled;
        case TransitionName::expired:
            return Status::expired;
        case TransitionName::unresolved:
            return Status::unresolved;
        case TransitionName::settled:
            return Status::settled;
        case TransitionName::reversed:
            return Status::reversed;
        case TransitionName::corrected:
            return corrected_status(transition.qualifier);
        case TransitionName::disputed:
        case TransitionName::conflict:
        case TransitionName::unrecognised:
        case TransitionName::expected:
        case TransitionName::answered:
            return Status::none;
    }
    return Status::none;
}

namespace {

std::optional<Money> with_expected_currency(const std::optional<Money>& amount, const std::optional<Money>& expected) {
    if (!amount || amount->currency() || !expected || !expected->currency()) return amount;
    const core::Result<Money> filled = Money::from_major(amount->value(), *expected->currency());
    return filled ? std::optional<Money>(*filled) : amount;
}

}  // namespace

Report::Report(const PaymentState& state, const Candidate& candidate_)
    : candidate(candidate_),
      transition_id(candidate_.transition.id()),
      claimed(claimed_status(candidate_.transition)),
      amount(with_expected_currency(candidate_.facts.amount, state.expected_amount)) {}

Draft::Draft(const PaymentState* current, const Report& report, core::WallTime now)
    : current_(current), report_(report), now_(now) {
    if (current)
        state_ = *current;
    else
        state_.kind = report.facts().kind;
}

void Draft::enter(Status status) {
    state_.kind = report_.facts().kind;
    state_.status = status;
    state_.evidence = report_.facts().evidence;
    state_.corrected = false;
    state_.decided = report_.facts().evidence == Evidence::operator_decision;
    state_.action = 0;
    if (is_final(status) || status == Status::unresolved) limit_ = max_transitions;
    if (report_.amount) state_.amount = report_.amount;
}

Event& Draft::publish(Happening happening, const std::string& transition_id, std::uint64_t money) {
    state_.transitions.push_back({transition_digest(transition_id), money});
    ++state_.sequence;
    return add_event(happening, transition_id);
}

Event& Draft::raise(Happening happening, const std::string& transition_id) {
    limit_ = max_transitions;
    const Evidence before = state_.evidence;
    const bool of_callback = before != Evidence::requery && before != Evidence::operator_decision;
    state_.evidence = of_callback && report_.facts().evidence == Evidence::requery ? Evidence::callback_and_requery
                                                                                   : report_.facts().evidence;
    // Whoever has had it sees no gap, and whoever waited for better evidence gets it in its place: only when others
    // came after it, it has to come after them.
    if (state_.transitions.back().transition != transition_digest(transition_id)) ++state_.sequence;
    Event& event = add_event(happening, transition_id);
    event.facts.evidence = state_.evidence;
    if (!event.facts.amount) event.facts.amount = state_.amount;
    event.raised_from = before;
    return event;
}

Event& Draft::add_event(Happening happening, const std::string& transition_id) {
    Event& event = events_.emplace_back();
    event.id = event_id(report_.facts().source, report_.facts().reference, transition_id);
    event.happening = happening;
    event.timestamp = now_;
    event.facts = report_.facts();
    event.facts.amount = report_.amount;
    if (!event.facts.expected_amount) event.facts.expected_amount = state_.expected_amount;
    event.status = state_.status;
    event.sequence = state_.sequence;
    return event;
}

void Draft::publish(Conflict conflict, std::string_view about) {
    if (!conflict.kept.status && state_.status != Status::none) conflict.kept.status = state_.status;
    const std::string transition_id = conflict_transition(conflict, about).id();
    if (state_.find(transition_id)) return;
    publish(Happening::conflict, transition_id, 0).facts.conflict = std::move(conflict);
}

Decision Draft::finish(Outcome outcome, Outcome without_events) && {
    if (events_.empty()) {
        if (current_ && state_ == *current_) return {without_events, std::nullopt, {}};
        return {without_events, std::move(state_), {}};
    }
    if (state_.transitions.size() > limit_) return {Outcome::overflow, std::nullopt, {}};
    return {outcome, std::move(state_), std::move(events_)};
}

}  // namespace tollgate::event
