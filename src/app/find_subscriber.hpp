// Looking a subscriber up in the configuration, for the endpoints that work on one.
#pragma once

#include <string_view>

#include "api_context.hpp"

namespace tollgate::app {

/// Null when the configuration of this node has no subscriber of this name. Valid until the next reload: not for later.
const ops::SubscriberConfig* find_subscriber(const ApiContext& context, std::string_view name);

}  // namespace tollgate::app
