// When what is known is doubted, and when asking ends: what is held comes out, conflicts are decided, and what nobody
// knows is given up.
#include "claims.hpp"
#include "conflict.hpp"
#include "waiting.hpp"

#include <tollgate/event/alias.hpp>
#include <tollgate/event/correction.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace tollgate::event {

using namespace std::chrono_literals;

void Waiting::lose_patience(const Answer& answer, const Terms& terms) {
    if (is_alias(candidate_.facts.reference)) return lose_patience_with_registration(answer, terms);
    if (awaits(Purpose::confirmation) && !state_.held.empty()) {
        lose_patience_with_confirmation(answer, terms);
        return bound_patience(answer, terms);
    }
    // Whyever it was asked, and though it was not awaited any more: a final state that the provider denies is doubted.
    const bool is_denied = denies(claimed_status(candidate_.transition), state_.status);
    if (is_denied && state_.decided) {
        // People's word stands, and they hear of it, though the provider may have said so before they decided.
        publish_difference({state_.status, state_.amount, state_.evidence}, claim_of(candidate_), Evidence::requery);
    } else if (is_denied && !awaits(Purpose::conflict)) {
        await(Purpose::conflict, answer.next_due);
    }
    // Whatever was said: it is in the timeline.
    if (awaits(Purpose::check)) state_.expectation.reset();
    if (!state_.expectation) return;
    if (awaits(Purpose::conflict) && answer.definite) recheck_conflict(terms);
    if (awaits(Purpose::settlement) && answer.definite) end_settlement(terms);
    // Not on a failure, however much was said before it.
    if (!state_.expectation || !answer.definite) return;
    if (answer.question.at - state_.expectation->since < terms.give_up_after) return;
    // However long it took to say so: what the provider says the second time decides.
    if (awaits(Purpose::conflict) && denies(claimed_status(candidate_.transition), state_.status)) return;
    if (state_.expectation->definite >= answers_to_give_up) give_up(terms);
}

void Waiting::lose_patience_with_confirmation(const Answer& answer, const Terms& terms) {
    const core::WallTime at = answer.question.at;
    // While we were down, or the clock was set, nobody had a chance to confirm it.
    if (at - std::max(state_.expectation->since, answer.steady_since) < terms.confirm_timeout) return;
    if (!answer.definite) {
        // Our trouble, not the payment's. What was said a moment ago was not yet the last word.
        if (!terms.publish_unconfirmed || at - state_.expectation->last_definite < terms.confirm_timeout) return;
        const auto held = take_held();
        if (!held) return;
        apply(*held);
        // Published as it came, and doubted until somebody answers.
        await_what_is_left(claimed_status(held->transition));
        if (!state_.expectation) await(Purpose::conflict, answer.next_due);
        return;
    }
    const auto held = take_held();
    if (!held) return;
    if (terms.can_deny) {
        Conflict conflict;
        conflict.kind = ConflictKind::status;
        conflict.kept.evidence = Evidence::requery;
        conflict.contradicting = claim_of(*held);
        publish_conflict(std::move(conflict), Evidence::requery);
    } else {
        Candidate unresolved = candidate_;
        unresolved.transition = {TransitionName::unresolved, {}};
        apply(unresolved);
    }
    // Whatever was said, the payment's end is still to be found out.
    state_.expectation->purpose = Purpose::outcome;
}

/// Patience with what is held ends at a question, so there has to be one by then, however long the provider wants to be
/// left alone. What was asked before it was held puts nothing off: whether it is true was not the question.
void Waiting::bound_patience(const Answer& answer, const Terms& terms) {
    if (!awaits(Purpose::confirmation) || state_.held.empty()) return;
    Expectation& expectation = *state_.expectation;
    if (answer.question.purpose != Purpose::confirmation) expectation.due = std::min(expectation.due, now_);
    for (const core::WallTime since : {std::max(expectation.since, answer.steady_since), expectation.last_definite}) {
        const core::WallTime end = since + terms.confirm_timeout;
        if (answer.question.at < end) expectation.due = std::min(expectation.due, end);
    }
}

/// No payment ever came of it, so there is none that could be unresolved. What was registered stays, without being
/// asked about: should a payment come after all, its sum is compared.
void Waiting::lose_patience_with_registration(const Answer& answer, const Terms& terms) {
    if (!state_.expectation) return;
    const bool is_askable = answer.question.result != result_not_askable;
    const core::WallTime end = state_.expectation->since + terms.give_up_after;
    // There is nothing to be looked at before.
    if (!is_askable) state_.expectation->due = end;
    if (answer.question.at < end) return;
    if (is_askable && !(answer.definite && state_.expectation->definite >= answers_to_give_up)) return;
    state_.expectation.reset();
    outcome_ = Outcome::lapsed;
}

