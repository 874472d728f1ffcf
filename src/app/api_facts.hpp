// What several endpoints write alike: times, money, and events as subscribers get them.
#pragma once

#include <optional>

#include <tollgate/core/clock.hpp>
#include <tollgate/core/json.hpp>
#include <tollgate/event/money.hpp>
#include <tollgate/store/store.hpp>

namespace tollgate::app {

void write_time(core::JsonWriter& json, core::WallTime time);
/// As events have it: {"value", "minor", "currency"}, or null.
void write_money(core::JsonWriter& json, const std::optional<event::Money>& money);
void write_failures(core::JsonWriter& json, const std::vector<store::FailedAttempt>& failures);

}  // namespace tollgate::app
