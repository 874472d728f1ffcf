// The answers that the edge itself gives: one status and one counted reason for each way a request can be wrong.
#pragma once

#include "request_parser_chunks.hpp"

#include <tollgate/net/http_types.hpp>

#include <string_view>

namespace tollgate::net {

struct Refusal {
    const PreparedResponse& response;
    std::string_view reason;  ///< as ServerObserver::refused counts it
};

/// `step` is one of the refusals.
Refusal refusal_for(ParseStep step);
/// A request that did not arrive, or an answer that was not read, in time.
Refusal slow_request();
/// A handler that threw, or dropped its Responder.
const PreparedResponse& unanswered();

}  // namespace tollgate::net
