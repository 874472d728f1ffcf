// The merchant's one call at initiation, as a request to the gateway's API.
#pragma once

#include "load/world/plan.hpp"

#include <tollgate/net/http_client.hpp>

#include <string>
#include <string_view>

namespace tollgate::load {

/// `token`: of the API, with the scope expect; empty: none is needed.
net::OutboundRequest registration_of(const Plan& plan, std::string_view source, const std::string& token);

}  // namespace tollgate::load
