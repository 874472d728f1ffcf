// The endpoints of the API, by subject; api_routes.cpp says which path is whose.
#pragma once

#include "api_answer.hpp"
#include "api_context.hpp"
#include "api_router.hpp"

namespace tollgate::app {

void get_liveness(ApiContext& context, const ApiCall& call, Answer answer);
void get_readiness(ApiContext& context, const ApiCall& call, Answer answer);
void get_metrics(ApiContext& context, const ApiCall& call, Answer answer);

/// The API's own description, OpenAPI 3.1.
std::string_view openapi_text();
void get_openapi(ApiContext& context, const ApiCall& call, Answer answer);

void get_payment(ApiContext& context, const ApiCall& call, Answer answer);
/// By an operator: how the payment ended.
void post_resolution(ApiContext& context, const ApiCall& call, Answer answer);
/// Somebody waits for a payment.
void post_expectation(ApiContext& context, const ApiCall& call, Answer answer);
/// By an operator: ask the provider about a payment now.
void post_requery(ApiContext& context, const ApiCall& call, Answer answer);
void get_events(ApiContext& context, const ApiCall& call, Answer answer);
/// By an operator: send a subscriber nothing any more, on any node; and go on sending.
void post_pause(ApiContext& context, const ApiCall& call, Answer answer);
void post_resume(ApiContext& context, const ApiCall& call, Answer answer);
/// By an operator: a subscriber that no configuration has any more is as one never heard of.
void post_forget(ApiContext& context, const ApiCall& call, Answer answer);
/// By an operator: send a subscriber events again.
void post_replay(ApiContext& context, const ApiCall& call, Answer answer);
void get_dead_letters(ApiContext& context, const ApiCall& call, Answer answer);

/// How far every subscriber is.
void get_subscribers(ApiContext& context, const ApiCall& call, Answer answer);
/// By a subscriber that pulls: its next events, and that it has got them.
void get_pulled_events(ApiContext& context, const ApiCall& call, Answer answer);
void post_acknowledgement(ApiContext& context, const ApiCall& call, Answer answer);

/// A page for people that shows what the probes tell.
void get_dashboard(ApiContext& context, const ApiCall& call, Answer answer);

}  // namespace tollgate::app
