// Reconciliation: lays the two ledgers side by side and counts what does not fit.
#pragma once

#include "histogram.hpp"
#include "ledgers.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tollgate::load {

/// Only an acknowledged callback promises its events. One whose acknowledgement was lost may have been taken or not:
/// its events are neither missing nor unexpected.
struct Verdict {
    std::uint64_t delivered = 0;     ///< different event ids
    std::uint64_t repeats = 0;       ///< deliveries beyond an event's first
    std::uint64_t missing = 0;       ///< promised and not delivered
    std::uint64_t superseded = 0;    ///< a start that the subscriber failed three times and whose end it got: no fault
    std::uint64_t unexpected = 0;    ///< delivered, though nothing that was sent can mean them; forged ones among them
    std::uint64_t out_of_order = 0;  ///< first deliveries whose sequence is not above the payment's highest so far
    std::uint64_t different_id = 0;  ///< one (reference, type) under several ids
    std::uint64_t shared_id = 0;     ///< one id on several (reference, type)
    Histogram lag_us;                ///< acknowledgement to first delivery; 0 when the delivery was faster
    std::vector<std::string> examples;  ///< a few of the missing and the unexpected, for people

    /// What another subscriber of the same callbacks got.
    void add(const Verdict& other);
    [[nodiscard]] std::uint64_t faults() const noexcept {
        return missing + unexpected + out_of_order + different_id + shared_id;
    }
    [[nodiscard]] bool clean() const noexcept { return faults() == 0; }
};

/// When neither ledger grows any more.
Verdict reconcile(const SenderLedger& sender, const SubscriberLedger& subscriber, References references,
                  const Stories& stories);

/// Promised events, and how many of them have not come: what a run waits for.
std::uint64_t count_promised(const SenderLedger& sender, const Stories& stories);
std::uint64_t count_missing(const SenderLedger& sender, const SubscriberLedger& subscriber, const Stories& stories);

}  // namespace tollgate::load
