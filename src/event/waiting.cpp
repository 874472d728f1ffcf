// decide(): what is held back until a provider has confirmed it, what is asked about, and when the asking ends.
#include "waiting.hpp"

#include "claims.hpp"
#include "conflict.hpp"
#include "report_rules.hpp"

#include <tollgate/event/alias.hpp>
#include <tollgate/event/candidate_codec.hpp>

#include <algorithm>
#include <utility>

namespace tollgate::event {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_result_size = 32;
constexpr std::size_t max_what_size = 200;
/// So far may the clocks of two nodes, or of one before and after a small step, be apart.
constexpr std::chrono::minutes clock_tolerance{1};

/// Of two things that came of one candidate the one that people should hear of.
int loudness(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::duplicate:
            return 0;
        case Outcome::stale:
        case Outcome::lapsed:
            return 1;
        case Outcome::held:
            return 2;
        case Outcome::accepted:
        case Outcome::unrecognised:
            return 3;
        case Outcome::conflict:
            return 4;
        case Outcome::overflow:
            return 5;
    }
    return 0;
}

template <class T>
void fill(std::optional<T>& fact, const std::optional<T>& otherwise) {
    if (!fact) fact = otherwise;
}

}  // namespace

std::string_view to_string(Purpose purpose) noexcept {
    switch (purpose) {
        case Purpose::outcome:
            return "outcome";
        case Purpose::confirmation:
            return "confirmation";
        case Purpose::conflict:
            return "conflict";
        case Purpose::settlement:
            return "settlement";
        case Purpose::check:
            return "check";
    }
    return {};
}

Waiting::Waiting(const PaymentState* current, const Candidate& candidate, core::WallTime now)
    : current_(current), candidate_(candidate), now_(now), is_known_(current != nullptr) {
    if (current) {
        state_ = *current;
    } else {
        state_.kind = candidate.facts.kind;
    }
}

Decision Waiting::decide() && {
    const bool is_news = candidate_.answer && note_question(*candidate_.answer);
    const bool authoritative = is_authoritative(candidate_.facts.evidence);
    if (candidate_.transition.name == TransitionName::expected) {
        register_expected();
    } else if (candidate_.transition.name == TransitionName::answered) {
        outcome_ = Outcome::duplicate;
    } else if (must_be_held()) {
        hold();
    } else if (authoritative && is_final(claimed_status(candidate_.transition)) && !state_.held.empty()) {
        const auto held = take_held();
        if (held && agree(claimed_status(held->transition), claimed_status(candidate_.transition))) confirm(*held);
        apply(candidate_);
        if (held) contradict(*held);
        await_what_is_left(held ? claimed_status(held->transition) : Status::none);
    } else {
        apply(candidate_);
    }
    if (is_news && candidate_.terms) lose_patience(*candidate_.answer, *candidate_.terms);
    look_ahead();
    const Outcome outcome = outcome_.value_or(Outcome::duplicate);
    if (current_ ? state_ == *current_ : !is_known_) return {outcome, std::nullopt, {}};
    return {outcome, std::move(state_), std::move(events_), lateness(outcome)};
}

/// Of a callback alone: an answer is never late, and people are not waited for.
std::optional<std::chrono::milliseconds> Waiting::lateness(Outcome outcome) const {
    if (outcome != Outcome::accepted && outcome != Outcome::held) return std::nullopt;
    if (candidate_.answer || is_authoritative(candidate_.facts.evidence)) return std::nullopt;
    if (!is_final(claimed_status(candidate_.transition)) || !current_ || !current_->expectation) return std::nullopt;
    if (current_->expectation->purpose != Purpose::outcome) return std::nullopt;
    return std::max(candidate_.facts.received_at - current_->expectation->since, 0ms);
}

/// Whether this answer, or a later one, was noted before. A note of the future was made by a clock that ran ahead and
/// has been set back since: then the order of times says nothing.
bool Waiting::was_noted(const Question& question) const {
    const auto& noted = state_.questions;
    if (noted.empty()) return false;
    if (noted.back().at <= now_ + clock_tolerance) return noted.back().at >= question.at;
    return std::ranges::find(noted, question.at, &Question::at) != noted.end();
}

