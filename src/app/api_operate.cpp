// The endpoints by which an operator pauses, resumes and forgets a subscriber.
#include <memory>
#include <string>
#include <utility>

#include <tollgate/core/json.hpp>

#include "api_body.hpp"
#include "api_endpoints.hpp"
#include "api_query.hpp"
#include "find_subscriber.hpp"

namespace tollgate::app {
namespace {

constexpr std::string_view no_such_subscriber = "no such subscriber";

/// The requests say everything by their path: no parameters, and a body that is empty or {}.
core::Result<void> refuse_more(const ApiCall& call) {
    if (const auto query = Query::parse(call.query, {}); !query) return query.error();
    if (call.body.empty()) return {};
    if (const auto body = ApiBody::parse(call.body, {}); !body) return body.error();
    return {};
}

/// The subscriber's name, if it could be one and the request is well-formed; otherwise the answer is given.
std::optional<std::string> name_of(const ApiCall& call, Answer& answer) {
    if (const auto good = refuse_more(call); good.has_error()) {
        answer.error(good.error());
        return std::nullopt;
    }
    const auto& name = call.parameters.front();
    if (valid_name(name)) return name;
    answer.error(ApiError::not_found, no_such_subscriber);
    return std::nullopt;
}

void set_pause(ApiContext& context, const ApiCall& call, std::string_view why, Answer answer) {
    const auto name = name_of(call, answer);
    if (!name) return;
    const auto* const configured = find_subscriber(context, *name);
    if (configured != nullptr && configured->pulls()) {
        return answer.error(ApiError::conflict, *name + " has no url: it asks for its events itself, and nothing is sent that could be paused");
    }
    auto then = [name = *name, paused = !why.empty(), answer = std::move(answer)](core::Result<void> done) mutable {
        if (done) {
            std::string body;
            core::JsonWriter(body).begin_object().key("subscriber").string(name).key("paused").boolean(paused).end_object();
            return answer.json(body);
        }
        if (done.error().code == core::Errc::not_found) return answer.error(ApiError::not_found, no_such_subscriber);
        answer.error(done.error());
    };
    context.stores.control().set_pause(*name, std::string(why), on_loop<void>(context.loop, std::move(then)));
}

/// Step by step, since there may be much to delete.
void forget(ApiContext& context, std::string name, Answer answer) {
    auto then = [&context, name, answer = std::move(answer)](core::Result<bool> more) mutable {
        if (more && *more) return forget(context, std::move(name), std::move(answer));
        if (more) {
            std::string body;
            core::JsonWriter(body).begin_object().key("subscriber").string(name).key("forgotten").boolean(true).end_object();
            return answer.json(body);
        }
        switch (more.error().code) {
            case core::Errc::not_found:
                return answer.error(ApiError::not_found, no_such_subscriber);
            case core::Errc::fenced:
                return answer.error(ApiError::conflict, "a node still works for " + name +
                                                            "; take it out of the configuration of every node, reload them, and try again in half a minute");
            default:
                return answer.error(more.error());
        }
    };
    context.stores.control().forget_subscriber(name, on_loop<bool>(context.loop, std::move(then)));
}

}  // namespace

const ops::SubscriberConfig* find_subscriber(const ApiContext& context, std::string_view name) {
    for (const auto& subscriber : context.subscribers) {
        if (subscriber.name == name) return &subscriber;
    }
    return nullptr;
}

void post_pause(ApiContext& context, const ApiCall& call, Answer answer) {
    set_pause(context, call, "an operator", std::move(answer));
}

void post_resume(ApiContext& context, const ApiCall& call, Answer answer) {
    set_pause(context, call, "", std::move(answer));
}

void post_forget(ApiContext& context, const ApiCall& call, Answer answer) {
    auto name = name_of(call, answer);
    if (!name) return;
    if (find_subscriber(context, *name) != nullptr) {
        return answer.error(ApiError::conflict, *name + " is in the configuration of this node; take it out, of every node, reload them, and try again");
    }
    forget(context, std::move(*name), std::move(answer));
}

}  // namespace tollgate::app
