// What the API says of a payment's state, wherever it answers with one.
#pragma once

#include <string>
#include <string_view>

#include <tollgate/core/json.hpp>
#include <tollgate/event/payment_state.hpp>

namespace tollgate::app {

/// Members of an object that is begun: source, reference, kind, state and so on, to what is held and what is awaited.
void write_payment(core::JsonWriter& json, std::string_view source, std::string_view reference, const event::PaymentState& state);

/// Whether it is a payment, and not a callback that was not understood, which the store keeps under a name of its own.
bool is_payment(const event::PaymentState& state);

}  // namespace tollgate::app
