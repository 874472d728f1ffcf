// What HoneyCoin's callbacks mean: the status decides, and while it is pending the step that the customer has to take.
#include "fields.hpp"
#include "honeycoin.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/net/url.hpp>

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

/// A web address that a customer's browser may be sent to, so nothing like javascript:, and none with a password in it.
/// A fragment is the browser's own business.
std::optional<std::string> web_address(JsonValue value) {
    constexpr std::size_t max_size = 2048;
    constexpr std::string_view never_in_a_url = "\"<>\\^`{|}";
    const auto text = value.string();
    if (!text || text->size() > max_size) return std::nullopt;
    const auto is_unusual = [&](char c) {
        return c < 0x21 || c > 0x7e || never_in_a_url.find(c) != std::string_view::npos;
    };
    if (std::ranges::any_of(*text, is_unusual)) return std::nullopt;
    if (!net::parse_url(text->substr(0, text->find('#')))) return std::nullopt;
    return std::string(*text);
}

std::string digest_of(std::string_view text) {
    constexpr std::size_t digest_size = 8;
    if (text.empty()) return {};
    const core::Sha256Digest digest = core::sha256(text);
    return core::to_hex(std::span(digest).first(digest_size));
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
    return is_plain ? std::string(text) : digest_of(text);
}

/// One callback on its way to a candidate.
struct Reading {
    JsonValue body;
    JsonValue data;
    std::vector<std::string_view> taken;  ///< members of `data` that became canonical facts

    template <class Read>
    auto take(std::string_view name, Read read) {
        return take_field(data, name, taken, read);
    }
};

/// The step that a pending payment waits for. None: it only waits.
core::Result<void> read_step(Reading& reading, event::Candidate& candidate) {
    const JsonValue said = reading.data["stepRequired"];
    if (is_silent(said)) return {};
    const auto kind = look_up(steps, said);
    if (!kind) return not_understood("a stepRequired that is not documented");
    event::Action action{*kind, std::nullopt};
    if (*kind == event::ActionKind::redirect) {
        // A step that nobody can take helps nobody, and an address of another kind could do harm in a browser: a person
        // has to look at it. The payment's end will be told by other callbacks.
        action.url = reading.take("redirectUrl", web_address);
        if (!action.url) return not_understood("a redirect whose redirectUrl is no http or https address");
    }
    reading.taken.push_back("stepRequired");
    candidate.transition = {TransitionName::action, std::string(event::to_string(*kind)) + ":" +
                                                        digest_of(action.url.value_or(std::string())) + ":" +
                                                        time_as_sent(reading.body["timestamp"])};
    candidate.facts.action = std::move(action);
    return {};
}

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

core::Result<std::vector<event::Candidate>> understand(JsonValue body) {
    Reading reading{body, body["data"], {}};
    if (std::ranges::find(events, body["event"].string().value_or(std::string_view())) == events.end())
        return not_understood("the event is neither transaction_created nor transaction_updated");
    if (!reading.data.is(core::JsonType::object)) return not_understood("data is missing or not an object");
    const auto kind = look_up(kinds, reading.data["type"]);
    if (!kind) return not_understood("a type that is not documented");
    const auto transition = look_up(transitions, reading.data["status"]);
    if (!transition) return not_understood("a status that is not documented");
    auto reference = reading.take("transactionId", reference_field);
    if (!reference) return not_understood("transactionId is missing or not a reference");

    std::vector<event::Candidate> candidates(1);
    event::Candidate& candidate = candidates.front();
    candidate.transition.name = *transition;
    event::Facts& facts = candidate.facts;
    facts.kind = *kind;
    facts.reference = *std::move(reference);
    facts.merchant_reference = reading.take("externalReference", reference_field);
    // So spelt in callbacks; the status API has the other one.
    facts.network_reference = reading.take("thirdPartReference", reference_field);
    if (!facts.network_reference) facts.network_reference = reading.take("thirdPartyReference", reference_field);
    facts.method = reading.take("method", text_field);
    facts.occurred_at = time_field(body["timestamp"]);
    if (*transition == TransitionName::failed) {
        auto message = reading.take("note", text_field);
        if (message) facts.reason = event::Reason{std::nullopt, std::move(message)};
    }
    // A step that is still named beside an end is over.
    if (*transition == TransitionName::pending) {
        const auto step = read_step(reading, candidate);
        if (!step) return step.error();
    }
    facts.details = details_of(reading, facts.occurred_at.has_value());
    return candidates;
}

}  // namespace tollgate::provider::honeycoin
