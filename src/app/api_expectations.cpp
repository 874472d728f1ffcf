// The endpoints for payments that somebody waits for: registering one, and asking about it now.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "api_body.hpp"
#include "api_endpoints.hpp"
#include "api_query.hpp"
#include "alias_registration.hpp"
#include "payment_change.hpp"
#include "payment_json.hpp"
#include "payment_lookup.hpp"

namespace tollgate::app {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_reference = 128;
constexpr std::size_t longest_text = 64;
constexpr milliseconds longest_wait = std::chrono::hours(24 * 30);

core::Error invalid(std::string message) {
    return {core::Errc::invalid_argument, std::move(message)};
}

/// A registration, as it was sent.
struct Registration {
    std::string source;
    std::string reference;  ///< empty: exactly one of the others is there
    std::optional<std::string> merchant_reference;
    std::optional<std::string> provider_reference;
    event::Kind kind = event::Kind::payment;
    std::optional<event::Money> amount;
    std::optional<core::WallTime> initiated_at;
    std::optional<milliseconds> first_after;
};

core::Result<std::optional<std::string>> reference_of(const ApiBody& body, std::string_view name) {
    auto reference = body.find_text(name, longest_reference);
    if (reference && *reference && !event::valid_reference(**reference)) {
        return invalid(std::string(name) + " is 1 to 128 printable ASCII characters without space");
    }
    return reference;
}

core::Result<void> read_references(const ApiBody& body, Registration& registration) {
    auto reference = reference_of(body, "reference");
    if (!reference) return reference.error();
    auto merchant = reference_of(body, "merchant_reference");
    if (!merchant) return merchant.error();
    auto provider = reference_of(body, "provider_reference");
    if (!provider) return provider.error();
    if (!*reference && merchant->has_value() == provider->has_value()) {
        return invalid("reference is missing: without it exactly one of merchant_reference and provider_reference is needed");
    }
    registration.reference = std::move(*reference).value_or(std::string());
    registration.merchant_reference = std::move(*merchant);
    registration.provider_reference = std::move(*provider);
    return {};
}

/// Conversions and top-ups begin at the provider: nobody expects one.
core::Result<void> read_kind(const ApiBody& body, Registration& registration) {
    const auto text = body.find_text("kind", longest_text);
    if (!text) return text.error();
    if (!*text) return {};
    for (const auto kind : {event::Kind::payment, event::Kind::payout}) {
        if (**text != event::to_string(kind)) continue;
        registration.kind = kind;
        return {};
    }
    return invalid("kind is payment (money in; so without it) or payout (money out)");
}

core::Result<void> read_amount(const ApiBody& body, Registration& registration) {
    const auto amount = body.find_text("amount", longest_text);
    if (!amount) return amount.error();
    const auto currency = body.find_text("currency", longest_text);
    if (!currency) return currency.error();
    const auto is_code = [](const std::string& text) {
        return text.size() == 3 && std::ranges::all_of(text, [](char letter) { return letter >= 'A' && letter <= 'Z'; });
    };
    if (*currency && !is_code(**currency)) return invalid("currency is three capital letters, as KES");
    if (!*amount) {
        if (*currency) return invalid("currency comes with an amount");
        return {};
    }
    auto money = event::Money::from_major(**amount, currency->value_or(""));
    if (!money) return invalid("amount is a decimal in major units, as \"3000.00\"");
    registration.amount = std::move(*money);
    return {};
}

core::Result<void> read_times(const ApiBody& body, Registration& registration) {
    const auto initiated_at = body.find_text("initiated_at", longest_text);
    if (!initiated_at) return initiated_at.error();
    if (*initiated_at) {
        const auto time = core::parse_rfc3339(**initiated_at);
        if (!time) return invalid("initiated_at is a time as RFC 3339 has it: 2026-11-22T10:00:00Z");
        registration.initiated_at = *time;
    }
    const auto first_after = body.find_text("first_after", longest_text);
    if (!first_after) return first_after.error();
    if (*first_after) {
        const auto wait = ops::parse_duration(**first_after);
        if (!wait || *wait < milliseconds(1) || *wait > longest_wait) {
            return invalid("first_after is a duration from 1ms to 30d, as \"30s\"");
        }
        registration.first_after = *wait;
    }
    return {};
}

core::Result<Registration> registration_of(std::string_view text) {
    static constexpr std::string_view known[] = {"source",   "reference",    "merchant_reference", "provider_reference", "amount",
                                                 "currency", "initiated_at", "first_after",        "kind"};
    const auto body = ApiBody::parse(text, known);
    if (!body) return body.error();
    Registration registration;
    auto source = body->text("source", longest_text);
    if (!source) return source.error();
    registration.source = std::move(*source);
    for (const auto read : {&read_references, &read_kind, &read_amount, &read_times}) {
        if (const auto done = read(*body, registration); done.has_error()) return done.error();
    }
    return registration;
}

event::Candidate candidate_of(const ApiContext& context, const ops::SourceConfig& source, Registration registration) {
    auto candidate = own_candidate(context, source, std::move(registration.reference), event::TransitionName::expected);
    auto& facts = candidate.facts;
    facts.merchant_reference = std::move(registration.merchant_reference);
    facts.provider_reference = std::move(registration.provider_reference);
    facts.kind = registration.kind;
    facts.expected_amount = std::move(registration.amount);
    // An id may have been used before: this tells which payments are meant.
    if (facts.reference.empty()) facts.occurred_at = registration.initiated_at;
    if (candidate.terms) {
        auto& wait = candidate.terms->first_after;
        wait = registration.first_after.value_or(wait);
        // Of a payment that began a while ago so much of the wait has passed. A clock that is ahead of ours says nothing.
        if (registration.initiated_at && *registration.initiated_at < facts.received_at) {
            wait -= std::min(wait, facts.received_at - *registration.initiated_at);
        }
        // 0 would be an operator's wish: at once, whatever is awaited.
        wait = std::max(wait, milliseconds(1));
    }
    return candidate;
}

/// While the store is away: what was registered is all that is known here.
void answer_kept(const event::Facts& facts, Answer answer) {
    event::PaymentState state;
    state.kind = facts.kind;
    state.expected_amount = facts.expected_amount;
    answer_payment(202, facts.source, facts.reference, state, std::move(answer));
}

void take(ApiContext& context, event::Candidate candidate, bool known, Answer answer) {
    auto facts = candidate.facts;
    change_payment(context, std::move(candidate),
                   [known, facts = std::move(facts), answer = std::move(answer)](core::Result<Changed> changed) mutable {
                       if (!changed) return answer.error(changed.error());
                       if (!changed->state) return answer_kept(facts, std::move(answer));
                       answer_payment(known ? 200 : 201, facts.source, facts.reference, *changed->state, std::move(answer));
                   });
}

}  // namespace

