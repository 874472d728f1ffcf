// What a genuine Unipesa callback means: the status decides, result informs.
#include "fields.hpp"
#include "unipesa.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace tollgate::provider::unipesa {
namespace {

using event::TransitionName;

/// Only what is documented as final is final: 2 success, 3 failed, 4 cancelled. -1 undefined, 0 initiated and 1 in
/// progress are not, and 5 to 7 are allowed by the platform but documented nowhere.
std::optional<TransitionName> transition_of(std::string_view status) {
    if (status == "2") return TransitionName::succeeded;
    if (status == "3") return TransitionName::failed;
    if (status == "4") return TransitionName::cancelled;
    constexpr std::array<std::string_view, 6> open{"-1", "0", "1", "5", "6", "7"};
    if (std::ranges::find(open, status) != open.end()) return TransitionName::pending;
    return std::nullopt;
}

std::optional<std::string> reference_of(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return std::string(text);
}

/// Result code 0 says that all is well, so it explains nothing.
std::optional<event::Reason> reason_of(const FieldTexts& texts) {
    const std::string_view code = text_of(texts, Field::result_code);
    if (code == "0") return std::nullopt;
    event::Reason reason{std::string(code), std::nullopt};
    std::string message = clean_text(text_of(texts, Field::result_message));
    if (message.find_first_not_of(' ') != std::string::npos) reason.message = std::move(message);
    return reason;
}

}  // namespace

std::optional<event::Kind> kind_of(std::string_view operation_type) {
    if (operation_type == "17") return event::Kind::payment;  // payment_c2b
    if (operation_type == "16") return event::Kind::payout;   // payment_b2c
    return std::nullopt;
}

core::Result<std::vector<event::Candidate>> understand(const FieldTexts& texts, core::JsonValue body,
                                                       std::string_view currency) {
    const std::string_view operation_type = text_of(texts, Field::operation_type);
    const std::string_view status = text_of(texts, Field::status);
    const auto kind = kind_of(operation_type);
    if (!kind) return not_understood("an unknown operation_type: " + std::string(operation_type));
    const auto transition = transition_of(status);
    if (!transition) return not_understood("an unknown status: " + std::string(status));
    if (const auto named = text_of(texts, Field::currency); !named.empty()) currency = named;
    auto amount = event::Money::from_major(text_of(texts, Field::amount), currency);
    if (!amount) return not_understood("the amount: " + amount.error().message);

    std::vector<event::Candidate> candidates(1);
    candidates.front().transition.name = *transition;
    event::Facts& facts = candidates.front().facts;
    facts.kind = *kind;
    facts.reference = std::string(text_of(texts, Field::order_id));
    facts.provider_reference = reference_of(text_of(texts, Field::transaction_id));
    facts.network_reference = reference_of(text_of(texts, Field::transaction_ref));
    facts.amount = *std::move(amount);
    std::vector<std::string_view> taken{signature_member,  "order_id", "transaction_id",
                                        "transaction_ref", "amount",   "currency"};
    facts.customer.phone = phone_text(text_of(texts, Field::customer_id));
    if (facts.customer.phone) taken.emplace_back("customer_id");
    if (*transition != TransitionName::succeeded) facts.reason = reason_of(texts);
    Details details;
    facts.details = details.add_members(body, taken).finish();
    return candidates;
}

}  // namespace tollgate::provider::unipesa
