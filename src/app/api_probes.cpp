// The endpoints for machines that watch this one: liveness, readiness, metrics.
#include <algorithm>
#include <chrono>
#include <string>

#include <tollgate/core/json.hpp>

#include "api_endpoints.hpp"

namespace tollgate::app {
namespace {

void measure_spool(const ApiContext& context) {
    const auto spool = context.stores.spool();
    if (!spool) return;
    context.metrics.spool_events().set(static_cast<double>(spool->events));
    double oldest = 0;
    if (spool->oldest) {
        oldest = std::max(std::chrono::duration<double>(context.stores.clock().wall() - *spool->oldest).count(), 0.0);
    }
    context.metrics.oldest_spooled_seconds().set(oldest);
}

}  // namespace

void get_liveness(ApiContext& /*context*/, const ApiCall& /*call*/, Answer answer) {
    answer.json(R"({"status":"ok"})");
}

void get_readiness(ApiContext& context, const ApiCall& /*call*/, Answer answer) {
    const bool ready = !context.draining && context.stores.control().ready();
    const std::string_view status = context.draining ? "draining" : ready ? "ready" : "store unavailable";
    std::string body;
    core::JsonWriter(body)
        .begin_object()
        .key("status").string(status)
        .key("acknowledged_means").string(context.stores.control().durability())
        .end_object();
    answer.give(ready ? 200 : 503, "application/json", body);
}

void get_metrics(ApiContext& context, const ApiCall& /*call*/, Answer answer) {
    measure_spool(context);
    answer.give(200, "text/plain; version=0.0.4; charset=utf-8", context.metrics.text());
}

}  // namespace tollgate::app
