// The request that brings one event to a subscriber.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/delivery/signature.hpp>
#include <tollgate/delivery/worker.hpp>
#include <tollgate/net/http_client.hpp>
#include <tollgate/store/store.hpp>

#include <string>

namespace tollgate::delivery {

/// Standard Webhooks headers around the event as it was accepted, or as a CloudEvent. `now`: of the attempt.
net::OutboundRequest make_request(const store::LogEntry& event, Format format, WebhookSigner& signer,
                                  core::WallTime now, std::chrono::milliseconds timeout);

/// What the policy is told about an answer or its absence: "HTTP 500", "timed out", "connection refused". At most 200
/// bytes on one line, nothing of the answer's body.
AttemptResult to_attempt_result(const core::Result<net::OutboundResponse>& response, core::WallTime now,
                                std::chrono::milliseconds duration);

}  // namespace tollgate::delivery
