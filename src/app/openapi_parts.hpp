// Parts of the API's description that have files of their own; openapi.cpp puts them together.
#pragma once

#include <string_view>

namespace tollgate::app {

/// What operators do with a subscriber: members of `paths`, each with a comma in front.
extern const std::string_view openapi_operating;

}  // namespace tollgate::app
