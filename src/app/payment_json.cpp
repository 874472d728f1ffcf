// Implements what the API says of a payment's state.
#include "payment_json.hpp"

#include <tollgate/event/candidate_codec.hpp>

#include "api_facts.hpp"

namespace tollgate::app {
namespace {

void write_name(core::JsonWriter& json, std::string_view name) {
    if (name.empty()) {
        json.null();
    } else {
        json.string(name);
    }
}

/// The final report that waits to be confirmed.
void write_held(core::JsonWriter& json, const std::string& held) {
    const auto claim = held.empty() ? core::Result<event::Candidate>(core::Error(core::Errc::not_found, "nothing is held"))
                                    : event::decode_candidate(held);
    if (!claim) {
        json.null();
        return;
    }
    // Only reports of a final status are held, and those are called as it is.
    json.begin_object().key("status").string(to_string(claim->transition.name));
    write_money(json.key("amount"), claim->facts.amount);
    json.key("evidence").string(to_string(claim->facts.evidence)).end_object();
}

void write_expectation(core::JsonWriter& json, const std::optional<event::Expectation>& expectation) {
    if (!expectation) {
        json.null();
        return;
    }
    json.begin_object().key("purpose").string(to_string(expectation->purpose));
    write_time(json.key("since"), expectation->since);
    write_time(json.key("due"), expectation->due);
    json.end_object();
}

}  // namespace

void write_payment(core::JsonWriter& json, std::string_view source, std::string_view reference, const event::PaymentState& state) {
    const auto status = to_string(state.status);
    write_name(json.key("source").string(source).key("reference"), reference);
    json.key("kind").string(to_string(state.kind));
    write_name(json.key("state"), status);
    write_name(json.key("evidence"), status.empty() ? std::string_view() : to_string(state.evidence));
    json.key("corrected").boolean(state.corrected);
    write_money(json.key("amount"), state.amount);
    write_money(json.key("expected_amount"), state.expected_amount);
    json.key("sequence").unsigned_integer(state.sequence);
    write_held(json.key("held"), state.held);
    write_expectation(json.key("expectation"), state.expectation);
}

bool is_payment(const event::PaymentState& state) {
    return state.find(event::Transition{event::TransitionName::unrecognised, {}}.id()) == nullptr;
}

}  // namespace tollgate::app
