// Implements Answer: the one place where an error of the API becomes a status.
#include "api_answer.hpp"

#include <utility>

#include <tollgate/core/json.hpp>

namespace tollgate::app {

std::string_view to_string(ApiError code) noexcept {
    switch (code) {
        case ApiError::invalid_request: return "invalid_request";
        case ApiError::unauthorized: return "unauthorized";
        case ApiError::forbidden: return "forbidden";
        case ApiError::not_found: return "not_found";
        case ApiError::conflict: return "conflict";
        case ApiError::unavailable: return "unavailable";
    }
    return "unavailable";
}

unsigned status_of(ApiError code) noexcept {
    switch (code) {
        case ApiError::invalid_request: return 400;
        case ApiError::unauthorized: return 401;
        case ApiError::forbidden: return 403;
        case ApiError::not_found: return 404;
        case ApiError::conflict: return 409;
        case ApiError::unavailable: return 503;
    }
    return 503;
}

ApiError code_of(core::Errc code) noexcept {
    switch (code) {
        case core::Errc::invalid_argument:
        case core::Errc::malformed: return ApiError::invalid_request;
        case core::Errc::not_found: return ApiError::not_found;
        default: return ApiError::unavailable;
    }
}

std::string error_body(ApiError code, std::string_view message) {
    std::string body;
    core::JsonWriter(body)
        .begin_object()
        .key("error").begin_object()
        .key("code").string(to_string(code))
        .key("message").string(message)
        .end_object()
        .end_object();
    return body;
}

void Answer::given(unsigned status, std::string_view refusal) {
    turn_.reset();
    if (const auto act = std::exchange(act_, nullptr)) act->end(status, refusal);
}

void Answer::give(unsigned status, std::string_view content_type, std::string_view body) {
    responder_.send(status, content_type, body);
    given(status, "refused");
}

void Answer::page(std::string_view html, std::string_view headers) {
    responder_.send(net::PreparedResponse(200, "text/html; charset=utf-8", html, headers));
    given(200, {});
}

void Answer::error_with(ApiError code, unsigned status, std::string_view message, std::string_view headers) {
    const auto body = error_body(code, message);
    if (headers.empty()) {
        responder_.send(status, "application/json", body);
    } else {
        responder_.send(net::PreparedResponse(status, "application/json", body, headers));
    }
    given(status, std::string(to_string(code)).append(": ").append(message));
}

}  // namespace tollgate::app
