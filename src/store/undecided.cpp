// Turns an undecidable candidate into an unrecognised callback.
#include "undecided.hpp"

#include <tollgate/core/crypto.hpp>

#include <utility>

namespace tollgate::store {

std::string undecided_because(const event::Facts& facts) {
    return "the stored state of payment " + facts.source + "/" + facts.reference + " cannot be read";
}

event::Candidate as_unrecognised(const event::Candidate& candidate, std::string why) {
    event::Candidate result = candidate;
    result.transition = {event::TransitionName::unrecognised, {}};
    result.facts.reason.emplace();
    result.facts.reason->message = std::move(why);
    if (result.journal.body.empty()) {
        // Not from a callback. The digest of an empty body would be that of every other such candidate.
        result.journal.content_type = "text/plain";
        result.journal.body =
            candidate.facts.source + "/" + candidate.facts.reference + " " + candidate.transition.id();
    }
    result.facts.reference = core::to_hex(core::sha256(result.journal.body));
    return result;
}

}  // namespace tollgate::store
