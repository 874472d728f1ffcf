// Implements ApiHandler.
#include "api.hpp"

#include "api_router.hpp"

namespace tollgate::app {
namespace {

/// Each of them may hold a page of events, and makes the store read; deliveries read there as well.
constexpr long most_waiting = 64;

void refuse_stranger(const net::Request& request, Answer& answer) {
    // RFC 6750 section 3: who sent nothing is not told what was wrong with it.
    const bool sent = request.find("authorization").count != 0;
    answer.error_with(ApiError::unauthorized, status_of(ApiError::unauthorized),
                      sent ? "this is no token of ours" : "send a token: Authorization: Bearer TOKEN",
                      sent ? "WWW-Authenticate: Bearer realm=\"tollgate\", error=\"invalid_token\"\r\n"
                           : "WWW-Authenticate: Bearer realm=\"tollgate\"\r\n");
}

void refuse_scope(Scope scope, Answer& answer) {
    const std::string name(to_string(scope));
    answer.error_with(ApiError::forbidden, status_of(ApiError::forbidden), "this needs a token with the scope " + name,
                      "WWW-Authenticate: Bearer realm=\"tollgate\", error=\"insufficient_scope\", scope=\"" + name + "\"\r\n");
}

/// The last word of the path is what is done, and what its braces hold is done to.
std::unique_ptr<OperatorAct> act_of(ops::Log& log, const Route& route, const ApiCall& call) {
    std::string subject;
    for (const auto& parameter : call.parameters) subject.append(subject.empty() ? "" : "/").append(parameter);
    const auto name = route.pattern.substr(route.pattern.rfind('/') + 1);
    return std::make_unique<OperatorAct>(log, call.grant->name, std::string(name), std::move(subject));
}

}  // namespace

void ApiHandler::handle(const net::Request& request, net::Responder responder) {
    auto found = match(api_routes(), request.method, request.path);
    if (found.route == nullptr) {
        Answer answer(std::move(responder));
        if (found.allowed.empty()) return answer.error(ApiError::not_found, "no such resource");
        return answer.error_with(ApiError::invalid_request, 405, "use " + found.allowed, "Allow: " + found.allowed + "\r\n");
    }
    const auto scope = found.route->scope;
    ApiCall call{request.query, request.body, std::move(found.parameters), nullptr};
    if (scope == Scope::none) return found.route->endpoint(context_, call, Answer(std::move(responder)));

    const long waiting = turns_.use_count() - 1;
    Answer answer(std::move(responder), turns_);
    call.grant = tokens_.identify(request);
    if (call.grant == nullptr) return refuse_stranger(request, answer);
    if (!call.grant->allows(scope)) return refuse_scope(scope, answer);
    if (scope == Scope::operate) answer.record(act_of(log_, *found.route, call));
    if (found.malformed) {
        return answer.error(ApiError::invalid_request, "a % in the path is followed by two hexadecimal digits");
    }
    if (waiting >= most_waiting) {
        return answer.error_with(ApiError::unavailable, 503, "too many requests wait for the store", "Retry-After: 1\r\n");
    }
    // A reload replaces the grants, and an answer may come after it: endpoints use theirs at once or copy it.
    found.route->endpoint(context_, call, std::move(answer));
}

}  // namespace tollgate::app
