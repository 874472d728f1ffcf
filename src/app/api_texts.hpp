// What the API answers, as lines for people.
#pragma once

#include <string>
#include <string_view>

#include <tollgate/core/json.hpp>

namespace tollgate::app {

/// What others wrote, safe for a terminal: a '?' for each control character.
std::string printable(std::string_view text);

/// "KES 3000.00", "3000.00" without a currency, "-" for none.
std::string money_text(const core::JsonValue& money);

/// A payment as GET /v1/payments gives it: a line that says how it stands, then one for each thing that happened.
std::string payment_text(const core::JsonValue& payment);
/// One event, on one line.
std::string event_text(const core::JsonValue& event);
/// A page as GET /v1/subscribers/NAME/dead-letters gives it, one line each.
std::string dead_letters_text(const core::JsonValue& page);

}  // namespace tollgate::app
