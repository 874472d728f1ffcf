// What a customer has to do next: where they may be sent, and the transition that asks them to go there.
#pragma once

#include <tollgate/core/json.hpp>
#include <tollgate/event/event.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::provider {

/// A web address that a customer's browser may be sent to, so nothing like javascript:, and none with a password in it;
/// at most 2048 characters. A fragment is the browser's own business.
std::optional<std::string> web_address_field(core::JsonValue value);

/// 64 bits of the SHA-256 in hex, as they stand in transition ids; "" for an empty text.
std::string short_digest(std::string_view text);

/// The transition of an action; `provider_time` as it is to stand in its id, "" when the provider names none.
event::Transition action_transition(const event::Action& action, std::string_view provider_time);

}  // namespace tollgate::provider
