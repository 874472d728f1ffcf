// What Startbutton's callbacks and status answers mean: the event name decides, or whoever read the status; the
// transaction gives the facts.
#include "fields.hpp"
#include "startbutton.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace tollgate::provider::startbutton {
namespace {

using core::JsonValue;
using event::TransitionName;

struct Meaning {
    std::string_view event;  ///< empty: of a status answer
    event::Kind kind;
    TransitionName transition;
};

// `verified` is money received, `completed` the same money settled to the merchant, possibly days later.
constexpr std::array meanings{
    Meaning{"collection.verified", event::Kind::payment, TransitionName::succeeded},
    Meaning{"collection.completed", event::Kind::payment, TransitionName::settled},
    Meaning{"topup.successful", event::Kind::topup, TransitionName::succeeded},
    Meaning{"transfer.pending", event::Kind::payout, TransitionName::pending},
    Meaning{"transfer.successful", event::Kind::payout, TransitionName::succeeded},
    Meaning{"transfer.failed", event::Kind::payout, TransitionName::failed},
    Meaning{"transfer.reversed", event::Kind::payout, TransitionName::reversed},
    Meaning{"conversion.successful", event::Kind::conversion, TransitionName::succeeded},
    Meaning{"conversion.pending", event::Kind::conversion, TransitionName::pending},
    Meaning{"conversion.failed", event::Kind::conversion, TransitionName::failed},
    Meaning{"dispute.created", event::Kind::payment, TransitionName::disputed},
    Meaning{"dispute.declined", event::Kind::payment, TransitionName::disputed},
    Meaning{"dispute.processed", event::Kind::payment, TransitionName::disputed},
};

/// One callback or status answer on its way to candidates.
struct Reading {
    Meaning meaning;
    event::Evidence evidence;
    const Exponents& exponents;
    JsonValue body;
    JsonValue data;
    JsonValue subject;                    ///< data.transaction, or `data` itself in a dispute
    std::vector<std::string_view> taken;  ///< members of `subject` that became canonical facts, and what is never shown

