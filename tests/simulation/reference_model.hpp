// The reference model: the table of transitions once more, written for checking and sharing no code with the rules.
#pragma once

#include <tollgate/event/event.hpp>
#include <tollgate/store/store.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::simulation::model {

std::optional<event::Status> status_named(std::string_view name);
std::optional<event::Happening> happening_named(std::string_view name);

/// Which statuses contradict each other: those with different letters; ' ' contradicts nothing.
char camp_of(event::Status status);
/// What a report claims the status to be; none when it moves nothing. Corrections are not asked about.
event::Status claimed_by(event::TransitionName name);

/// Whether a published happening may bring a payment from one status to the other.
bool may_move(event::Status from, event::Happening happening, event::Status to, bool corrects);
/// Where a payment ends of which these statuses were reported, in any order, and nothing that contradicts itself.
event::Status end_of(std::span<const event::Status> claims);
/// Whether a report that is acknowledged has to be among the payment's transitions, or may be stale in this status.
bool may_be_stale(event::TransitionName name, event::Status status);

std::string event_id(std::string_view source, std::string_view reference, std::string_view transition);
/// How far a final state is proven: 2 by the provider's answer, 1 by its signature, 0 by anything else.
int worth(event::Evidence evidence);
bool wants(std::span<const std::string> types, std::span<const std::string> sources, bool signed_only,
           const store::LogEntry& event);

}  // namespace tollgate::simulation::model
