// Aliases: a payment's other ids, the payments that carry each, and the registrations that wait under one.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/event/payment_state.hpp>
#include <tollgate/event/rules.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::event {

enum class AliasKind : std::uint8_t { merchant, provider, network };
std::string_view to_string(AliasKind kind) noexcept;  // "merchant_reference", ...

/// Some of the kinds; of a provider.
struct AliasKinds {
    bool merchant = false;
    bool provider = false;
    bool network = false;

    [[nodiscard]] bool has(AliasKind kind) const noexcept;
};

/// An id of a payment beside its reference. It is told apart by its kind: a provider's "17" is not a merchant's.
struct Alias {
    AliasKind kind = AliasKind::merchant;
    std::string id;  ///< see valid_reference(); what is not one names nothing

    friend bool operator==(const Alias&, const Alias&) = default;
};

/// The network's id is the one on a customer's receipt, so it names its payment as well. Nobody registers under it.
std::vector<Alias> aliases_of(const Facts& facts);

/// An alias is kept by the store as if it were a payment, in the shard of its own name: "m order-17". No reference has
/// a blank, so none is ever taken for the other. Part of the data format.
std::string name_of(const Alias& alias);
/// The alias of that name; nothing for a payment's reference.
std::optional<Alias> alias_of(std::string_view name);
bool is_alias(std::string_view name) noexcept;

/// The aliases of the candidate that do not name its payment yet; mostly none, and none of one that does not link.
/// Those of one payment are bounded by max_links: what comes beyond names nothing.
std::vector<Alias> unlinked(const PaymentState* current, const Candidate& candidate);

/// An alias on its way through decide_and_link(): as the store has it, and then as it is to be kept.
struct AliasRecord {
    Alias alias;
    std::optional<PaymentState> state;  ///< absent: nobody has heard of it
    bool changed = false;
};

/// decide(), for a candidate with aliases that are unlinked(): they name the payment from now on. What was registered
/// under one of them and waits there is decided first, as if it had been registered under the payment's reference; so
/// its amount, its currency and its times pass over, to this payment and to each that comes to carry the id later. To
/// be kept together with the payment, all or nothing; deciding it again changes nothing.
Decision decide_and_link(const PaymentState* current, const Candidate& candidate, std::span<AliasRecord> aliases,
                         core::WallTime now);

/// Qualifier of an `expected` that was registered under an alias and is handed on to a payment that carries it.
inline constexpr std::string_view qualifier_inherited = "inherited";

/// The alias under which the candidate registers an expectation: `expected`, without a reference.
std::optional<Alias> registered_alias(const Candidate& candidate);

struct AliasRegistration {
    std::optional<PaymentState> next;     ///< of the alias; absent when nothing changes
    std::vector<Candidate> for_payments;  ///< the same registration for each payment that it is about
};

/// A registration under an alias. `current` is the alias's state, null for one never heard of. It is for every payment
/// that carries the id, and waits for others, without end; asking the provider about the id itself ends after
/// give_up_after (Outcome::lapsed). Of several registrations the newest that names an amount counts for payments that
/// are heard of after it; those that carry the id already keep what they got, and get it if they had none.
/// Ids get used again: with facts.occurred_at, the time of initiation, it is not about payments that were heard of more
/// than five minutes before that; without, more than a day before facts.received_at.
AliasRegistration register_under_alias(const PaymentState* current, const Candidate& candidate, core::WallTime now);

/// Those of `alias`'s payments that a registration of this kind is about.
std::vector<std::string> payments_meant(const PaymentState& alias, const Facts& registration);

}  // namespace tollgate::event
