// What the API tells of subscribers, as lines for people.
#pragma once

#include <cstdint>
#include <string>

#include <tollgate/core/json.hpp>

namespace tollgate::app {

/// "12s", "3m", "5h", "2d".
std::string age_text(std::int64_t seconds);
/// The answer of GET /v1/subscribers as a table.
std::string subscribers_text(const core::JsonValue& page);

}  // namespace tollgate::app
