// Comparing claims with what is known, and naming the conflicts that come of it.
#include "conflict.hpp"

#include "money_digest.hpp"

#include <tollgate/core/crypto.hpp>

#include <array>

namespace tollgate::event {
namespace {

std::string hex16(std::uint64_t value) {
    std::array<std::uint8_t, 8> bytes{};
    for (std::size_t index = bytes.size(); index-- > 0; value >>= 8) bytes[index] = static_cast<std::uint8_t>(value);
    return core::to_hex(bytes);
}

std::optional<Misfit> compare(const std::optional<Money>& kept, std::optional<Evidence> evidence,
                              const ConflictSide& claim) {
    const bool whole_sum = claim.status == Status::succeeded || claim.status == Status::settled;
    if (!kept || !claim.amount || (!whole_sum && claim.status != Status::reversed)) return std::nullopt;

    ConflictKind kind = ConflictKind::currency;
    bool replaces_report = true;
    if (kept->same_currency(*claim.amount)) {
        const auto order = claim.amount->compare_value(*kept);
        if (!whole_sum || order == std::strong_ordering::equal) return std::nullopt;
        kind = ConflictKind::amount;
        replaces_report = order == std::strong_ordering::less;
    }
    Misfit misfit;
    misfit.conflict.kind = kind;
    misfit.conflict.kept.amount = kept;
    misfit.conflict.kept.evidence = evidence;
    misfit.conflict.contradicting = claim;
    misfit.replaces_report = replaces_report;
    return misfit;
}

}  // namespace

Transition conflict_transition(const Conflict& conflict, std::string_view about) {
    const ConflictSide& claim = conflict.contradicting;
    const std::string_view kind = to_string(conflict.kind);
    const bool about_status = conflict.kind == ConflictKind::status;
    const std::string_view status = about_status && claim.status ? to_string(*claim.status) : std::string_view();
    const std::string money = claim.amount ? claim.amount->canonical() : std::string();
    const bool ends_differ = !about_status && is_final(conflict.kept.status.value_or(Status::none)) &&
                             is_final(claim.status.value_or(Status::none));
    const std::string_view weight = ends_differ ? "\nfinal" : "";
    const std::string_view before_about = about.empty() ? "" : "\n";
    const std::uint64_t digest =
        core::first_u64(core::sha256({kind, "\n", status, "\n", money, weight, before_about, about}));
    return {TransitionName::conflict, std::string(kind).append(1, ':').append(hex16(digest))};
}

std::optional<Misfit> misfit_of_expected(const PaymentState& state, const ConflictSide& claim) {
    return compare(state.expected_amount, std::nullopt, claim);
}

std::optional<Misfit> misfit_of_known(const PaymentState& state, const ConflictSide& claim) {
    const bool follows_success = claim.status == Status::settled && state.status == Status::succeeded;
    // What is wrong with the sum that succeeded was said when it did; its settlement is good news all the same.
    if (follows_success && state.amount && claim.amount && claim.amount->agrees_with(*state.amount))
        return std::nullopt;
    std::optional<Misfit> expected = misfit_of_expected(state, claim);
    if (expected && expected->replaces_report) return expected;
    const bool counterpart = follows_success || claim.status == Status::reversed;
    if (!counterpart && state.expected_amount) return expected;

    std::optional<Misfit> known = compare(state.amount, state.evidence, claim);
    if (!known) return expected;
    // The sum of a reversal may be a part: it says nothing about the whole.
    if (state.status == Status::reversed && known->conflict.kind == ConflictKind::amount) return expected;
    if (!is_final(state.status)) {
        // A start names a sum, the end names the one that moved: the end is published, and so is the difference.
        known->replaces_report = false;
        if (state.status != Status::none) known->conflict.kept.status = state.status;
    }
    return known;
}

Conflict status_conflict(const PaymentState& state, const ConflictSide& claim) {
    Conflict conflict;
    conflict.kind = ConflictKind::status;
    conflict.kept.amount = state.amount;
    conflict.kept.evidence = state.evidence;
    conflict.contradicting = claim;
    return conflict;
}

std::optional<Conflict> repeat_conflict(const PaymentState& state, const RecordedTransition& recorded,
                                        const ConflictSide& claim) {
    const std::uint64_t claimed = money_digest(claim.amount);
    if (recorded.money == 0 || claimed == 0) return std::nullopt;
    const bool one_currency = same_currency(recorded.money, claimed);
    if (one_currency && same_number(recorded.money, claimed)) return std::nullopt;

    Conflict conflict;
    conflict.kind = one_currency ? ConflictKind::amount : ConflictKind::currency;
    // Only digests of older sums are kept; the sum itself is known when it is still the payment's.
    if (money_digest(state.amount) == recorded.money) conflict.kept.amount = state.amount;
    conflict.kept.evidence = state.evidence;
    conflict.contradicting = claim;
    return conflict;
}

}  // namespace tollgate::event