/// Time in which nobody asked is none of patience, and what a clock that ran ahead has written begins now. What is held
/// is different: its patience is short, and counts from Answer::steady_since at the earliest.
void Waiting::mend_times(core::WallTime at) {
    Expectation& expectation = *state_.expectation;
    if (expectation.purpose != Purpose::confirmation) expectation.since = patient_since(expectation, at);
    const core::WallTime future = now_ + clock_tolerance;
    if (expectation.last_definite > future) expectation.definite = 0;
    for (core::WallTime* time : {&expectation.since, &expectation.last_definite, &expectation.contradicting_since}) {
        if (*time > future) *time = at;
    }
}

/// False: this answer, or a later one, was noted before (an accept with an unknown outcome is repeated, perhaps much
/// later): it counts once. What counts is when the provider said it, not when we decide on it.
bool Waiting::note_question(const Answer& answer) {
    const bool is_news = !was_noted(answer.question);
    if (state_.expectation && is_news) {
        mend_times(answer.question.at);
        state_.expectation->due = answer.next_due;
    } else if (state_.expectation) {
        // What it left is not asked about sooner for being told again, nor at once for a clock that runs behind.
        state_.expectation->due = std::max(state_.expectation->due, answer.next_due);
    }
    if (!is_news) return false;
    if (state_.questions.size() >= max_questions) state_.questions.erase(state_.questions.begin());
    Question& question = state_.questions.emplace_back(answer.question);
    question.result.resize(std::min(question.result.size(), max_result_size));
    question.what.resize(std::min(question.what.size(), max_what_size));
    is_known_ = true;
    if (!state_.expectation) return true;
    Expectation& expectation = *state_.expectation;
    if (answer.definite) {
        const bool goes_on = expectation.last_definite >= answer.steady_since;
        expectation.definite = goes_on ? expectation.definite + 1 : 1;
        expectation.last_definite = answer.question.at;
    } else {
        expectation.definite = 0;  // in a row
    }
    return true;
}

/// The first registration that names an amount counts; but what is registered under the payment's own reference is
/// about this payment alone, and counts before what it only inherited from another of its ids, whichever comes first.
/// What only its provider has named, in a conflict, counts as long as nobody has registered anything.
///
/// Also when a callback was compared with what was inherited. If that fitted, the sum is compared once more, as ever
/// when a registration comes after the callback: what was published stands, and a difference is published as a
/// conflict, so nothing is overwritten in silence. If it did not fit, the conflict was published already, instead of
/// the end; the next report, or the answer that is asked for, is compared with what is truly owed and may still bring
/// the end. With the inherited amount the payment could only be given up.
void Waiting::register_expected() {
    const Facts& facts = candidate_.facts;
    outcome_ = Outcome::duplicate;
    is_known_ = true;
    // One that says payment may only have named no kind, and takes back nothing that another has said. The provider
    // knows better than either.
    const bool was_heard_of = state_.sequence != 0 || !state_.held.empty();
    if (!was_heard_of && facts.kind != Kind::payment) state_.kind = facts.kind;
    const bool is_inherited = candidate_.transition.qualifier == qualifier_inherited;
    const bool counts = !state_.expected_amount || state_.named_by_provider || (state_.inherited && !is_inherited);
    if (!counts || !facts.expected_amount) return;
    state_.expected_amount = facts.expected_amount;
    state_.inherited = is_inherited;
    state_.named_by_provider = false;
    // The callback was faster than the registration: so this is the moment to compare.
    const ConflictSide known{state_.status, state_.amount, state_.evidence};
    if (auto misfit = misfit_of_expected(state_, known)) publish_conflict(std::move(misfit->conflict), state_.evidence);
}

/// Only what would move the payment to its end: whatever else a report says is published as it came.
bool Waiting::must_be_held() const {
    if (!candidate_.terms || is_authoritative(candidate_.facts.evidence)) return false;
    const Confirm confirm = candidate_.terms->confirm;
    if (confirm == Confirm::never || (confirm == Confirm::weak && !is_weak(candidate_.facts.evidence))) return false;
    return is_final(claimed_status(candidate_.transition)) && !is_final(state_.status);
}

/// One word is held, and asked about; another that says something else is a conflict at once. However many come, they
/// do not put off the end of patience.
void Waiting::hold() {
    Candidate kept = candidate_;
    kept.journal = {};
    kept.terms.reset();
    kept.answer.reset();
    if (!state_.held.empty()) {
        if (const auto before = decode_candidate(state_.held); before && !goes_further(*before)) return;
    }
    if (state_.status == Status::none) state_.kind = kept.facts.kind;
    state_.held = encode_candidate(kept);
    is_known_ = true;
    outcome_ = Outcome::held;
    if (!awaits(Purpose::confirmation)) await(Purpose::confirmation, now_);
}

