// The endpoints of a subscriber that pulls: its next events, and the acknowledgement of them.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <tollgate/core/json.hpp>

#include "acknowledgement.hpp"
#include "api_body.hpp"
#include "api_endpoints.hpp"
#include "api_query.hpp"
#include "pull.hpp"
#include "pull_desk.hpp"
#include "setup.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t most_events = 1000;
constexpr std::size_t usual_events = 100;
constexpr std::chrono::milliseconds longest_wait = std::chrono::seconds(60);
/// 4096 shards, and room to spare.
constexpr std::size_t longest_cursor = 56 * 1024;

/// The subscriber, when the caller may pull for it and somebody is to; null when that was answered.
const ops::SubscriberConfig* find_pulling(const ApiContext& context, const ApiCall& call, Answer& answer) {
    const auto& name = call.parameters.front();
    if (!call.grant->subscriber.empty() && call.grant->subscriber != name) {
        answer.error(ApiError::forbidden, "this token is for the subscriber " + call.grant->subscriber);
        return nullptr;
    }
    const auto found = std::ranges::find(context.subscribers, name, &ops::SubscriberConfig::name);
    if (found == context.subscribers.end()) {
        answer.error(ApiError::not_found, "no such subscriber");
        return nullptr;
    }
    if (!found->pulls()) {
        answer.error(ApiError::conflict, "this subscriber has a url, to which its events are posted: only one without pulls");
        return nullptr;
    }
    return &*found;
}

core::Result<PullRequest> request_of(const ApiCall& call, const ops::SubscriberConfig& subscriber) {
    static constexpr std::string_view known[] = {"limit", "wait"};
    const auto query = Query::parse(call.query, known);
    if (!query) return query.error();
    PullRequest request;
    request.subscriber = subscriber.name;
    request.filter = filter_of(subscriber);
    const auto limit = query->number("limit", 1, most_events, usual_events);
    if (!limit) return limit.error();
    request.limit = *limit;
    if (const auto wait = query->find("wait")) {
        const auto duration = ops::parse_duration(*wait);
        if (!duration || *duration > longest_wait) {
            return core::Error(core::Errc::invalid_argument, "wait is a duration from 0s to 60s, as 30s");
        }
        request.wait = *duration;
    }
    return request;
}

/// Whether one more may wait; otherwise the answer is given.
bool has_place(const PullDesk& pulls, const std::string& subscriber, Answer& answer) {
    std::string why;
    if (pulls.full_for(subscriber)) {
        why = std::to_string(PullDesk::most_of_one) + " requests for the events of " + subscriber +
              " are waiting here, as many as may; all of them get the same: send the next when one is answered, and close what nobody reads";
    } else if (pulls.full()) {
        why = std::to_string(PullDesk::most) + " requests for events are waiting here, as many as may; ask again in a second, or another node";
    }
    if (why.empty()) return true;
    answer.error_with(ApiError::unavailable, 503, why, "Retry-After: 1\r\n");
    return false;
}

std::string text_of(const std::string& subscriber, const PulledEvents& pulled) {
    std::string body;
    core::JsonWriter json(body);
    json.begin_object().key("events").begin_array();
    for (const auto& event : pulled.events) json.raw(event.body);
    json.end_array().key("cursor").string(encode_cursor(subscriber, pulled.cursor)).key("more").boolean(pulled.more).end_object();
    return body;
}

/// An error of the store, as one who pulls may hear it.
void refuse(const core::Error& error, Answer& answer) {
    if (error.code == core::Errc::not_found) return answer.error(ApiError::unavailable, "the store does not know this subscriber yet");
    if (error.code == core::Errc::fenced) {
        return answer.error(ApiError::unavailable, "a node still delivers to this subscriber by its url; it ends with that node's reload");
    }
    answer.error(error);
}

}  // namespace

void get_pulled_events(ApiContext& context, const ApiCall& call, Answer answer) {
    const auto* subscriber = find_pulling(context, call, answer);
    if (subscriber == nullptr) return;
    auto request = request_of(call, *subscriber);
    if (!request) return answer.error(request.error());
    if (!has_place(context.pulls, subscriber->name, answer)) return;
    // Who waits for events is counted by the desk, and must not keep others from asking.
    answer.leave_turn();
    auto pulled_count = context.metrics.deliveries(subscriber->name, "pulled");
    const auto asked = std::make_shared<Answer>(std::move(answer));
    auto then = [pulled_count, name = subscriber->name, asked](core::Result<PulledEvents> pulled) mutable {
        if (!pulled) return refuse(pulled.error(), *asked);
        pulled_count.increment(static_cast<double>(pulled->events.size()));
        asked->json(text_of(name, *pulled));
    };
    // Who has gone keeps no place that another one could have.
    asked->when_gone([pull = Pull::begin(context, std::move(*request), std::move(then))] {
        if (const auto waiting = pull.lock()) waiting->hurry();
    });
}

void post_acknowledgement(ApiContext& context, const ApiCall& call, Answer answer) {
    static constexpr std::string_view known[] = {"cursor"};
    const auto* subscriber = find_pulling(context, call, answer);
    if (subscriber == nullptr) return;
    if (const auto query = Query::parse(call.query, {}); !query) return answer.error(query.error());
    const auto body = ApiBody::parse(call.body, known);
    if (!body) return answer.error(body.error());
    const auto sent = body->text("cursor", longest_cursor);
    if (!sent) return answer.error(sent.error());
    auto cursor = decode_cursor(subscriber->name, *sent, context.stores.control().shard_count());
    if (!cursor) return answer.error(cursor.error());
    acknowledge(context, subscriber->name, std::move(*cursor), [answer = std::move(answer)](core::Result<Acknowledged> result) mutable {
        if (!result) return refuse(result.error(), answer);
        if (*result == Acknowledged::another_log) {
            return answer.error(ApiError::conflict, "the store is another than the cursor is of, as after a restart of Redis: pull again");
        }
        answer.json(*result == Acknowledged::moved ? R"({"moved":true})" : R"({"moved":false})");
    });
}

}  // namespace tollgate::app
