// What Moolre's callbacks say, and the facts of its status answers: of all the words for success and failure in a
// callback, only txstatus counts.
#include "fields.hpp"
#include "moolre.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace tollgate::provider::moolre {
namespace {

using core::JsonValue;
using event::TransitionName;

/// The documentation has the first; callbacks with the other one have been seen.
constexpr std::array status_names{std::string_view("txstatus"), std::string_view("txtstatus")};

/// One callback or status answer on its way to a candidate.
struct Reading {
    explicit Reading(JsonValue body_) : body(body_) {
        if (body["data"].is(core::JsonType::object)) data = body["data"];
    }

    JsonValue body;
    JsonValue data;  ///< absent in the flat form
    /// Members that became canonical facts, and what is never shown.
    std::vector<std::string_view> taken_of_body{secret_member};
    std::vector<std::string_view> taken_of_data{secret_member};

    void take(std::string_view name) {
        taken_of_body.push_back(name);
        taken_of_data.push_back(name);
    }

    /// A member by its name, wherever this form has it. Errors: it is there twice, and they differ.
    [[nodiscard]] core::Result<JsonValue> find(std::string_view name) const {
        const JsonValue inner = data[name];
        const JsonValue outer = body[name];
        if (is_silent(inner)) return outer;
        if (!is_silent(outer) && outer.raw() != inner.raw())
            return not_understood(std::string(name) + " is there twice, and differs");
        return inner;
    }
};

/// Documented as a number (a double, even) and as a string; nothing else is taken for one of the three.
std::optional<TransitionName> meaning_of(JsonValue status) {
    const std::string_view text = status.string().value_or(status.number().value_or(std::string_view()));
    const bool is_number = status.is(core::JsonType::number);
    const auto is = [&](std::string_view digit) {
        return text == digit || (is_number && text.starts_with(digit) && text.substr(digit.size()) == ".0");
    };
    if (is("1")) return TransitionName::succeeded;
    if (is("0")) return TransitionName::pending;
    if (is("2")) return TransitionName::failed;
    return std::nullopt;
}

core::Result<std::optional<TransitionName>> read_status(Reading& reading) {
    std::optional<TransitionName> status;
    for (const std::string_view name : status_names) {
        const auto said = reading.find(name);
        if (!said) return said.error();
        if (is_silent(*said)) continue;
        const auto meaning = meaning_of(*said);
        if (!meaning) return not_understood("a " + std::string(name) + " that is not documented");
        if (status && *status != *meaning) return not_understood("txstatus and txtstatus contradict each other");
        status = meaning;
        reading.take(name);
    }
    return status;
}

core::Result<std::optional<std::string>> take_id(Reading& reading, std::string_view name) {
    const auto said = reading.find(name);
    if (!said) return said.error();
    auto id = id_field(*said);
    if (id) reading.take(name);
    return id;
}

/// What the customer paid, in major units; `value` beside it may be what is left after fees, so it stays in the
/// details.
core::Result<std::optional<event::Money>> take_amount(Reading& reading, std::string_view currency) {
    const auto said = reading.find("amount");
    if (!said) return said.error();
    if (is_silent(*said)) return std::optional<event::Money>();
    const auto digits = said->is(core::JsonType::string) ? said->string() : said->number();
    if (!digits) return not_understood("the amount is neither a string nor a number");
    auto money = event::Money::from_major(*digits, currency);
    if (!money) return money.error();
    reading.take("amount");
    return std::optional(*std::move(money));
}

/// A string, or a list of them.
std::optional<std::string> message_of(JsonValue message) {
    if (message.is(core::JsonType::string)) return message_field(message, secret_name);
    std::string all;
    for (auto part = message.first_child(); part.exists() && all.size() <= max_text_size; part = part.next_sibling()) {
        const auto text = message_field(part, secret_name);
        if (text) all.append(all.empty() ? "" : "; ").append(*text);
    }
    return all.empty() ? std::nullopt : std::optional(clean_text(all));
}

std::optional<std::string> code_of(JsonValue code) {
    return message_field(code, secret_name);
}

std::optional<event::Reason> take_reason(Reading& reading) {
    event::Reason reason;
    const auto look_in = [&reason](JsonValue object, std::vector<std::string_view>& taken) {
        if (!reason.code) reason.code = take_field(object, "code", taken, code_of);
        if (!reason.message) reason.message = take_field(object, "message", taken, message_of);
    };
    look_in(reading.body, reading.taken_of_body);
    look_in(reading.data, reading.taken_of_data);
    return reason.code || reason.message ? std::optional(std::move(reason)) : std::nullopt;
}

std::string details_of(const Reading& reading) {
    std::vector<std::string_view> outer = reading.taken_of_body;
    if (reading.data.exists()) outer.emplace_back("data");
    Details details;
    details.add_members(reading.data, reading.taken_of_data);
    details.add_members(reading.body, outer);
    return masked_json(details.finish(), secret_name);
}

}  // namespace

std::optional<std::string> id_field(JsonValue value) {
    if (const auto integer = value.integer(); integer && *integer >= 0) return std::string(*value.number());
    return reference_field(value);
}

core::Result<JsonValue> find_member(JsonValue body, std::string_view name) {
    return Reading(body).find(name);
}

core::Result<std::optional<TransitionName>> status_of(JsonValue body) {
    Reading reading(body);
    return read_status(reading);
}

event::Reason reason_of(JsonValue body) {
    Reading reading(body);
    return take_reason(reading).value_or(event::Reason{});
}

core::Result<std::vector<event::Candidate>> understand(JsonValue body, std::string_view currency) {
    if (!body.is(core::JsonType::object)) return not_understood("the body is not an object");
    Reading reading(body);
    const auto status = read_status(reading);
    if (!status) return status.error();
    if (!*status) return not_understood("txstatus is missing");
    auto reference = take_id(reading, "externalref");
    if (!reference) return reference.error();
    if (!*reference) return not_understood("externalref is missing or not a reference");
    auto provider_reference = take_id(reading, "transactionid");
    if (!provider_reference) return provider_reference.error();
    auto network_reference = take_id(reading, "thirdpartyref");
    if (!network_reference) return network_reference.error();
    auto amount = take_amount(reading, currency);
    if (!amount) return amount.error();
    const auto payer = reading.find("payer");
    if (!payer) return payer.error();

    std::vector<event::Candidate> candidates(1);
    candidates.front().transition.name = **status;
    event::Facts& facts = candidates.front().facts;
    facts.reference = **std::move(reference);
    facts.provider_reference = *std::move(provider_reference);
    facts.network_reference = *std::move(network_reference);
    facts.amount = *std::move(amount);
    facts.customer.phone = phone_field(*payer);
    if (facts.customer.phone) reading.take("payer");
    if (**status == TransitionName::failed) facts.reason = take_reason(reading);
    facts.details = details_of(reading);
    return candidates;
}

}  // namespace tollgate::provider::moolre