    template <class Read>
    auto take(std::string_view name, Read read) {
        return take_field(subject, name, taken, read);
    }
};

/// Whether the event may be believed in spite of the status beside it. The event decides, so a status that has not
/// caught up with it is no trouble; but one that says the opposite is dangerous both ways (goods handed out unpaid, a
/// payout made twice), and so is one that nobody knows. These are all that Startbutton documents, and the word of
/// collection.completed.
bool fits(TransitionName transition, JsonValue status) {
    constexpr std::array<std::string_view, 4> open{"initiated", "pending", "ongoing", "processing"};
    constexpr std::array<std::string_view, 3> good{"verified", "successful", "completed"};
    constexpr std::array<std::string_view, 5> bad{"failed", "declined", "expired", "reversed", "abandoned"};
    if (is_silent(status)) return true;
    const std::string word = plain_field(status);
    const auto is_among = [&word](const auto& words) { return std::ranges::find(words, word) != words.end(); };
    if (is_among(open)) return true;
    // Pending claims nothing that an end could contradict; taken at its word, the payment is at least asked about.
    const bool pending = transition == TransitionName::pending;
    const bool success = transition == TransitionName::succeeded || transition == TransitionName::settled;
    return ((pending || success) && is_among(good)) || (!success && is_among(bad));
}

std::optional<std::string> reason_field(JsonValue value) {
    return message_field(value, secret_name);
}

/// A bare string could be a bank account as well; mobile numbers of Startbutton's countries are 12 digits from 2 on.
std::optional<std::string> recipient_phone(JsonValue recipient) {
    for (const std::string_view name : {"phone", "phoneNumber"})
        if (auto phone = phone_field(recipient[name])) return phone;
    const auto text = recipient.string().value_or(std::string_view());
    if (text.starts_with('+') || (text.starts_with('2') && text.size() == 12)) return phone_field(recipient);
    return std::nullopt;
}

std::optional<std::string> payer_phone(const Reading& reading) {
    for (const JsonValue parent : {reading.data, reading.subject})
        for (const std::string_view object : {"payerInformation", "extraInformation"}) {
            const JsonValue payer = parent[object];
            for (const std::string_view name : {"phone", "phoneNumber"})
                if (auto phone = phone_field(payer[name])) return phone;
        }
    return std::nullopt;
}

core::Result<std::optional<event::Money>> money(const Reading& reading, JsonValue amount) {
    const JsonValue currency = reading.subject["currency"];
    auto sum = scaled_amount(amount, currency, reading.exponents.of(currency.string().value_or(std::string_view())));
    // Without the currency the place of the point would be a guess; the digits stay in the details.
    if (sum && is_silent(currency) && reading.exponents.differ()) return std::optional<event::Money>();
    return sum;
}

/// A sum that only explains another one: what is not plainly an integer of fractional units, quoted or not, is unknown.
std::optional<event::Money> expected_money(const Reading& reading, JsonValue amount) {
    const JsonValue currency = reading.subject["currency"];
    const std::string_view code = currency.string().value_or(std::string_view());
    const auto digits = amount.is(core::JsonType::string) ? amount.string() : amount.number();
    if (!digits || (code.empty() && reading.exponents.differ())) return std::nullopt;
    auto sum = event::Money::from_scaled(*digits, reading.exponents.of(code), code);
    return sum ? std::optional(*std::move(sum)) : std::nullopt;
}

/// Members of the transaction first, then what stands around it; the first of a name wins.
std::string details_of(const Reading& reading) {
    constexpr std::array<std::string_view, 2> callback{"event", "data"};
    // `success` is about the question, and would read like the payment's.
    constexpr std::array<std::string_view, 2> answer{"success", "data"};
    constexpr std::array<std::string_view, 2> around_transaction{"transaction", secret_member};
    Details details;
    details.add("event", reading.body["event"]).add_members(reading.subject, reading.taken);
    if (reading.meaning.transition != TransitionName::disputed) details.add_members(reading.data, around_transaction);
    details.add_members(reading.body, reading.meaning.event.empty() ? answer : callback);
    return masked_json(details.finish(), secret_name);
}

/// Into facts of which nothing is known yet.
core::Result<void> read_common_facts(Reading& reading, event::Facts& facts) {
    facts.kind = reading.meaning.kind;
    auto reference = reading.take("transactionReference", reference_field);
    if (!reference) return not_understood("transactionReference is missing or not a reference");
    facts.reference = *std::move(reference);
    facts.merchant_reference = reading.take("userTransactionReference", reference_field);
    // Top-ups carry the words "Topup account" here.
    facts.customer.email = reading.take("customerEmail", email_field);
    facts.customer.phone =
        facts.kind == event::Kind::payout ? recipient_phone(reading.subject["recipient"]) : payer_phone(reading);
    facts.occurred_at = reading.take("updatedAt", time_field);
    if (!facts.occurred_at) facts.occurred_at = reading.take("createdAt", time_field);
    return {};
}

core::Result<std::vector<event::Candidate>> understand_dispute(Reading reading) {
    event::Candidate candidate;
    const auto common = read_common_facts(reading, candidate.facts);
    if (!common) return common.error();
    auto reference = reading.take("disputeReference", reference_field);
    if (!reference) return not_understood("disputeReference is missing or not a reference");

    // The status is trusted over the event, also one that is not documented.
    std::string status(reading.meaning.event.substr(reading.meaning.event.find('.') + 1));
    if (!is_silent(reading.subject["status"])) {
        status = plain_field(reading.subject["status"]);
        const auto is_plain = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        };
        if (status.empty() || status.size() > 32 || !std::ranges::all_of(status, is_plain))
            return not_understood("the dispute's status is not a word");
        reading.taken.push_back("status");
    }
    auto amount = money(reading, reading.subject["amount"]);
    if (!amount) return amount.error();
    if (*amount) reading.taken.insert(reading.taken.end(), {"amount", "currency"});
    if (auto message = reading.take("reason", reason_field))
        candidate.facts.reason = event::Reason{std::nullopt, std::move(message)};

    candidate.transition = {TransitionName::disputed, *reference + ":" + status};
    candidate.facts.dispute = event::Dispute{*std::move(reference), std::move(status), *std::move(amount)};
    candidate.facts.details = details_of(reading);
    return std::vector<event::Candidate>{std::move(candidate)};
}

/// Bank transfers of the wrong sum arrive as a payment of their own that names the original one.
core::Result<std::optional<event::Related>> related_of(const Reading& reading, JsonValue extra) {
    if (reading.meaning.kind != event::Kind::payment) return std::optional<event::Related>();
    event::Related related;
    const std::string type = plain_field(extra["paymentCollectionType"]);
    if (type == "overpayment")
        related.kind = event::RelatedKind::overpayment;
    else if (type != "underpayment")
        return std::optional<event::Related>();

    auto original = reference_field(extra["originalReference"]);
    if (!original) return not_understood("an " + type + " whose originalReference is missing or not a reference");
    if (*original == reading.subject["transactionReference"].string())
        return not_understood("an " + type + " that names itself as the original");
    related.reference = *std::move(original);
    related.expected_amount = expected_money(reading, extra["expectedAmount"]);
    return std::optional(std::move(related));
}

