// Implements ApiHandler.
#include "api.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <tollgate/core/json.hpp>

namespace tollgate::app {
namespace {
constexpr std::string_view json = "application/json";
}

void ApiHandler::handle(const net::Request& request, net::Responder responder) {
    const bool known = request.path == "/livez" || request.path == "/readyz" || request.path == "/metrics";
    if (!known) return responder.send(404, json, R"({"error":{"code":"not_found","message":"no such resource"}})");
    if (request.method != "GET" && request.method != "HEAD") {
        return responder.send(405, json, R"({"error":{"code":"invalid_request","message":"use GET"}})");
    }
    if (request.path == "/livez") return responder.send(200, json, R"({"status":"ok"})");
    if (request.path == "/readyz") return answer_readiness(responder);
    measure_spool();
    responder.send(200, "text/plain; version=0.0.4; charset=utf-8", metrics_.text());
}

void ApiHandler::answer_readiness(net::Responder& responder) const {
    const bool ready = !draining_ && stores_.control().ready();
    const std::string_view status = draining_ ? "draining" : ready ? "ready" : "store unavailable";
    std::string body;
    core::JsonWriter(body)
        .begin_object()
        .key("status").string(status)
        .key("acknowledged_means").string(stores_.control().durability())
        .end_object();
    responder.send(ready ? 200 : 503, json, body);
}

void ApiHandler::measure_spool() const {
    const auto spool = stores_.spool();
    if (!spool) return;
    metrics_.spool_events().set(static_cast<double>(spool->events));
    double oldest = 0;
    if (spool->oldest) oldest = std::max(std::chrono::duration<double>(stores_.clock().wall() - *spool->oldest).count(), 0.0);
    metrics_.oldest_spooled_seconds().set(oldest);
}

}  // namespace tollgate::app
