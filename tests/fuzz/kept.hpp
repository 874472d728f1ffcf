// What of a callback is kept and published, as text: to be compared, and searched for secrets.
#pragma once

#include <tollgate/event/event.hpp>

#include <string>
#include <string_view>

namespace tollgate::fuzz {

/// Ends the process when the candidate breaks a rule that holds for every provider: valid references, details that are
/// a JSON object on one line, texts on one line, an event that can be encoded.
void check_candidate(const event::Candidate& candidate);

/// All that a candidate says of its payment, the journal left out.
std::string meaning_of(const event::Candidate& candidate);

/// All that a candidate leaves in logs, store and events, the journal included.
std::string kept_of(const event::Candidate& candidate);

/// True when everybody can tell that each `canary` in the body is the value of a member called `name` (small letters;
/// case, '_' and '-' of the member's name do not count): then none of them may be kept.
bool is_secret_throughout(std::string_view body, std::string_view canary, std::string_view name);

}  // namespace tollgate::fuzz