/// The original payment will not get its sum: said as a conflict, so that nobody waits for it or takes it for paid.
event::Candidate underpaid_original(Reading reading, const event::Candidate& payment, JsonValue extra) {
    // The reference of the payment that arrived instead goes into the details.
    std::erase_if(reading.taken, [](std::string_view name) { return name.ends_with("ransactionReference"); });
    const event::Related& related = *payment.facts.related;
    event::Conflict conflict;
    conflict.kind = event::ConflictKind::amount;
    conflict.kept.amount = related.expected_amount;
    // Succeeded whichever event tells, so that verified and completed report one conflict.
    conflict.contradicting = {event::Status::succeeded, payment.facts.amount, reading.evidence};

    event::Candidate candidate;
    candidate.transition = event::conflict_transition(conflict);
    candidate.facts = payment.facts;
    candidate.facts.reference = related.reference;
    candidate.facts.merchant_reference = reference_field(extra["userTransactionReference"]);
    candidate.facts.expected_amount = related.expected_amount;
    candidate.facts.related.reset();
    candidate.facts.conflict = std::move(conflict);
    candidate.facts.details = details_of(reading);
    return candidate;
}

core::Result<std::vector<event::Candidate>> understand_transaction(Reading reading) {
    const Meaning meaning = reading.meaning;
    if (!reading.subject.is(core::JsonType::object))
        return not_understood("data.transaction is missing or not an object");
    // In a status answer the status is all there is.
    if (!meaning.event.empty() && !fits(meaning.transition, reading.subject["status"]))
        return not_understood("the transaction's status does not fit the event " + std::string(meaning.event));
    std::vector<event::Candidate> candidates(1);
    candidates.front().transition.name = meaning.transition;
    event::Facts& facts = candidates.front().facts;
    const auto common = read_common_facts(reading, facts);
    if (!common) return common.error();
    auto amount = money(reading, reading.subject["amount"]);
    if (!amount) return amount.error();
    if (*amount) reading.taken.insert(reading.taken.end(), {"amount", "currency"});
    facts.amount = *std::move(amount);
    if (meaning.transition == TransitionName::failed || meaning.transition == TransitionName::reversed) {
        auto message = reason_field(reading.subject["reason"]);
        if (!message) message = reason_field(reading.data["reason"]);
        if (!message) message = reason_field(reading.subject["narration"]);
        if (message) facts.reason = event::Reason{std::nullopt, std::move(message)};
    }
    JsonValue extra = reading.data["extraInformation"];
    if (!extra.is(core::JsonType::object)) extra = reading.subject["extraInformation"];
    auto related = related_of(reading, extra);
    if (!related) return related.error();

    facts.related = *std::move(related);
    facts.details = details_of(reading);
    // An underpayment of which neither sum is known leaves nothing that could be held against the original one.
    const bool any_sum = facts.amount || (facts.related && facts.related->expected_amount);
    if (facts.related && facts.related->kind == event::RelatedKind::underpayment && any_sum)
        candidates.push_back(underpaid_original(std::move(reading), candidates.front(), extra));
    return candidates;
}

Reading reading_of(const Meaning& meaning, event::Evidence evidence, JsonValue body, const Exponents& exponents) {
    Reading reading{meaning, evidence, exponents, body, body["data"], {}, {}};
    reading.taken.reserve(16);
    reading.taken.push_back(secret_member);
    reading.subject = meaning.transition == TransitionName::disputed ? reading.data : reading.data["transaction"];
    return reading;
}

}  // namespace

core::Result<std::vector<event::Candidate>> understand(JsonValue body, const Exponents& exponents) {
    const auto name = body["event"].string();
    if (!name) return not_understood("the body has no event name");
    const auto meaning = std::ranges::find(meanings, *name, &Meaning::event);
    if (meaning == meanings.end())
        return not_understood("an unknown event: " + (mentions(*name, secret_name) ? "***" : clean_text(*name, 64)));

    Reading reading = reading_of(*meaning, event::Evidence::signature, body, exponents);
    if (!reading.data.is(core::JsonType::object)) return not_understood("data is missing or not an object");
    const bool is_dispute = meaning->transition == TransitionName::disputed;
    return is_dispute ? understand_dispute(std::move(reading)) : understand_transaction(std::move(reading));
}

core::Result<std::vector<event::Candidate>> understand_status(JsonValue body, event::Kind kind,
                                                              TransitionName transition, const Exponents& exponents) {
    // `successful` says settled of an ordinary collection, but a bank transfer of the wrong sum is `successful` already
    // in the callback that says verified: there it only means paid.
    const bool says_settled = transition == TransitionName::settled;
    auto understood =
        understand_transaction(reading_of({{}, kind, transition}, event::Evidence::requery, body, exponents));
    if (!understood || !says_settled) return understood;

    std::vector<event::Candidate> candidates = *std::move(understood);
    const bool wrong_sum = candidates.front().facts.related.has_value();
    if (!wrong_sum) candidates.push_back(candidates.front());
    candidates.front().transition.name = TransitionName::succeeded;
    return candidates;
}

}  // namespace tollgate::provider::startbutton
