// Parts of the API's description that have files of their own; openapi.cpp puts them together.
#pragma once

#include <string>
#include <string_view>

namespace tollgate::app {

/// What operators do with a subscriber: members of `paths`, each with a comma in front.
extern const std::string_view openapi_operating;

/// The parts with every `"errors": [404, 409]` of their `responses` replaced by what it stands for: these refusals, and those that
/// every operation for which a token is needed has.
std::string with_refusals(std::string_view parts);

}  // namespace tollgate::app
