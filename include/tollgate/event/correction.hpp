// Corrections: their names, and which of a payment's events they have called wrong.
#pragma once

#include <tollgate/event/payment_state.hpp>
#include <tollgate/event/transition.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::event {

/// The status that a correction's qualifier names: "failed", of a later one "failed:2". What is not a final one, or
/// not so written, claims nothing.
Status corrected_status(std::string_view qualifier) noexcept;

/// The next correction of the payment to `status`. Those after the first have a number: a payment may be corrected to a
/// status, away from it and back again, and each time is an event.
Transition next_correction(const PaymentState& state, Status status);

/// The transition whose event made the present, final status.
std::string maker_of_status(const PaymentState& state);

/// The transition whose event was called wrong by the correction that made the present status. The state does not name
/// it, but keeps what happened in its order: it is the last that made a final status before. One to settled is no word
/// against the correction to succeeded that came before it: both are about what was wrong before them.
std::optional<std::string> corrected_by(const PaymentState& state);

}  // namespace tollgate::event
