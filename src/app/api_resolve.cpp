// The endpoint by which an operator says how a payment ended.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include <tollgate/event/correction.hpp>

#include "api_body.hpp"
#include "api_endpoints.hpp"
#include "api_query.hpp"
#include "payment_change.hpp"
#include "payment_json.hpp"
#include "payment_lookup.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t longest_note = 1'000;
constexpr std::size_t longest_status = 16;

struct FinalStatus {
    event::Status status;
    event::TransitionName name;
};
constexpr std::array finals{
    FinalStatus{event::Status::succeeded, event::TransitionName::succeeded},
    FinalStatus{event::Status::failed, event::TransitionName::failed},
    FinalStatus{event::Status::cancelled, event::TransitionName::cancelled},
    FinalStatus{event::Status::expired, event::TransitionName::expired},
    FinalStatus{event::Status::settled, event::TransitionName::settled},
    FinalStatus{event::Status::reversed, event::TransitionName::reversed},
};

/// The sum that is known, unless it is not the one that is expected: then nobody knows which of them the operator means.
std::optional<event::Money> known_amount(const event::PaymentState& state) {
    const bool fits = !state.amount || !state.expected_amount || state.amount->agrees_with(*state.expected_amount);
    return fits ? state.amount : std::nullopt;
}

/// Nothing that was said of the payment was wrong: it went on from there.
bool follows(event::Status before, event::Status wanted) noexcept {
    if (wanted == event::Status::settled) return before == event::Status::succeeded;
    return wanted == event::Status::reversed && (before == event::Status::succeeded || before == event::Status::settled);
}

void complete(event::Candidate& candidate, const FinalStatus& wanted, const event::PaymentState& state) {
    // The status that the payment has is said again: that nothing changes, and an open question ends, is a decision as well.
    const bool corrects = is_final(state.status) && state.status != wanted.status && !follows(state.status, wanted.status);
    candidate.transition = {wanted.name, {}};
    // However often it went to and fro: what people say now is news.
    const bool was_there = state.status != wanted.status && state.find(candidate.transition.id()) != nullptr;
    if (corrects || was_there) candidate.transition = event::next_correction(state, wanted.status);
    candidate.facts.kind = state.kind;
    if (state.status != wanted.status) candidate.facts.amount = known_amount(state);
}

void decide(ApiContext& context, event::Status wanted, event::Candidate candidate, Answer answer) {
    auto then = [wanted, source = candidate.facts.source, reference = candidate.facts.reference,
                 answer = std::move(answer)](core::Result<Changed> changed) mutable {
        if (!changed) return answer.error(changed.error());
        if (!changed->state) {
            return answer.error(ApiError::unavailable, "the store is away; this is kept, and will be decided when it is back");
        }
        const auto status = changed->state->status;
        if (changed->outcome == event::Outcome::accepted || status == wanted) {
            return answer_payment(200, source, reference, *changed->state, std::move(answer));
        }
        const std::string now(status == event::Status::none ? "without a state" : to_string(status));
        answer.error(ApiError::conflict, "refused (" + std::string(to_string(changed->outcome)) + "): the payment is " + now +
                                             "; something came in between");
    };
    change_payment(context, std::move(candidate), std::move(then));
}

}  // namespace

void post_resolution(ApiContext& context, const ApiCall& call, Answer answer) {
    static constexpr std::string_view known[] = {"status", "note"};
    if (const auto query = Query::parse(call.query, {}); !query) return answer.error(query.error());
    const auto body = ApiBody::parse(call.body, known);
    if (!body) return answer.error(body.error());
    const auto status = body->text("status", longest_status);
    if (!status) return answer.error(status.error());
    const auto wanted = std::ranges::find_if(finals, [&](const FinalStatus& each) { return to_string(each.status) == *status; });
    if (wanted == finals.end()) {
        return answer.error(ApiError::invalid_request, "status is one of succeeded, failed, cancelled, expired, settled, reversed");
    }
    answer.about(*status);
    auto note = body->text("note", longest_note);
    if (!note) return answer.error(note.error());
    const auto& name = call.parameters[0];
    const auto& reference = call.parameters[1];
    const auto* source = find_source(context, name);
    if (source == nullptr) return answer.error(ApiError::not_found, "no such source");
    if (!event::valid_reference(reference)) return answer.error(ApiError::not_found, "no such payment");
    auto candidate = own_candidate(context, *source, reference, wanted->name);
    candidate.facts.reason = event::Reason{std::nullopt, std::move(*note)};

    auto then = [&context, wanted = *wanted, candidate = std::move(candidate),
                 answer = std::move(answer)](core::Result<NamedById> found) mutable {
        if (!found) return answer.error(found.error());
        if (!found->references.empty()) return answer_ambiguous(found->references, std::move(answer));
        if (found->waiting) {
            return answer.error(ApiError::not_found, "no payment carries this id yet: register or resolve one by its reference");
        }
        if (!found->record || !is_payment(found->record->state)) return answer.error(ApiError::not_found, "no such payment");
        candidate.facts.reference = found->reference;
        complete(candidate, wanted, found->record->state);
        decide(context, wanted.status, std::move(candidate), std::move(answer));
    };
    PaymentLookup::find(context, name, reference, std::move(then));
}

}  // namespace tollgate::app
