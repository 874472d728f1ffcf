// The endpoint for how far every subscriber is.
#include <algorithm>
#include <chrono>
#include <string>

#include <tollgate/core/json.hpp>

#include "api_endpoints.hpp"
#include "api_facts.hpp"
#include "api_query.hpp"
#include "subscriber_board.hpp"

namespace tollgate::app {
namespace {

void write_lag(core::JsonWriter& json, const store::SubscriberStanding& standing, core::WallTime now) {
    json.begin_object().key("events").unsigned_integer(standing.behind).key("oldest_at");
    if (standing.oldest_at) {
        write_time(json, *standing.oldest_at);
        const auto age = std::max(now - *standing.oldest_at, std::chrono::milliseconds(0));
        json.key("oldest_seconds").integer(std::chrono::floor<std::chrono::seconds>(age).count());
    } else {
        json.null().key("oldest_seconds").null();
    }
    json.end_object();
}

/// What this node alone knows: how the subscriber is configured here, and how its worker here fares.
void write_here(core::JsonWriter& json, const ApiContext& context, const std::string& name) {
    const auto found = std::ranges::find(context.subscribers, name, &ops::SubscriberConfig::name);
    const auto state = context.board.find(name);
    json.key("kind");
    if (found == context.subscribers.end()) {
        json.null();
    } else {
        json.string(found->pulls() ? "pull" : "url");
    }
    json.key("breaker");
    if (state) {
        json.string(state->breaker_open ? "open" : "closed");
    } else {
        json.null();
    }
    json.key("paused").boolean(state && state->paused);
}

std::string text_of(const ApiContext& context, const std::vector<store::SubscriberStanding>& standings) {
    const auto now = context.stores.clock().wall();
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("subscribers").begin_array();
    for (const auto& standing : standings) {
        json.begin_object().key("name").string(standing.subscriber);
        write_here(json, context, standing.subscriber);
        write_lag(json.key("lag"), standing, now);
        json.key("parked").unsigned_integer(standing.parked);
        json.key("dead").unsigned_integer(standing.dead_letters).end_object();
    }
    json.end_array().end_object();
    return body;
}

}  // namespace

void get_subscribers(ApiContext& context, const ApiCall& call, Answer answer) {
    if (const auto query = Query::parse(call.query, {}); !query) return answer.error(query.error());
    using Standings = std::vector<store::SubscriberStanding>;
    auto then = [&context, answer = std::move(answer)](core::Result<Standings> standings) mutable {
        if (!standings) return answer.error(standings.error());
        answer.json(text_of(context, *standings));
    };
    context.stores.control().read_subscribers(on_loop<Standings>(context.loop, std::move(then)));
}

}  // namespace tollgate::app
