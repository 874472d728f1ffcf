// Implements registering under another id: the store decides, and is asked what became of it.
#include "alias_registration.hpp"

#include <string>
#include <utility>
#include <vector>

#include <tollgate/provider/provider.hpp>

#include "payment_change.hpp"
#include "waiting_json.hpp"

namespace tollgate::app {
namespace {

using Record = std::optional<store::PaymentRecord>;

/// One registration on its way; kept by what it waits for.
struct Registering {
    ApiContext& context;
    event::Alias alias;
    event::Facts facts;
    bool known = false;  ///< a payment that carries the id, or a registration under it, was there before
    Answer answer;
};

void read_alias(ApiContext& context, const event::Facts& facts, const event::Alias& alias,
                core::UniqueFunction<void(core::Result<Record>)> then) {
    context.stores.control().read_payment(facts.source, event::name_of(alias), on_loop<Record>(context.loop, std::move(then)));
}

void answer_waiting(unsigned status, Registering& registering, const event::PaymentState& state,
                    const std::vector<std::string>& payments) {
    std::string body;
    core::JsonWriter json(body);
    const auto& name = registering.facts.source;
    write_waiting(json.begin_object(), name, find_source(registering.context, name), registering.alias, state, payments);
    json.end_object();
    registering.answer.give(status, "application/json", body);
}

/// While the store is away: what was registered is all that is known here.
void answer_kept(Registering& registering) {
    event::PaymentState state;
    state.kind = registering.facts.kind;
    state.expected_amount = registering.facts.expected_amount;
    answer_waiting(202, registering, state, {});
}

void answer_registered(Registering registering, const core::Result<Record>& read) {
    if (!read) return registering.answer.error(read.error());
    if (!*read) return registering.answer.error(ApiError::unavailable, "what was registered was forgotten meanwhile");
    const auto state = (*read)->state;
    const auto payments = event::payments_meant(state, registering.facts);
    if (payments.size() != 1) return answer_waiting(registering.known ? 200 : 201, registering, state, payments);
    auto& context = registering.context;
    const auto source = registering.facts.source;
    auto then = [registering = std::move(registering), reference = payments.front()](core::Result<FoundPayment> found) mutable {
        if (!found) return registering.answer.error(found.error());
        if (!*found) return registering.answer.error(ApiError::unavailable, "the payment was forgotten meanwhile");
        answer_payment(200, registering.facts.source, reference, **found, std::move(registering.answer));
    };
    read_state(context, source, payments.front(), std::move(then));
}

void accepted(Registering registering, const core::Result<std::vector<store::Accepted>>& result) {
    if (!result) return registering.answer.error(result.error());
    const auto& decided = result->front();
    if (decided.spooled) return answer_kept(registering);
    auto& context = registering.context;
    for (const auto& type : decided.event_types) context.metrics.events(registering.facts.source, type).increment();
    if (decided.outcome == event::Outcome::conflict) context.metrics.conflicts(registering.facts.source).increment();
    const auto facts = registering.facts;
    const auto alias = registering.alias;
    read_alias(context, facts, alias, [registering = std::move(registering)](core::Result<Record> read) mutable {
        answer_registered(std::move(registering), read);
    });
}

void accept(Registering registering, event::Candidate candidate) {
    auto& context = registering.context;
    std::vector<event::Candidate> batch;
    batch.push_back(std::move(candidate));
    using Answers = std::vector<store::Accepted>;
    auto then = [registering = std::move(registering)](core::Result<Answers> result) mutable {
        accepted(std::move(registering), result);
    };
    context.stores.control().accept(std::move(batch), on_loop<Answers>(context.loop, std::move(then)));
}

}  // namespace

void register_alias(ApiContext& context, const ops::SourceConfig& source, event::Candidate candidate, Answer answer) {
    auto alias = *event::registered_alias(candidate);
    if (!source.other_ids) {
        return answer.error(ApiError::invalid_request, "other_ids is false in source " + source.name +
                                                           ": its payments are found by nothing but their reference; register by that");
    }
    if (!provider::find_provider(source.provider)->aliases.has(alias.kind)) {
        return answer.error(ApiError::invalid_request, "nothing that " + source.provider + " says carries a " +
                                                           std::string(to_string(alias.kind)) + "; register by reference");
    }
    Registering registering{context, alias, candidate.facts, false, std::move(answer)};
    const auto facts = candidate.facts;
    read_alias(context, facts, alias,
               [registering = std::move(registering), candidate = std::move(candidate)](core::Result<Record> found) mutable {
                   // A store that is away is no reason to refuse: it may have a spool, as for callbacks.
                   registering.known = !found || *found;
                   accept(std::move(registering), std::move(candidate));
               });
}

void hasten_alias(ApiContext& context, const event::Alias& alias, event::Candidate candidate, Answer answer) {
    const auto* source = find_source(context, candidate.facts.source);
    if (source == nullptr || !is_asked_by(*source, alias.kind)) {
        return answer.error(ApiError::conflict, "no payment carries this id yet, and the provider cannot be asked by " +
                                                    std::string(to_string(alias.kind)));
    }
    auto& facts = candidate.facts;
    facts.reference.clear();
    (alias.kind == event::AliasKind::merchant ? facts.merchant_reference : facts.provider_reference) = alias.id;
    Registering registering{context, alias, facts, true, std::move(answer)};
    accept(std::move(registering), std::move(candidate));
}

}  // namespace tollgate::app
