// The rules: one table of what a report does in each status, and what each kind of effect means.
#include "conflict.hpp"
#include "draft.hpp"
#include "report_rules.hpp"

#include <tollgate/event/correction.hpp>

#include <array>
#include <utility>

namespace tollgate::event {
namespace {

enum class Effect : std::uint8_t {
    stale,  ///< older than the status, or no longer of interest
    moves,  ///< the status it claims becomes the payment's
    acts,   ///< the same for an action, of which there may be several
    early,  ///< settled before anybody said succeeded: both are published, in that order
    clash,  ///< contradicts a final status
    noted,  ///< published, moves nothing
    mends,  ///< a correction
};

using enum Effect;

constexpr std::size_t status_count = static_cast<std::size_t>(Status::reversed) + 1;
constexpr std::size_t name_count = static_cast<std::size_t>(TransitionName::corrected) + 1;

// A row per Status, a column per TransitionName. A transition that was recorded before never gets here: it is a repeat,
// whatever the status. Nor does a status that is reported again after a correction to it.
//
// `reversed` moves from every status before a final one, alone: the callback of the success may have been lost, or is
// still on its way, and money that has come back is the end whatever came before. No succeeded is made up for it, as
// for settled: a reversal does not say that the money ever arrived, and nobody should hand out goods on it. A success
// that comes later is older than the reversal, so it is stale.
// clang-format off
constexpr std::array<std::array<Effect, name_count>, status_count> effects{{
    //                    pending action succd. failed cancl. expird unres. settld revrsd disput conflt corrected
    /* none            */ {moves, acts,  moves, moves, moves, moves, moves, early, moves, noted, noted, stale},
    /* pending         */ {stale, acts,  moves, moves, moves, moves, moves, early, moves, noted, noted, stale},
    /* action_required */ {stale, acts,  moves, moves, moves, moves, moves, early, moves, noted, noted, stale},
    /* unresolved      */ {stale, stale, moves, moves, moves, moves, stale, early, moves, noted, noted, stale},
    /* succeeded       */ {stale, stale, stale, clash, clash, clash, stale, moves, moves, noted, noted, mends},
    /* failed          */ {stale, stale, clash, stale, clash, clash, stale, clash, clash, noted, noted, mends},
    /* cancelled       */ {stale, stale, clash, clash, stale, clash, stale, clash, clash, noted, noted, mends},
    /* expired         */ {stale, stale, clash, clash, clash, stale, stale, clash, clash, noted, noted, mends},
    /* settled         */ {stale, stale, stale, clash, clash, clash, stale, stale, moves, noted, noted, mends},
    /* reversed        */ {stale, stale, stale, clash, clash, clash, stale, stale, stale, noted, noted, mends},
}};
// clang-format on

Effect effect_of(Status status, TransitionName name) noexcept {
    return effects[static_cast<std::size_t>(status)][static_cast<std::size_t>(name)];
}

Happening happening_of(Status status) noexcept {
    switch (status) {
        case Status::none:
        case Status::pending:
            return Happening::pending;
        case Status::action_required:
            return Happening::action_required;
        case Status::unresolved:
            return Happening::unresolved;
        case Status::succeeded:
            return Happening::succeeded;
        case Status::failed:
            return Happening::failed;
        case Status::cancelled:
            return Happening::cancelled;
        case Status::expired:
            return Happening::expired;
        case Status::settled:
            return Happening::settled;
        case Status::reversed:
            return Happening::reversed;
    }
    return Happening::pending;
}

/// The earlier record of this report. A correction to a status stands for the report of that status, too.
const RecordedTransition* find_recorded(const PaymentState& state, const Report& report) {
    if (const RecordedTransition* recorded = state.find(report.transition_id)) return recorded;
    if (state.corrected && report.claimed == state.status) return state.find(maker_of_status(state));
    return nullptr;
}

std::uint64_t action_digest(const core::Rare<Action>& action) {
    if (!action) return 0;
    const std::string_view url = action->url ? std::string_view(*action->url) : std::string_view();
    const std::uint64_t digest = transition_digest(std::string(to_string(action->kind)).append(1, ':').append(url));
    return digest != 0 ? digest : 1;
}

std::optional<Money> disputed_amount(const Facts& facts) {
    return facts.dispute ? facts.dispute->amount : std::nullopt;
}

/// Whether the sum that `claimed` would be published with, the report's or else the known one, is what is expected by
/// now: whoever waits for better evidence may not have got the conflict that says that it is not.
bool fits_expected(const PaymentState& state, const Report& report, Status claimed) {
    const auto& amount = report.amount ? report.amount : state.amount;
    const auto misfit = misfit_of_expected(state, {claimed, amount, report.facts().evidence});
    return !misfit || !misfit->replaces_report;
}

Decision nothing(Outcome outcome) {
    return {outcome, std::nullopt, {}};
}

/// How much a final state is worth to those who want evidence: what a sender says, what it signed, what the provider
/// itself has answered. An operator's word ends a payment, but is no evidence of the provider's.
int worth(Evidence evidence) noexcept {
    switch (evidence) {
        case Evidence::shared_secret:
        case Evidence::ip:
        case Evidence::operator_decision:
            return 0;
        case Evidence::signature:
            return 1;
        case Evidence::requery:
        case Evidence::callback_and_requery:
            return 2;
    }
    return 0;
}

/// The report proves the present, final status better than what made it. So may an operator's correction be: who wants
/// the provider's word has not got it. One that two answers have proven can be proven no better.
bool proves_better(const PaymentState& state, const Report& report) noexcept {
    return is_final(state.status) && worth(report.facts().evidence) > worth(state.evidence);
}

/// The event of the present, final status once more, under the id that it has: a correction's still tells what was
/// wrong.
void raise(Draft& draft, const Facts& facts) {
    Event& event = draft.raise(happening_of(draft.state().status), maker_of_status(draft.state()));
    if (const auto wrong = corrected_by(draft.state()))
        event.corrects = event_id(facts.source, facts.reference, *wrong);
}

/// Published again, under the same id, for those who waited for better evidence; not with a sum that is not enough.
void raise_if_better(Draft& draft, const Report& report, const std::optional<Misfit>& misfit) {
    const bool is_known_to_fit = fits_expected(draft.state(), report, report.claimed);
    const bool is_enough = is_known_to_fit && (!misfit || !misfit->replaces_report);
    if (!is_enough || report.claimed != draft.state().status || !proves_better(draft.state(), report)) return;
    raise(draft, report.facts());
}

/// The first repeat that names a sum: nobody could compare it before, so this is the moment.
Decision learn_money(Draft draft, const Report& report, std::size_t recorded) {
    PaymentState& state = draft.state();
    auto misfit = misfit_of_known(state, report.claim());
    state.transitions[recorded].money = money_digest(report.amount);
    if (!state.amount) state.amount = report.amount;
    raise_if_better(draft, report, misfit);
    if (!misfit) return std::move(draft).finish(Outcome::accepted);
    draft.publish(std::move(misfit->conflict));
    return std::move(draft).finish(Outcome::conflict, Outcome::conflict);
}

/// A dispute told again: its sum is its own, not the payment's.
Decision repeat_dispute(Draft draft, const Report& report, std::size_t index) {
    const std::optional<Money> amount = disputed_amount(report.facts());
    RecordedTransition& recorded = draft.state().transitions[index];
    if (recorded.money == 0) recorded.money = money_digest(amount);
    auto conflict = repeat_conflict(draft.state(), recorded, {std::nullopt, amount, report.facts().evidence});
    if (conflict) {
        conflict->kept.evidence.reset();  // the state's is about its status
        draft.publish(std::move(*conflict), report.transition_id);
    }
    return std::move(draft).finish(Outcome::conflict);
}

Decision decide_repeat(const PaymentState& state, const RecordedTransition& recorded, const Report& report,
                       core::WallTime now) {
    const auto index = static_cast<std::size_t>(&recorded - state.transitions.data());
    if (report.candidate.transition.name == TransitionName::disputed)
        return repeat_dispute(Draft(&state, report, now), report, index);
    // A reported conflict claims no status; the sums in it are in its id.
    if (report.claimed == Status::none) return nothing(Outcome::duplicate);
    Draft draft(&state, report, now);
    if (report.amount && recorded.money == 0) return learn_money(std::move(draft), report, index);
    auto conflict = report.amount ? repeat_conflict(state, recorded, report.claim()) : std::nullopt;
    if (!conflict) {
        raise_if_better(draft, report, report.amount ? misfit_of_known(state, report.claim()) : std::nullopt);
        return std::move(draft).finish(Outcome::accepted);
    }
    draft.publish(std::move(*conflict));
    return std::move(draft).finish(Outcome::conflict);
}

/// `early`: succeeded is published first. A sum that does not fit comes instead of the move or, when it is too much or
/// only differs from what a start named, after it.
Decision move(Draft draft, const Report& report, bool early) {
    auto misfit = misfit_of_known(draft.state(), report.claim());
    if (misfit && misfit->replaces_report) {
        draft.publish(std::move(misfit->conflict));
        return std::move(draft).finish(Outcome::conflict, Outcome::conflict);
    }
    const std::uint64_t money = money_digest(report.amount);
    const bool settles = draft.state().status == Status::succeeded && report.claimed == Status::settled;
    if (settles && fits_expected(draft.state(), report, Status::succeeded) && proves_better(draft.state(), report))
        raise(draft, report.facts());
    if (early) {
        draft.enter(Status::succeeded);
        draft.publish(Happening::succeeded, std::string(to_string(TransitionName::succeeded)), money);
    }
    draft.enter(report.claimed);
    draft.publish(happening_of(report.claimed), report.transition_id, money);
    if (misfit) draft.publish(std::move(misfit->conflict));
    return std::move(draft).finish(Outcome::accepted);
}

Decision act(Draft draft, const Report& report) {
    const std::uint64_t action = action_digest(report.facts().action);
    const bool in_it = draft.state().status == Status::action_required && draft.state().action == action;
    // A status answer repeats what it says as long as the payment waits; its time stamp makes that look new.
    if (in_it && report.facts().evidence == Evidence::requery) return nothing(Outcome::duplicate);
    draft.enter(Status::action_required);
    draft.state().action = action;
    draft.publish(Happening::action_required, report.transition_id, money_digest(report.amount));
    return std::move(draft).finish(Outcome::accepted);
}

Decision contradict(Draft draft, const Report& report) {
    draft.publish(status_conflict(draft.state(), report.claim()));
    return std::move(draft).finish(Outcome::conflict);
}

Decision note(Draft draft, const Report& report) {
    if (report.candidate.transition.name == TransitionName::disputed) {
        draft.publish(Happening::disputed, report.transition_id, money_digest(disputed_amount(report.facts())));
        return std::move(draft).finish(Outcome::accepted);
    }
    PaymentState& state = draft.state();
    if (!state.expected_amount) {
        // Nobody has registered it: whoever does says what is truly owed.
        state.expected_amount = report.facts().expected_amount;
        state.named_by_provider = state.expected_amount.has_value();
    }
    Event& event = draft.publish(Happening::conflict, report.transition_id, 0);
    if (event.facts.conflict && state.status != Status::none) event.facts.conflict->kept.status = state.status;
    return std::move(draft).finish(Outcome::conflict);
}

Decision correct(Draft draft, const Report& report) {
    if (report.claimed == Status::none || report.claimed == draft.state().status) return nothing(Outcome::stale);
    auto misfit = misfit_of_expected(draft.state(), report.claim());
    if (misfit && misfit->replaces_report) {
        draft.publish(std::move(misfit->conflict));
        return std::move(draft).finish(Outcome::conflict, Outcome::conflict);
    }
    // A success that was found out by a correction was not wrong: what goes on from it is about the same mistake.
    const bool goes_on = draft.state().status == Status::succeeded && report.claimed == Status::settled;
    const auto corrected_before = goes_on ? corrected_by(draft.state()) : std::nullopt;
    const std::string wrong = event_id(report.facts().source, report.facts().reference,
                                       corrected_before.value_or(maker_of_status(draft.state())));
    const auto publish = [&](Status status, const std::string& transition_id) {
        draft.enter(status);
        draft.state().corrected = true;
        draft.publish(happening_of(status), transition_id, money_digest(report.amount)).corrects = wrong;
    };
    // Whoever gives value does so on succeeded: as ever, nothing is settled before it.
    if (report.claimed == Status::settled && !goes_on)
        publish(Status::succeeded, next_correction(draft.state(), Status::succeeded).id());
    publish(report.claimed, report.transition_id);
    if (misfit) draft.publish(std::move(misfit->conflict));
    return std::move(draft).finish(Outcome::accepted);
}

/// Not about a payment: the state is that of the body, which only has to be kept once.
Decision decide_unrecognised(const PaymentState* current, const Candidate& candidate, core::WallTime now) {
    if (current) return nothing(Outcome::duplicate);
    const std::string transition_id = candidate.transition.id();

    PaymentState state;
    state.kind = candidate.facts.kind;
    state.evidence = candidate.facts.evidence;
    state.transitions.push_back({transition_digest(transition_id), 0});

    Event event;
    event.id = event_id(candidate.facts.source, candidate.facts.reference, transition_id);
    event.happening = Happening::unrecognised;
    event.timestamp = now;
    event.facts = candidate.facts;
    event.raw = candidate.journal;

    Decision decision{Outcome::unrecognised, std::move(state), {}};
    decision.events.push_back(std::move(event));
    return decision;
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::accepted:
            return "accepted";
        case Outcome::duplicate:
            return "duplicate";
        case Outcome::stale:
            return "stale";
        case Outcome::conflict:
            return "conflict";
        case Outcome::unrecognised:
            return "unrecognised";
        case Outcome::held:
            return "held";
        case Outcome::lapsed:
            return "lapsed";
        case Outcome::overflow:
            return "overflow";
    }
    return {};
}

Decision decide_report(const PaymentState* current, const Candidate& candidate, core::WallTime now) {
    if (candidate.transition.name == TransitionName::unrecognised) return decide_unrecognised(current, candidate, now);

    const PaymentState unheard_of;
    const PaymentState& state = current ? *current : unheard_of;
    const Report report(state, candidate);
    if (const RecordedTransition* recorded = find_recorded(state, report))
        return decide_repeat(state, *recorded, report, now);

    switch (effect_of(state.status, candidate.transition.name)) {
        case stale:
            return nothing(Outcome::stale);
        case moves:
            return move(Draft(current, report, now), report, false);
        case early:
            return move(Draft(current, report, now), report, true);
        case acts:
            return act(Draft(current, report, now), report);
        case clash:
            return contradict(Draft(current, report, now), report);
        case noted:
            return note(Draft(current, report, now), report);
        case mends:
            return correct(Draft(current, report, now), report);
    }
    return nothing(Outcome::stale);
}

}  // namespace tollgate::event
