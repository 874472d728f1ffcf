// The rules: the one place that decides what a report does to a payment.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/event/payment_state.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tollgate::event {

enum class Outcome : std::uint8_t {
    accepted,   ///< new: its events are to be published
    duplicate,  ///< this transition has happened, with the same money
    stale,      ///< older than the payment's state: counted and journaled only
    conflict,   ///< contradicts a final state, a known sum or a currency: published as such. Without events when a sum
                ///< that does not fit stands in the way of the report, and that very conflict was published before
    unrecognised,  ///< published as callback.unrecognised
    held,          ///< a final state that waits for the provider's confirmation: durable, not published
    lapsed,        ///< of an alias: no payment came of what was registered under it, and its provider is asked no more
    overflow,      ///< no room among the payment's transitions (max_transitions): counted and journaled only
};

std::string_view to_string(Outcome outcome) noexcept;

struct Decision {
    Outcome outcome = Outcome::duplicate;
    /// The payment's state from now on; absent when nothing changes (and always for an unrecognised callback's
    /// duplicate).
    std::optional<PaymentState> next;
    /// To be published in this order, together with the state and atomically.
    std::vector<Event> events;
    /// Of a callback that brings the end of a payment that was awaited: how long it had been awaited by then.
    std::optional<std::chrono::milliseconds> lateness{};
};

/// Pure: the same arguments give the same decision on every node. `current` is null for a payment never heard of.
/// `now` becomes the events' timestamp. Deciding the same candidate again on `next` gives no events (`duplicate`,
/// `stale`, or the `conflict` that was said before), so an accept whose outcome is unknown may be repeated without
/// harm.
Decision decide(const PaymentState* current, const Candidate& candidate, core::WallTime now);

}  // namespace tollgate::event
