// PaymentState: everything the rules need to know about a payment, packed into one short value.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/event/event.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::event {

/// A transition that this payment has been through, and with which money (0: none was given).
struct RecordedTransition {
    std::uint64_t transition = 0;  ///< digest of the transition's id
    std::uint64_t money = 0;       ///< money_digest()

    friend bool operator==(const RecordedTransition&, const RecordedTransition&) = default;
};

/// At most this many transitions a payment; what comes beyond is counted and kept in the journal, not published.
inline constexpr std::size_t max_transitions = 64;
/// Of those, kept free for reports that bring a payment into a final state or `unresolved`: however many actions,
/// disputes and conflicts there were, its true end finds room.
inline constexpr std::size_t reserved_transitions = 8;

/// At most so many of a payment's other ids name it (alias.hpp).
inline constexpr std::size_t max_links = 8;
/// Of the payments that carry one id so many are kept, the latest.
inline constexpr std::size_t max_named = 16;

/// One of the payments that carry an id.
struct NamedPayment {
    std::string reference;
    core::WallTime since{};  ///< when it was first heard of under the id

    friend bool operator==(const NamedPayment&, const NamedPayment&) = default;
};

struct PaymentState {
    Kind kind = Kind::payment;
    Status status = Status::none;
    Evidence evidence = Evidence::signature;  ///< of `status`
    bool corrected = false;                   ///< `status` came from a correction, so its event is corrected:STATUS
    bool decided = false;                     ///< people have said that it ended as `status`: only they can change that
    std::uint32_t sequence = 0;               ///< of the last event
    std::optional<Money> amount;              ///< of the report that made `status`, or the first that named one
    std::optional<Money> expected_amount;
    /// `expected_amount` was registered under another id: what is registered under the payment's own is worth more.
    bool inherited = false;
    bool named_by_provider = false;  ///< nobody has registered it, the provider named it in a conflict: worth least
    std::uint64_t action = 0;        ///< digest of kind and url of the action the payment is in, 0 when in none
    std::vector<RecordedTransition> transitions;
    std::optional<Expectation> expectation;  ///< absent: nobody asks about it
    std::string held;                        ///< encode_candidate() of the final report that waits; empty: none
    std::vector<Question> questions;         ///< oldest first, max_questions at most
    std::vector<std::uint64_t> links;        ///< digests of its other ids that name it, max_links at most

    // Only of an alias, which is kept as a payment is, without a status; then there are no links.
    std::vector<NamedPayment> named;  ///< the payments that carry the id, in order of arrival, max_named at most
    core::WallTime registered_at{};   ///< when what counts for payments to come began, as registered; the epoch: none

    [[nodiscard]] const RecordedTransition* find(std::string_view transition_id) const noexcept;

    friend bool operator==(const PaymentState&, const PaymentState&) = default;
};

std::uint64_t transition_digest(std::string_view transition_id);
/// 0 for no money; otherwise 49 bits of a digest of the number ("3000" and "3000.00" are one) above 15 bits that are
/// the currency itself (0: unknown), so that a recorded sum can be compared part by part.
std::uint64_t money_digest(const std::optional<Money>& money);

/// A versioned binary form; the same state always packs to the same bytes, so engines may compare them.
std::string pack(const PaymentState& state);
/// Errors: Errc::malformed for an unknown version or a damaged value.
core::Result<PaymentState> unpack(std::string_view packed);

}  // namespace tollgate::event
