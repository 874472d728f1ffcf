// The endpoint for the events of all payments, page by page.
#include <string>
#include <utility>

#include <tollgate/core/json.hpp>

#include "api_cursor.hpp"
#include "api_endpoints.hpp"
#include "api_query.hpp"
#include "event_pages.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t most_events = 1000;
constexpr std::size_t usual_events = 100;

core::Error invalid(std::string message) {
    return {core::Errc::invalid_argument, std::move(message)};
}

core::Result<EventsWanted> wanted_of(const ApiCall& call, store::Shard shards) {
    static constexpr std::string_view known[] = {"after", "limit", "latest", "source", "type"};
    const auto query = Query::parse(call.query, known);
    if (!query) return query.error();
    EventsWanted wanted{EventCursor(shards, 0), usual_events, false, {}, {}};
    const auto limit = query->number("limit", 1, most_events, usual_events);
    if (!limit) return limit.error();
    wanted.limit = *limit;
    if (const auto latest = query->find("latest")) {
        if (*latest != "true" && *latest != "false") return invalid("latest is true or false");
        wanted.latest = *latest == "true";
    }
    if (const auto after = query->find("after"); after && !after->empty()) {
        if (wanted.latest) return invalid("after and latest exclude each other");
        auto cursor = decode_cursor(*after, shards);
        if (!cursor) return cursor.error();
        wanted.after = std::move(*cursor);
    }
    if (const auto source = query->find("source")) {
        if (!valid_name(*source)) return invalid("source is the name of one: a-z, 0-9 and -, at most 64");
        wanted.source = *source;
    }
    if (const auto type = query->find("type")) {
        if (type->empty()) return invalid(R"(type is a pattern, as "payment.*" or "payout.failed")");
        wanted.type = *type;
    }
    return wanted;
}

std::string text_of(const EventPage& page) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("events").begin_array();
    for (const auto& event : page.events) json.raw(event.body);
    json.end_array().key("next").string(encode_cursor(page.next)).key("more").boolean(page.more).end_object();
    return body;
}

}  // namespace

void get_events(ApiContext& context, const ApiCall& call, Answer answer) {
    auto wanted = wanted_of(call, context.stores.control().shard_count());
    if (!wanted) return answer.error(wanted.error());
    EventPages::read(context, std::move(*wanted), [answer = std::move(answer)](core::Result<EventPage> page) mutable {
        if (!page) return answer.error(page.error());
        answer.json(text_of(*page));
    });
}

}  // namespace tollgate::app