bool Waiting::publishes_conflict() const {
    return std::ranges::any_of(
        events_, [](const Event& event) { return event.happening == Happening::conflict && event.facts.conflict; });
}

/// A contradiction that was published before is none the less one: the provider still says so. What people have decided
/// stands: they are told of what contradicts it, and nobody is asked.
bool Waiting::must_be_doubted() const {
    if (candidate_.answer || state_.decided || !is_final(state_.status)) return false;
    return publishes_conflict() || denies(claimed_status(candidate_.transition), state_.status);
}

/// However often it is repeated, a contradiction keeps no conflict open, and none is asked about sooner than an open
/// one would be. One that is new has its own time for the provider's record to catch up.
void Waiting::doubt(std::chrono::milliseconds recheck) {
    const Status claimed = claimed_status(candidate_.transition);
    const bool is_new = publishes_conflict();
    if (!awaits(Purpose::conflict)) {
        await(Purpose::conflict, now_);
        if (!is_new && !state_.questions.empty())
            state_.expectation->due = std::clamp(state_.questions.back().at + recheck, now_, now_ + recheck);
    }
    if (!denies(claimed, state_.status)) return;
    Expectation& expectation = *state_.expectation;
    if (is_new || expectation.contradicting == Status::none) {
        expectation.since = now_;
        expectation.due = std::max(expectation.due, now_);
    }
    if (expectation.contradicting == Status::none) expectation.contradicting = claimed;
}

/// Two answers against the payment's final state, so far apart that nothing in between can have been in its way, are
/// the truth (rule of corrections); one for it ends the conflict. But not at once where somebody has named another end:
/// the provider's own record may be behind its callback, so what it says right after that proves nothing.
void Waiting::recheck_conflict(const Terms& terms) {
    Expectation& expectation = *state_.expectation;
    const Status claimed = claimed_status(candidate_.transition);
    const core::WallTime at = candidate_.answer->question.at;
    if (state_.decided) return state_.expectation.reset();
    if (!denies(claimed, state_.status)) {
        // Nothing to correct: only people can tell what is missing.
        if (!is_final(state_.status)) return state_.expectation.reset();
        if (!is_final(claimed)) return;  // the provider may be about to move
        const bool is_contradicted = expectation.contradicting != Status::none;
        if (!is_contradicted || at - expectation.since >= terms.conflict_recheck) return state_.expectation.reset();
        expectation.contradicting_since = {};
        return;
    }
    // Of an answer from before an outage, or before the clock was set, nobody can tell how long ago it was given.
    const bool begins = expectation.contradicting_since == core::WallTime{} ||
                        expectation.contradicting_since < candidate_.answer->steady_since;
    if (expectation.contradicting != claimed || begins) {
        expectation.contradicting = claimed;
        expectation.contradicting_since = at;
        return;
    }
    if (at - expectation.contradicting_since < terms.conflict_recheck) return;
    Candidate correction = candidate_;
    correction.transition = next_correction(state_, claimed);
    apply(correction);
    state_.expectation.reset();
}

/// It is asked for once, when it is overdue. A question that somebody wanted sooner leaves that one to come.
void Waiting::end_settlement(const Terms& terms) {
    Expectation& expectation = *state_.expectation;
    const core::WallTime overdue = expectation.since + terms.settlement_after.value_or(0ms);
    if (candidate_.answer->question.at >= overdue) return state_.expectation.reset();
    expectation.due = overdue;
    expectation.definite = 0;
}

void Waiting::give_up(const Terms& terms) {
    if (!is_final(state_.status) && state_.status != Status::unresolved) {
        Candidate unresolved = candidate_;
        unresolved.transition = {TransitionName::unresolved, {}};
        apply(unresolved);
    } else if (is_final(state_.status) && is_weak(state_.evidence) && terms.can_deny) {
        // Published on its own word, and the provider has known nothing of it ever since.
        Conflict conflict;
        conflict.kind = ConflictKind::status;
        conflict.kept = {state_.status, state_.amount, state_.evidence};
        conflict.contradicting.evidence = Evidence::requery;
        publish_conflict(std::move(conflict), Evidence::requery);
    }
    state_.expectation.reset();
}

}  // namespace tollgate::event
