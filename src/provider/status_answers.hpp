// What all status APIs do with an HTTP answer before its body means anything.
#pragma once

#include <tollgate/provider/status_api.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::provider {

/// `what` on one line of at most 200 bytes. It must hold no secret: a provider's own words go through message_field().
StatusAnswer answer_of(AnswerKind kind, std::string_view what);

/// What the HTTP status alone says: 401 and 403 refused, 429 limited, 5xx failed, a redirect failed (none is followed:
/// the question carries our credentials). Nothing for every other one: the body decides, and a provider whose 404 means
/// "no such payment" looks at it itself.
std::optional<StatusAnswer> answer_of_status(const net::OutboundResponse& response);

/// A `reported` answer: fills in what all of its candidates have in common. A reference that was masked as a secret is
/// left out; where nothing would be left to know the payment by, the answer has failed. `what`: as above.
StatusAnswer answer_with(std::vector<event::Candidate> candidates, const StatusSettings& settings,
                         std::string_view provider, core::WallTime now, std::string_view what);

}  // namespace tollgate::provider
