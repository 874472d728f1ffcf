// Requests to subscribers, and what their answers mean to the policy.
#include "request.hpp"

#include <tollgate/event/codec.hpp>
#include <tollgate/net/retry_after.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tollgate::delivery {

namespace {

constexpr std::size_t longest_failure_text = 200;

std::string body_of(const store::LogEntry& event, Format format) {
    if (format == Format::standard) return event.body;
    // The reference of what nobody understood is only a digest of its body: no subject.
    const bool has_subject = event.happening != event::Happening::unrecognised;
    return event::to_cloudevent(event.body, event.source, has_subject ? event.reference : std::string_view{});
}

std::string failure_text(const core::Error& error) {
    if (error.code == core::Errc::timed_out) return "timed out";
    std::string text = error.message.empty() ? std::string(core::to_string(error.code)) : error.message;
    if (text.size() > longest_failure_text) text.resize(longest_failure_text);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return text;
}

}  // namespace

net::OutboundRequest make_request(const store::LogEntry& event, Format format, WebhookSigner& signer,
                                  core::WallTime now, std::chrono::milliseconds timeout) {
    const std::int64_t timestamp_s = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    net::OutboundRequest request;
    request.timeout = timeout;
    request.body = body_of(event, format);
    request.headers.reserve(5);
    request.headers.push_back(
        {"content-type", format == Format::standard ? "application/json" : "application/cloudevents+json"});
    request.headers.push_back({"user-agent", "tollgate/" TOLLGATE_VERSION});
    request.headers.push_back({"webhook-id", event.event_id});
    request.headers.push_back({"webhook-timestamp", std::to_string(timestamp_s)});
    request.headers.push_back({"webhook-signature", signer.sign(event.event_id, timestamp_s, request.body)});
    return request;
}

AttemptResult to_attempt_result(const core::Result<net::OutboundResponse>& response, core::WallTime now,
                                std::chrono::milliseconds duration) {
    AttemptResult result;
    result.duration = duration;
    if (!response) {
        result.what = failure_text(response.error());
        return result;
    }
    result.status = response->status;
    result.what = "HTTP " + std::to_string(response->status);
    if (response->retry_after) result.retry_after = net::parse_retry_after(*response->retry_after, now);
    return result;
}

}  // namespace tollgate::delivery
