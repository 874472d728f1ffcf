// Registrations under another id than a payment's reference.
#pragma once

#include <tollgate/event/alias.hpp>

#include "api_answer.hpp"
#include "api_context.hpp"

namespace tollgate::app {

/// Registers `candidate` (event::registered_alias) for the payments that carry its id, and for those that will.
void register_alias(ApiContext& context, const ops::SourceConfig& source, event::Candidate candidate, Answer answer);

/// Asks the provider now about an id that no payment carries yet. `candidate`: an expectation of the source, due at once.
void hasten_alias(ApiContext& context, const event::Alias& alias, event::Candidate candidate, Answer answer);

}  // namespace tollgate::app