void post_expectation(ApiContext& context, const ApiCall& call, Answer answer) {
    if (const auto query = Query::parse(call.query, {}); !query) return answer.error(query.error());
    auto registration = registration_of(call.body);
    if (!registration) return answer.error(registration.error());
    const auto* source = find_source(context, registration->source);
    if (source == nullptr) return answer.error(ApiError::not_found, "no such source");
    auto candidate = candidate_of(context, *source, std::move(*registration));
    if (event::registered_alias(candidate)) return register_alias(context, *source, std::move(candidate), std::move(answer));
    const auto name = candidate.facts.source;
    const auto reference = candidate.facts.reference;
    read_state(context, name, reference,
               [&context, candidate = std::move(candidate), answer = std::move(answer)](core::Result<FoundPayment> found) mutable {
                   // A store that is away is no reason to refuse: it may have a spool, as for callbacks.
                   const bool known = !found || *found;
                   take(context, std::move(candidate), known, std::move(answer));
               });
}

void post_requery(ApiContext& context, const ApiCall& call, Answer answer) {
    static constexpr std::string_view known[] = {"reference"};
    if (const auto query = Query::parse(call.query, {}); !query) return answer.error(query.error());
    const auto body = ApiBody::parse(call.body, known);
    if (!body) return answer.error(body.error());
    const auto sent = reference_of(*body, "reference");
    if (!sent) return answer.error(sent.error());
    if (!*sent) return answer.error(ApiError::invalid_request, "reference is missing");
    const auto& reference = **sent;
    answer.about(reference);
    const auto* source = find_source(context, call.parameters.front());
    if (source == nullptr) return answer.error(ApiError::not_found, "no such source");
    auto candidate = own_candidate(context, *source, reference, event::TransitionName::expected);
    if (!candidate.terms) {
        return answer.error(ApiError::conflict, "this source has no [source.requery]: its provider is never asked");
    }
    candidate.terms->first_after = milliseconds(0);
    auto then = [&context, candidate = std::move(candidate), answer = std::move(answer)](core::Result<NamedById> found) mutable {
        if (!found) return answer.error(found.error());
        if (!found->references.empty()) return answer_ambiguous(found->references, std::move(answer));
        // Whoever asks now says nothing of what was registered.
        if (found->record) candidate.facts.kind = found->record->state.kind;
        if (found->waiting) return hasten_alias(context, *found->waiting, std::move(candidate), std::move(answer));
        if (!found->record || !is_payment(found->record->state)) return answer.error(ApiError::not_found, "no such payment");
        candidate.facts.reference = found->reference;
        take(context, std::move(candidate), true, std::move(answer));
    };
    PaymentLookup::find(context, source->name, reference, std::move(then));
}

}  // namespace tollgate::app
