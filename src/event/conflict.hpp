// Finding contradictions: between a report and a payment's state, an expected sum, or the same report made before.
#pragma once

#include <tollgate/event/event.hpp>
#include <tollgate/event/payment_state.hpp>

#include <optional>

namespace tollgate::event {

/// A sum that is not the one it should be.
struct Misfit {
    Conflict conflict;
    bool replaces_report =
        false;  ///< less, or another currency: the conflict is published instead of what was reported
};

/// Compares the claimed sum with the expected one. Only a claim of succeeded or settled is about the whole sum; of
/// reversed, parts exist, so only the currency counts. Nothing when they agree or either is unknown. (`kept.status` is
/// left to the Draft.)
std::optional<Misfit> misfit_of_expected(const PaymentState& state, const ConflictSide& claim);

/// The same, and with the sum that the payment already has: a settlement repeats what succeeded, a reversal takes it
/// back, and where no sum is expected the first one named is compared. A sum named before any final status never
/// replaces the report.
std::optional<Misfit> misfit_of_known(const PaymentState& state, const ConflictSide& claim);

/// A report that contradicts the final state.
Conflict status_conflict(const PaymentState& state, const ConflictSide& claim);

/// A transition repeated with another sum than `recorded`; nothing when they agree or either is unknown. The claim's
/// sum is of the same kind as the recorded one: of the payment or of a dispute.
std::optional<Conflict> repeat_conflict(const PaymentState& state, const RecordedTransition& recorded,
                                        const ConflictSide& claim);

}  // namespace tollgate::event
