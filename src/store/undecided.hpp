// What becomes of a candidate that nobody can decide, because its payment's stored state is damaged.
#pragma once

#include <tollgate/event/event.hpp>

#include <string>
#include <string_view>

namespace tollgate::store {

/// "the stored state of payment SOURCE/REFERENCE cannot be read".
std::string undecided_because(const event::Facts& facts);

/// The candidate as a callback that nobody understands, with everything else that it said: it goes to people, and is no
/// reason to refuse all others of its batch.
event::Candidate as_unrecognised(const event::Candidate& candidate, std::string why);

}  // namespace tollgate::store
