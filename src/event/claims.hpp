// What one report claims, how far it is to be believed, and whether two claims can both be true.
#pragma once

#include "draft.hpp"

namespace tollgate::event {

/// The provider itself has said it, when it was asked, or people have looked.
inline bool is_authoritative(Evidence evidence) noexcept {
    return evidence == Evidence::requery || evidence == Evidence::operator_decision;
}

/// The body could be anybody's: only a static secret or an address speaks for it.
inline bool is_weak(Evidence evidence) noexcept {
    return evidence == Evidence::shared_secret || evidence == Evidence::ip;
}

inline bool is_success(Status status) noexcept {
    return status == Status::succeeded || status == Status::settled;
}

/// Whether one final status says what the other does; a settlement is of something that succeeded.
inline bool agree(Status a, Status b) noexcept {
    return a == b || (is_success(a) && is_success(b));
}

/// Whether a provider that claims this says that the payment's final state is wrong. That money came is older than that
/// it went back.
inline bool denies(Status claimed, Status state) noexcept {
    if (!is_final(claimed) || !is_final(state) || agree(claimed, state)) return false;
    return !(state == Status::reversed && is_success(claimed));
}

inline ConflictSide claim_of(const Candidate& candidate) {
    return {claimed_status(candidate.transition), candidate.facts.amount, candidate.facts.evidence};
}

}  // namespace tollgate::event
