// DuePlace: where a payment stands among those of its shard that are to be asked about.
#pragma once

#include <tollgate/event/payment_state.hpp>

#include <optional>

namespace tollgate::store {

/// What the index of the next questions is made of: an engine writes it when, and only when, this changes.
struct DuePlace {
    bool urgent = false;  ///< a final state is held until it is confirmed: asked about before all others
    core::WallTime due{};

    friend bool operator==(const DuePlace&, const DuePlace&) = default;
};

/// Nothing: nobody asks about it.
inline std::optional<DuePlace> due_place_of(const event::PaymentState& state) noexcept {
    if (!state.expectation) return std::nullopt;
    return DuePlace{state.expectation->purpose == event::Purpose::confirmation, state.expectation->due};
}

}  // namespace tollgate::store