/// Whether the candidate is to be held instead of `before`: a settlement of the success that is.
bool Waiting::goes_further(const Candidate& before) {
    const ConflictSide held = claim_of(before);
    const ConflictSide claim = claim_of(candidate_);
    const bool same_sum = !held.amount || !claim.amount || held.amount->agrees_with(*claim.amount);
    if (agree(*held.status, *claim.status) && same_sum) {
        outcome_ = Outcome::duplicate;
        return *held.status == Status::succeeded && *claim.status == Status::settled;
    }
    publish_difference(held, claim, *claim.evidence);
    const bool is_news = state_.expectation && state_.expectation->contradicting == Status::none;
    if (is_news && denies(*claim.status, *held.status)) state_.expectation->contradicting = *claim.status;
    return false;
}

/// The provider, or an operator, says the same. Their own sum counts: what was held could be anybody's.
void Waiting::confirm(const Candidate& held) {
    Candidate confirmed = held;
    const Facts& answer = candidate_.facts;
    if (answer.evidence == Evidence::requery) confirmed.facts.evidence = Evidence::callback_and_requery;
    if (answer.evidence == Evidence::operator_decision) {
        if (is_weak(held.facts.evidence)) confirmed.facts.evidence = Evidence::operator_decision;
        confirmed.facts.reason = answer.reason;
    }
    if (answer.amount) confirmed.facts.amount = answer.amount;
    fill(confirmed.facts.merchant_reference, answer.merchant_reference);
    fill(confirmed.facts.provider_reference, answer.provider_reference);
    fill(confirmed.facts.network_reference, answer.network_reference);
    fill(confirmed.facts.method, answer.method);
    fill(confirmed.facts.occurred_at, answer.occurred_at);
    apply(confirmed);
}

/// What was held differs from what the provider has just said, in its end or in its sum.
void Waiting::contradict(const Candidate& held) {
    const ConflictSide truth = claim_of(candidate_);
    publish_difference(truth, claim_of(held), truth.evidence.value_or(Evidence::requery));
}

/// Nothing when both say the same, or the claim is that something succeeded which has been reversed since.
void Waiting::publish_difference(const ConflictSide& truth, const ConflictSide& claim, Evidence evidence) {
    if (*truth.status == Status::reversed && is_success(*claim.status)) return;
    Conflict conflict;
    conflict.kept = truth;
    conflict.contradicting = claim;
    if (!agree(*claim.status, *truth.status)) {
        conflict.kind = ConflictKind::status;
    } else if (claim.amount && truth.amount && !claim.amount->agrees_with(*truth.amount)) {
        conflict.kind = claim.amount->same_currency(*truth.amount) ? ConflictKind::amount : ConflictKind::currency;
    } else {
        return;
    }
    publish_conflict(std::move(conflict), evidence);
}

/// Without an end (a sum that is not the one expected stood in its way) it goes on as if nothing had been held. Of an
/// end nothing is left, unless a callback has named another: the provider's own record may be behind its callback, so
/// what it said right after that is doubted as any final state that is contradicted.
void Waiting::await_what_is_left(Status held) {
    if (!is_final(state_.status)) {
        if (state_.expectation) state_.expectation->purpose = Purpose::outcome;
        return;
    }
    const Status named = state_.expectation ? state_.expectation->contradicting : Status::none;
    state_.expectation.reset();
    for (const Status other : {named, held}) {
        if (!denies(other, state_.status)) continue;
        await(Purpose::conflict, candidate_.answer ? candidate_.answer->next_due : now_);
        state_.expectation->contradicting = other;
        return;
    }
}

