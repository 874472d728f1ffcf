// Router: which function answers a method and a path of the API, and what a caller must be allowed for it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tollgate/net/http_types.hpp>

#include "api_answer.hpp"
#include "api_tokens.hpp"

namespace tollgate::app {

struct ApiContext;

/// One request, as an endpoint gets it. Views are valid until it returns: what it needs later, it copies.
struct ApiCall {
    std::string_view query;  ///< as sent
    std::string_view body;
    std::vector<std::string> parameters;  ///< of the path, percent-decoded, in their order
    const Grant* grant = nullptr;         ///< whose request it is; null where no scope is asked for
};

using Endpoint = void (*)(ApiContext& context, const ApiCall& call, Answer answer);

struct Route {
    std::string_view method;
    std::string_view pattern;  ///< "/v1/payments/{source}/{reference}": each {} is one segment that is not empty
    Scope scope = Scope::none;
    Endpoint endpoint = nullptr;
};

/// Everything that the API answers.
std::span<const Route> api_routes() noexcept;

struct Match {
    const Route* route = nullptr;         ///< null: nothing answers this
    std::vector<std::string> parameters;  ///< of `route`
    bool malformed = false;               ///< a segment that is no percent-encoding
    std::string allowed;                  ///< without a route: the methods that the path has, "GET, HEAD"; empty: no such path
};

/// HEAD is answered as GET is. `path` as it was sent.
Match match(std::span<const Route> routes, std::string_view method, std::string_view path);

}  // namespace tollgate::app
