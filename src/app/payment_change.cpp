// Implements reading and changing one payment for a request.
#include "payment_change.hpp"

#include <algorithm>
#include <vector>

#include <tollgate/core/json.hpp>

#include "payment_json.hpp"
#include "setup.hpp"

namespace tollgate::app {

const ops::SourceConfig* find_source(const ApiContext& context, std::string_view name) {
    const auto found = std::ranges::find(context.sources, name, &ops::SourceConfig::name);
    return found == context.sources.end() ? nullptr : &*found;
}

event::Candidate own_candidate(const ApiContext& context, const ops::SourceConfig& source, std::string reference,
                               event::TransitionName name) {
    event::Candidate candidate;
    candidate.transition.name = name;
    candidate.facts.source = source.name;
    candidate.facts.provider = source.provider;
    candidate.facts.reference = std::move(reference);
    candidate.facts.evidence = event::Evidence::operator_decision;
    candidate.facts.received_at = context.stores.clock().wall();
    candidate.terms = terms_of(source);
    candidate.links = source.other_ids;
    return candidate;
}

void read_state(ApiContext& context, std::string source, std::string reference,
                core::UniqueFunction<void(core::Result<FoundPayment>)> then) {
    auto read = [then = std::move(then)](core::Result<std::optional<store::PaymentRecord>> record) mutable {
        if (!record) return then(record.error());
        FoundPayment found;
        if (*record && is_payment((*record)->state)) found = std::move((*record)->state);
        then(std::move(found));
    };
    context.stores.control().read_payment(std::move(source), std::move(reference),
                                          on_loop<std::optional<store::PaymentRecord>>(context.loop, std::move(read)));
}

void change_payment(ApiContext& context, event::Candidate candidate, core::UniqueFunction<void(core::Result<Changed>)> then) {
    auto accepted = [&context, source = candidate.facts.source, reference = candidate.facts.reference,
                     then = std::move(then)](core::Result<std::vector<store::Accepted>> result) mutable {
        if (!result) return then(result.error());
        const auto& decided = result->front();
        if (decided.spooled) return then(Changed{});
        for (const auto& type : decided.event_types) context.metrics.events(source, type).increment();
        if (decided.outcome == event::Outcome::conflict) context.metrics.conflicts(source).increment();
        read_state(context, source, reference,
                   [outcome = decided.outcome, then = std::move(then)](core::Result<FoundPayment> found) mutable {
                       if (!found) return then(found.error());
                       if (!*found) return then(core::Error(core::Errc::unavailable, "the payment was forgotten meanwhile"));
                       then(Changed{outcome, std::move(*found)});
                   });
    };
    std::vector<event::Candidate> batch;
    batch.push_back(std::move(candidate));
    context.stores.control().accept(std::move(batch), on_loop<std::vector<store::Accepted>>(context.loop, std::move(accepted)));
}

void answer_payment(unsigned status, std::string_view source, std::string_view reference, const event::PaymentState& state,
                    Answer answer) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object();
    write_payment(json, source, reference, state);
    json.end_object();
    answer.give(status, "application/json", body);
}

}  // namespace tollgate::app
