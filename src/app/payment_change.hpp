// What the endpoints that change a payment have in common: its source, its state, a candidate for it, and the answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tollgate/event/event.hpp>

#include "api_answer.hpp"
#include "api_context.hpp"

namespace tollgate::app {

/// Null when the configuration has no source of this name. Valid until the next reload: not for later.
const ops::SourceConfig* find_source(const ApiContext& context, std::string_view name);

/// A candidate of our own about a payment of the source, as of now.
event::Candidate own_candidate(const ApiContext& context, const ops::SourceConfig& source, std::string reference,
                               event::TransitionName name);

using FoundPayment = std::optional<event::PaymentState>;

/// `then` goes on, later, on the loop, with the payment's state; with nothing when there is no such payment. A callback that was
/// not understood is none.
void read_state(ApiContext& context, std::string source, std::string reference,
                core::UniqueFunction<void(core::Result<FoundPayment>)> then);

/// What became of a candidate.
struct Changed {
    event::Outcome outcome = event::Outcome::duplicate;
    /// The payment as it is now. Nothing: the store is away, and the candidate is kept on this machine until it is back.
    FoundPayment state;
};

/// Lets the store decide the candidate, counts what was published, and reads the payment again.
void change_payment(ApiContext& context, event::Candidate candidate, core::UniqueFunction<void(core::Result<Changed>)> then);

/// As GET payment, without what only the log and the journal know.
void answer_payment(unsigned status, std::string_view source, std::string_view reference, const event::PaymentState& state,
                    Answer answer);

}  // namespace tollgate::app
