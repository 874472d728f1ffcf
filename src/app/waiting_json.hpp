// What the API says of a registration under another id than a payment's reference.
#pragma once

#include <string>
#include <string_view>

#include <tollgate/core/json.hpp>
#include <tollgate/event/alias.hpp>
#include <tollgate/ops/config.hpp>

namespace tollgate::app {

/// Whether the source's provider is ever asked by this kind of id.
bool is_asked_by(const ops::SourceConfig& source, event::AliasKind kind);

/// As write_payment() without a reference, and `waiting`: the id, whether the provider is asked by it, what that means. `source`:
/// null for one that is not configured any more. `payments`: those that it has been registered for.
void write_waiting(core::JsonWriter& json, std::string_view name, const ops::SourceConfig* source, const event::Alias& alias,
                   const event::PaymentState& state, const std::vector<std::string>& payments);

}  // namespace tollgate::app
