// Implements the matching of routes, segment by segment.
#include "api_router.hpp"

#include <algorithm>
#include <optional>

#include "api_query.hpp"

namespace tollgate::app {
namespace {

/// Takes the first segment off a path, its slash with it.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, std::min(path.find('/'), path.size()));
    path.remove_prefix(segment.size());
    return segment;
}

/// The segments in the places of parameters, as they were sent; nothing when the path is another one.
std::optional<std::vector<std::string_view>> parameters_of(std::string_view pattern, std::string_view path) {
    std::vector<std::string_view> parameters;
    while (pattern.starts_with('/') && path.starts_with('/')) {
        const auto wanted = take_segment(pattern);
        const auto segment = take_segment(path);
        if (wanted.starts_with('{')) {
            if (segment.empty()) return std::nullopt;
            parameters.push_back(segment);
        } else if (wanted != segment) {
            return std::nullopt;
        }
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return parameters;
}

}  // namespace

Match match(std::span<const Route> routes, std::string_view method, std::string_view path) {
    Match match;
    for (const auto& route : routes) {
        const auto parameters = parameters_of(route.pattern, path);
        if (!parameters) continue;
        if (route.method != method && !(route.method == "GET" && method == "HEAD")) {
            match.allowed.append(match.allowed.empty() ? "" : ", ").append(route.method == "GET" ? "GET, HEAD" : route.method);
            continue;
        }
        match.route = &route;
        for (const auto segment : *parameters) {
            auto decoded = percent_decoded(segment);
            match.malformed = match.malformed || !decoded;
            match.parameters.push_back(decoded ? std::move(*decoded) : std::string());
        }
        return match;
    }
    return match;
}

}  // namespace tollgate::app
