// The endpoint by which an operator has a subscriber get events again.
#include <optional>
#include <string>
#include <utility>

#include <tollgate/core/json.hpp>

#include "api_body.hpp"
#include "api_endpoints.hpp"
#include "api_query.hpp"
#include "find_subscriber.hpp"
#include "replay.hpp"
#include "setup.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t longest_text = 64;
/// A place in every shard, of which there may be 4096.
constexpr std::size_t longest_cursor = 128 * 1024;

core::Error invalid(std::string message) {
    return {core::Errc::invalid_argument, std::move(message)};
}

core::Result<core::WallTime> time_of(const ApiBody& body, std::string_view name) {
    const auto text = body.text(name, longest_text);
    if (!text) return text.error();
    const auto time = core::parse_rfc3339(*text);
    if (!time) return invalid(std::string(name) + " is a time as RFC 3339 has it: 2026-11-22T10:00:00Z");
    return *time;
}

core::Result<void> read_range(const ApiBody& body, ReplayWanted& wanted) {
    const auto since = time_of(body, "since");
    if (!since) return since.error();
    const auto until = time_of(body, "until");
    if (!until) return until.error();
    if (*since >= *until) return invalid("since comes before until");
    wanted.kind = ReplayWanted::Kind::range;
    wanted.since = *since;
    wanted.until = *until;
    return {};
}

core::Result<void> read_choice(const ApiBody& body, ReplayWanted& wanted) {
    auto event = body.find_text("event_id", longest_text);
    if (!event) return event.error();
    const auto dead = body.find_flag("dead_letters");
    if (!dead) return dead.error();
    const bool range = body.has("since") || body.has("until");
    if (dead->has_value() && !**dead) return invalid("dead_letters is true, or absent");
    if (int{event->has_value()} + int{dead->has_value()} + int{range} != 1) {
        return invalid("one of these: event_id, since and until, dead_letters");
    }
    if (range) return read_range(body, wanted);
    wanted.kind = *event ? ReplayWanted::Kind::event : ReplayWanted::Kind::dead_letters;
    if (*event) wanted.event_id = std::move(**event);
    return {};
}

core::Result<ReplayWanted> wanted_of(std::string_view text, store::Shard shards) {
    static constexpr std::string_view known[] = {"event_id", "since", "until", "dead_letters", "after"};
    const auto body = ApiBody::parse(text, known);
    if (!body) return body.error();
    ReplayWanted wanted;
    if (const auto read = read_choice(*body, wanted); read.has_error()) return read.error();
    const auto after = body->find_text("after", longest_cursor);
    if (!after) return after.error();
    if (!*after) return wanted;
    if (wanted.kind == ReplayWanted::Kind::dead_letters) return invalid("dead letters need no after: what was queued is none any more");
    auto cursor = decode_cursor(**after, shards);
    if (!cursor) return cursor.error();
    wanted.after = std::move(*cursor);
    return wanted;
}

/// For the log.
std::string text_of(const ReplayWanted& wanted) {
    if (wanted.kind == ReplayWanted::Kind::dead_letters) return "dead letters";
    if (wanted.kind == ReplayWanted::Kind::event) return wanted.event_id;
    return "since " + core::format_rfc3339(wanted.since) + " until " + core::format_rfc3339(wanted.until);
}

std::string body_of(const ReplayReport& report) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object();
    json.key("queued").unsigned_integer(report.queued);
    json.key("already_queued").unsigned_integer(report.already_queued);
    json.key("not_delivered_yet").unsigned_integer(report.not_delivered_yet);
    json.key("not_wanted").unsigned_integer(report.not_wanted);
    json.key("expired_ranges").unsigned_integer(report.expired_ranges);
    json.key("full").boolean(report.full);
    json.key("more").boolean(report.more);
    json.key("next");
    if (report.next) {
        json.string(encode_cursor(*report.next));
    } else {
        json.null();
    }
    json.end_object();
    return body;
}

}  // namespace

void post_replay(ApiContext& context, const ApiCall& call, Answer answer) {
    if (const auto query = Query::parse(call.query, {}); !query) return answer.error(query.error());
    auto wanted = wanted_of(call.body, context.stores.control().shard_count());
    if (!wanted) return answer.error(wanted.error());
    answer.about(text_of(*wanted));
    const auto* const subscriber = find_subscriber(context, call.parameters.front());
    if (subscriber == nullptr) return answer.error(ApiError::not_found, "no such subscriber in the configuration of this node");
    if (subscriber->pulls()) {
        return answer.error(ApiError::conflict, subscriber->name + " has no url: it asks for its events itself, and nothing can be sent to it again");
    }
    wanted->subscriber = subscriber->name;
    wanted->filter = worker_options_of(*subscriber).policy.filter;
    auto then = [name = subscriber->name, one = wanted->kind == ReplayWanted::Kind::event,
                 answer = std::move(answer)](core::Result<ReplayReport> report) mutable {
        if (!report) return answer.error(report.error());
        if (one && report->not_wanted != 0 && !report->more) {
            return answer.error(ApiError::conflict, "the events, sources and evidence that " + name + " is configured to get leave this event out");
        }
        answer.came_to(std::to_string(report->queued) + (report->more ? " queued, and there is more" : " queued"));
        answer.json(body_of(*report));
    };
    Replay::run(context, std::move(*wanted), std::move(then));
}

}  // namespace tollgate::app
