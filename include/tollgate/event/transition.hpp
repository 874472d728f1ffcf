// Transition: what a report claims to have happened to a payment; its id is what makes events unique.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::event {

enum class TransitionName : std::uint8_t {
    pending,
    action,
    succeeded,
    failed,
    cancelled,
    expired,
    unresolved,
    settled,
    reversed,
    disputed,
    conflict,
    corrected,
    unrecognised,  ///< not about a payment: an authenticated callback that nobody understands
    expected,      ///< nothing has happened yet: somebody expects this payment, and what of it
    answered,      ///< nothing has happened: a question to the provider brought no report
};

std::string_view to_string(TransitionName name) noexcept;

/// One event exists per (payment, transition id).
struct Transition {
    TransitionName name = TransitionName::pending;
    /// What tells two transitions of one name apart: `KIND:digest(url):provider's own time` of an action,
    /// `REFERENCE:STATUS` of a dispute, `KIND:digest(contradicting facts)` of a conflict, the status of a correction
    /// (and `:2` behind it when it is the second to that status); `inherited` of what is expected when it was
    /// registered under another id of the payment; otherwise empty.
    std::string qualifier;

    /// "succeeded", "disputed:DSP-1:created".
    [[nodiscard]] std::string id() const;

    friend bool operator==(const Transition&, const Transition&) = default;
};

}  // namespace tollgate::event
