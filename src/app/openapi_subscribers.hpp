// The part of the API's description that is about subscribers.
#pragma once

#include <string_view>

namespace tollgate::app {

/// Members of `paths`, without a comma at the end.
std::string_view subscriber_paths() noexcept;

}  // namespace tollgate::app
