// The canonical model: what a provider reported (Candidate) and what subscribers see (Event).
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/rare.hpp>
#include <tollgate/event/expectation.hpp>
#include <tollgate/event/money.hpp>
#include <tollgate/event/transition.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::event {

/// What a payment is about: money in, money out, exchange between currencies, own wallet filled.
enum class Kind : std::uint8_t { payment, payout, conversion, topup };

/// How strongly an event is proven.
enum class Evidence : std::uint8_t {
    signature,             ///< "signed": the provider's MAC covers the body
    shared_secret,         ///< the sender knew a static secret; the body could be anything
    ip,                    ///< only the sender's address speaks for it
    requery,               ///< the provider's own answer to our question
    callback_and_requery,  ///< "callback+requery"
    operator_decision,     ///< "operator"
};

/// The state of a payment. `none`: events exist (a dispute, a conflict), but no state was ever reported.
enum class Status : std::uint8_t {
    none,
    pending,
    action_required,
    unresolved,
    succeeded,
    failed,
    cancelled,
    expired,
    settled,
    reversed,
};

/// The second half of an event's type.
enum class Happening : std::uint8_t {
    pending,
    action_required,
    succeeded,
    settled,
    failed,
    cancelled,
    expired,
    reversed,
    disputed,
    conflict,
    unresolved,
    unrecognised,
};

enum class ActionKind : std::uint8_t { otp, pin, redirect, confirm };
enum class RelatedKind : std::uint8_t { underpayment, overpayment };
enum class ConflictKind : std::uint8_t { status, amount, currency };

std::string_view to_string(Kind kind) noexcept;
std::string_view to_string(Evidence evidence) noexcept;
std::string_view to_string(Status status) noexcept;  // "" for none
std::string_view to_string(Happening happening) noexcept;
std::string_view to_string(ActionKind kind) noexcept;
std::string_view to_string(RelatedKind kind) noexcept;
std::string_view to_string(ConflictKind kind) noexcept;

/// "payment.succeeded"; "callback.unrecognised" whatever the kind. Valid for ever.
std::string_view type_of(Kind kind, Happening happening);

/// succeeded, failed, cancelled, expired, settled, reversed: what a subscriber's `evidence` minimum is about.
bool is_final(Status status) noexcept;
bool is_final(Happening happening) noexcept;

struct Customer {
    std::optional<std::string> phone;
    std::optional<std::string> email;
};
struct Action {
    ActionKind kind = ActionKind::otp;
    std::optional<std::string> url;
};
struct Reason {
    std::optional<std::string> code;
    std::optional<std::string> message;
};
struct Related {
    std::string reference;
    RelatedKind kind = RelatedKind::underpayment;
    std::optional<Money> expected_amount;
};
struct Dispute {
    std::string reference;
    std::string status;
    std::optional<Money> amount;
};
struct ConflictSide {
    std::optional<Status> status;
    std::optional<Money> amount;
    std::optional<Evidence> evidence;
};
struct Conflict {
    ConflictKind kind = ConflictKind::status;
    ConflictSide kept;
    ConflictSide contradicting;
};

/// What is said about a payment, whoever says it. Absent facts are absent, never guessed.
struct Facts {
    std::string source;
    std::string provider;
    std::string reference;  ///< see valid_reference(); for an unrecognised callback: the SHA-256 of its body, hex
    std::optional<std::string> merchant_reference;
    std::optional<std::string> provider_reference;
    std::optional<std::string> network_reference;
    Kind kind = Kind::payment;
    std::optional<Money> amount;
    std::optional<Money> expected_amount;
    Customer customer;
    std::optional<std::string> method;
    core::Rare<Action> action;
    core::Rare<Reason> reason;
    core::Rare<Related> related;
    core::Rare<Dispute> dispute;
    core::Rare<Conflict> conflict;
    Evidence evidence = Evidence::signature;
    std::optional<core::WallTime> occurred_at;
    core::WallTime received_at{};
    std::string details = "{}";  ///< a JSON object: what else the provider said, without secrets
};

/// The callback that a candidate came from, for the payment's journal. Every secret is cut out before it gets here.
struct JournalEntry {
    std::string content_type;
    std::string body;
};

/// A report about one payment that wants to become an event. Only the rules (rules.hpp) decide whether it does.
struct Candidate {
    Transition transition;
    Facts facts;
    JournalEntry journal;
    std::optional<Terms> terms{};    ///< absent: nobody can be asked about this payment
    core::Rare<Answer> answer{};  ///< of the question that this is the last, or the only, report of
    bool links = true;               ///< its other ids lead to its payment from now on (alias.hpp)
};

/// A canonical, immutable fact about a payment.
struct Event {
    std::string id;  ///< event_id(); equal on every node and after every crash
    Happening happening = Happening::pending;
    core::WallTime timestamp{};  ///< when the rules accepted it
    Facts facts;
    Status status = Status::none;  ///< the payment's state after this event
    std::uint32_t sequence = 0;    ///< strictly increasing per payment, from 1; 0 for an unrecognised callback
    std::optional<std::string> corrects;
    /// The evidence that this very event was published with before; it stands on stronger evidence now. Absent: it is
    /// published for the first time. For those who were not content with the evidence it had.
    std::optional<Evidence> raised_from{};
    core::Rare<JournalEntry> raw;  ///< only of an unrecognised callback
};

/// "evt_" and 32 hex digits: SHA-256 over source, reference and the transition's id, one a line, cut to 128 bits.
std::string event_id(std::string_view source, std::string_view reference, std::string_view transition_id);

/// The transition of a conflict, whoever finds it: a provider's entry or the rules. Conflicts of amount or currency are
/// told apart by the contradicting sum and by whether one final status contradicts another, conflicts of status by
/// status and sum: one wrong sum reported twice is one conflict, but a contradiction of a final sum is not hidden by an
/// earlier one of a mere start. `about`: the id of the transition whose own sum is contradicted (a dispute's); empty
/// when it is the payment's.
Transition conflict_transition(const Conflict& conflict, std::string_view about = {});

/// A reference as every provider here makes them: 1 to 128 printable ASCII characters without space.
bool valid_reference(std::string_view reference) noexcept;

}  // namespace tollgate::event