/// What the candidate has left to wait for.
void Waiting::look_ahead() {
    const Status before = current_ ? current_->status : Status::none;
    const bool is_registration = candidate_.transition.name == TransitionName::expected;
    const bool people_decided = candidate_.facts.evidence == Evidence::operator_decision && is_final(state_.status) &&
                                claimed_status(candidate_.transition) == state_.status;
    if (is_final(state_.status)) {
        if (awaits(Purpose::outcome)) state_.expectation.reset();
        if (awaits(Purpose::settlement) && state_.status != Status::succeeded) state_.expectation.reset();
        // A signed callback is proof enough of what another one had claimed.
        if (awaits(Purpose::confirmation) && !is_weak(state_.evidence)) {
            state_.held.clear();
            state_.expectation.reset();
        }
        if (people_decided) {
            // Nothing was taken of what had no room, or of a correction to what is.
            if (outcome_ != Outcome::overflow && outcome_ != Outcome::stale) state_.decided = true;
            if (awaits(Purpose::conflict) || awaits(Purpose::confirmation)) state_.expectation.reset();
        }
    }
    // Its customer paid less, under another reference, which has the rest of the story: so says its provider.
    const bool is_paid_short = candidate_.transition.name == TransitionName::conflict;
    if (is_paid_short && awaits(Purpose::outcome) && outcome_ != Outcome::overflow) state_.expectation.reset();
    if (!candidate_.terms) return;
    const Terms& terms = *candidate_.terms;
    if (must_be_doubted()) {
        doubt(terms.conflict_recheck);
    } else if (state_.expectation) {
        if (is_registration) hasten(terms.first_after);
    } else if (state_.status == Status::succeeded && terms.settlement_after &&
               (before != Status::succeeded || is_upheld())) {
        await(Purpose::settlement, now_ + *terms.settlement_after);
    } else if (is_final(state_.status)) {
        if (is_registration && terms.first_after == 0ms) await(Purpose::check, now_);
    } else if (!candidate_.answer) {
        const bool is_under_way = state_.status == Status::pending || state_.status == Status::action_required;
        const bool moved = state_.status != before;
        if (is_registration || (is_under_way && moved)) await(Purpose::outcome, now_ + terms.first_after);
    }
}

/// A doubt ends with an answer that says the same. It may have come before the settlement was asked for, which is done
/// until it is answered once.
bool Waiting::is_upheld() const {
    const bool was_doubted = current_ && current_->expectation && current_->expectation->purpose == Purpose::conflict;
    if (!was_doubted || !agree(claimed_status(candidate_.transition), state_.status)) return false;
    return std::ranges::none_of(state_.questions, [](const Question& question) {
        return question.purpose == Purpose::settlement && question.result == result_reported;
    });
}

/// Nothing of a provider's settlement is to be learnt before its time, unless somebody wants to know at once.
void Waiting::hasten(std::chrono::milliseconds first_after) {
    if (awaits(Purpose::settlement) && first_after > 0ms) return;
    Expectation& expectation = *state_.expectation;
    if (const core::WallTime since = patient_since(expectation, now_); since != expectation.since) {
        if (expectation.purpose != Purpose::confirmation) expectation.since = since;
        expectation.due = now_;
    }
    expectation.due = std::min(expectation.due, now_ + first_after);
}

void Waiting::apply(const Candidate& report) {
    Decision decision = decide_report(is_known_ ? &state_ : nullptr, report, now_);
    if (decision.next) {
        state_ = std::move(*decision.next);
        is_known_ = true;
    }
    if (events_.empty()) {
        events_ = std::move(decision.events);
    } else {
        std::ranges::move(decision.events, std::back_inserter(events_));
    }
    if (!outcome_ || loudness(decision.outcome) > loudness(*outcome_)) outcome_ = decision.outcome;
}

void Waiting::publish_conflict(Conflict conflict, Evidence evidence) {
    Candidate report = candidate_;
    report.transition = conflict_transition(conflict);
    // Who registers a payment, or asks about one, may not know what kind it is.
    report.facts.kind = state_.kind;
    report.facts.evidence = evidence;
    report.facts.conflict = std::move(conflict);
    apply(report);
}

void Waiting::await(Purpose purpose, core::WallTime due) {
    state_.expectation.emplace();
    state_.expectation->purpose = purpose;
    state_.expectation->since = now_;
    state_.expectation->due = due;
}

std::optional<Candidate> Waiting::take_held() {
    auto held = decode_candidate(std::exchange(state_.held, {}));
    if (!held) return std::nullopt;
    return std::move(*held);
}

Decision decide(const PaymentState* current, const Candidate& candidate, core::WallTime now) {
    const bool is_awaited = current && (current->expectation || !current->held.empty());
    const bool is_report =
        candidate.transition.name != TransitionName::expected && candidate.transition.name != TransitionName::answered;
    // Most callbacks: nobody asks, nothing is held. An unrecognised one is about no payment.
    if (candidate.transition.name == TransitionName::unrecognised ||
        (is_report && !candidate.terms && !candidate.answer && !is_awaited &&
         candidate.facts.evidence != Evidence::operator_decision)) {
        return decide_report(current, candidate, now);
    }
    return Waiting(current, candidate, now).decide();
}

}  // namespace tollgate::event
