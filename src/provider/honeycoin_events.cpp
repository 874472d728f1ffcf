// What HoneyCoin's callbacks mean: the status decides, and while it is pending the step that the customer has to take.
#include "actions.hpp"
#include "fields.hpp"
#include "honeycoin.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace tollgate::provider::honeycoin {
namespace {

using core::JsonValue;
using event::TransitionName;

constexpr std::array events{std::string_view("transaction_created"), std::string_view("transaction_updated")};

constexpr std::array<std::pair<std::string_view, event::Kind>, 4> kinds{{
    {"deposit", event::Kind::payment},
    {"withdrawal", event::Kind::payout},
    {"offramp", event::Kind::conversion},
    {"onramp", event::Kind::conversion},
}};

constexpr std::array<std::pair<std::string_view, TransitionName>, 3> transitions{{
    {"pending", TransitionName::pending},
    {"successful", TransitionName::succeeded},
    {"failed", TransitionName::failed},
}};

constexpr std::array<std::pair<std::string_view, event::ActionKind>, 2> steps{{
    {"otp", event::ActionKind::otp},
    {"redirect", event::ActionKind::redirect},
}};

/// What `word` stands for; the status API writes the same words in capitals, so case does not matter.
template <class Meaning, std::size_t size>
std::optional<Meaning> look_up(const std::array<std::pair<std::string_view, Meaning>, size>& table, JsonValue word) {
    const auto found = std::ranges::find(table, plain_field(word), &std::pair<std::string_view, Meaning>::first);
    return found == table.end() ? std::nullopt : std::optional(found->second);
}

/// The provider's own time as it was sent, good or not: the same step told twice is one only if nothing in it changed.
/// What is written with other characters than times are could be anything, so only its digest becomes part of an id.
std::string time_as_sent(JsonValue timestamp) {
    constexpr std::size_t max_size = 40;
    if (is_silent(timestamp)) return {};
    const std::string_view text = timestamp.string().value_or(timestamp.raw());
    const auto belongs_to_a_time = [](char c) {
        return (c >= '0' && c <= '9') || std::string_view("TZtz:.+-").find(c) != std::string_view::npos;
    };
    const bool is_plain = text.size() <= max_size && std::ranges::all_of(text, belongs_to_a_time);
    return is_plain ? std::string(text) : short_digest(text);
}

/// One callback on its way to a candidate.
struct Reading {
    JsonValue body;
    JsonValue data;
    std::vector<std::string_view> taken;  ///< members of `data` that became canonical facts
};

/// Members of `data` first, then what stands around it; the first of a name wins.
std::string details_of(const Reading& reading, bool has_time) {
    std::vector<std::string_view> envelope{"event", "data"};
    if (has_time) envelope.push_back("timestamp");
    Details details;
    details.add("event", reading.body["event"]);
    details.add_members(reading.data, reading.taken);
    details.add_members(reading.body, envelope);
    return details.finish();
}

}  // namespace

std::optional<event::Kind> kind_of(JsonValue type) {
    return look_up(kinds, type);
}

std::optional<TransitionName> transition_of(JsonValue status) {
    return look_up(transitions, status);
}

core::Result<std::optional<event::Action>> step_of(JsonValue data, std::vector<std::string_view>& taken) {
    const JsonValue said = data["stepRequired"];
    if (is_silent(said)) return std::optional<event::Action>();
    const auto kind = look_up(steps, said);
    if (!kind) return not_understood("a stepRequired that is not documented");
    event::Action action{*kind, std::nullopt};
    if (*kind == event::ActionKind::redirect) {
        action.url = take_field(data, "redirectUrl", taken, web_address_field);
        if (!action.url) return not_understood("a redirect whose redirectUrl is no http or https address");
    }
    taken.push_back("stepRequired");
    return std::optional<event::Action>(std::move(action));
}

void read_facts(JsonValue data, TransitionName transition, event::Facts& facts, std::vector<std::string_view>& taken) {
    facts.merchant_reference = take_field(data, "externalReference", taken, reference_field);
    // So spelt in callbacks; the status API has the other one.
    facts.network_reference = take_field(data, "thirdPartReference", taken, reference_field);
    if (!facts.network_reference)
        facts.network_reference = take_field(data, "thirdPartyReference", taken, reference_field);
    facts.method = take_field(data, "method", taken, text_field);
    if (transition != TransitionName::failed) return;
    auto message = take_field(data, "note", taken, text_field);
    if (message) facts.reason = event::Reason{std::nullopt, std::move(message)};
}

core::Result<std::vector<event::Candidate>> understand(JsonValue body) {
    Reading reading{body, body["data"], {}};
    if (std::ranges::find(events, body["event"].string().value_or(std::string_view())) == events.end())
        return not_understood("the event is neither transaction_created nor transaction_updated");
    if (!reading.data.is(core::JsonType::object)) return not_understood("data is missing or not an object");
    const auto kind = kind_of(reading.data["type"]);
    if (!kind) return not_understood("a type that is not documented");
    const auto transition = transition_of(reading.data["status"]);
    if (!transition) return not_understood("a status that is not documented");
    auto reference = take_field(reading.data, "transactionId", reading.taken, reference_field);
    if (!reference) return not_understood("transactionId is missing or not a reference");

    std::vector<event::Candidate> candidates(1);
    event::Candidate& candidate = candidates.front();
    candidate.transition.name = *transition;
    event::Facts& facts = candidate.facts;
    facts.kind = *kind;
    facts.reference = *std::move(reference);
    read_facts(reading.data, *transition, facts, reading.taken);
    facts.occurred_at = time_field(body["timestamp"]);
    // A step that is still named beside an end is over.
    if (*transition == TransitionName::pending) {
        // A step that nobody can take helps nobody, and an address of another kind could do harm in a browser: a person
        // has to look at it. The payment's end will be told by other callbacks.
        auto step = step_of(reading.data, reading.taken);
        if (!step) return step.error();
        facts.action = *std::move(step);
        if (facts.action) candidate.transition = action_transition(*facts.action, time_as_sent(body["timestamp"]));
    }
    facts.details = details_of(reading, facts.occurred_at.has_value());
    return candidates;
}

}  // namespace tollgate::provider::honeycoin
