// The edge's own answers, formatted once.
#include "connection_refusals.hpp"

namespace tollgate::net {

namespace {

PreparedResponse error(unsigned status, std::string_view code, std::string_view message) {
    std::string body = R"({"error":{"code":")";
    body.append(code).append(R"(","message":")").append(message).append("\"}}");
    return {status, "application/json", body};
}

}  // namespace

Refusal refusal_for(ParseStep step) {
    static const PreparedResponse malformed = error(400, "invalid_request", "not a well-formed HTTP/1.1 request");
    static const PreparedResponse body = error(413, "invalid_request", "the body is larger than this listener takes");
    static const PreparedResponse headers =
        error(431, "invalid_request", "the headers are larger than this listener takes");
    static const PreparedResponse expectation = error(417, "invalid_request", "only 100-continue can be expected");
    switch (step) {
        case ParseStep::headers_too_large:
            return {headers, "headers_too_large"};
        case ParseStep::body_too_large:
            return {body, "body_too_large"};
        case ParseStep::expectation_failed:
            return {expectation, "malformed"};
        case ParseStep::need_more:
        case ParseStep::complete:
        case ParseStep::malformed:
            break;
    }
    return {malformed, "malformed"};
}

Refusal slow_request() {
    static const PreparedResponse response = error(408, "invalid_request", "the request did not arrive in time");
    return {response, "slow_request"};
}

const PreparedResponse& unanswered() {
    static const PreparedResponse response = error(500, "unavailable", "the request could not be answered");
    return response;
}

}  // namespace tollgate::net
