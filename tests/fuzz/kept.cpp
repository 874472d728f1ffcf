// Encodes candidates as their events, and tells where in a body a secret stands.
#include "kept.hpp"

#include "must.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/event/codec.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace tollgate::fuzz {
namespace {

constexpr core::JsonLimits generous{.max_depth = 62, .allow_duplicate_keys = true};

bool is_one_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<std::uint8_t>(c) < 0x20; });
}

event::Event as_event(const event::Candidate& candidate) {
    event::Event event;
    event.id = event::event_id(candidate.facts.source, candidate.facts.reference, candidate.transition.id());
    event.facts = candidate.facts;
    if (candidate.transition.name == event::TransitionName::unrecognised) {
        event.happening = event::Happening::unrecognised;
        event.raw.emplace();
    }
    return event;
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

bool is_called(std::string_view key, std::string_view name) {
    std::string letters;
    for (const char c : key) {
        if (c == '_' || c == '-') continue;
        letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    return letters == name;
}

std::size_t count_under(core::JsonValue value, std::string_view canary, std::string_view name) {
    std::size_t found = 0;
    for (auto child = value.first_child(); child.exists(); child = child.next_sibling())
        found += is_called(child.key(), name) ? count(child.raw(), canary) : count_under(child, canary, name);
    return found;
}

}  // namespace

void check_candidate(const event::Candidate& candidate) {
    const event::Facts& facts = candidate.facts;
    must(event::valid_reference(facts.reference), "the reference is valid", facts.reference);
    for (const auto& alias : {facts.merchant_reference, facts.provider_reference, facts.network_reference})
        must(!alias || event::valid_reference(*alias), "an alias is a valid reference", alias.value_or(""));
    if (facts.related) must(event::valid_reference(facts.related->reference), "the related reference is valid");
    must(!candidate.transition.id().empty() && is_one_line(candidate.transition.id()), "the transition has an id");
    for (const auto& text : {facts.method, facts.customer.phone, facts.customer.email})
        must(!text || (!text->empty() && is_one_line(*text)), "a text is one line, not empty", text.value_or(""));
    if (facts.reason) {
        for (const auto& text : {facts.reason->code, facts.reason->message})
            must(!text || is_one_line(*text), "a reason is one line", text.value_or(""));
    }

    core::JsonParser parser(generous);
    const auto details = parser.parse(facts.details);
    must(details.has_value() && details->is(core::JsonType::object), "details are a JSON object", facts.details);
    must(is_one_line(facts.details), "details are one line", facts.details);
    const auto encoded = event::encode(as_event(candidate));
    must(is_one_line(encoded) && parser.parse(encoded).has_value(), "its event is JSON on one line", encoded);
}

std::string meaning_of(const event::Candidate& candidate) {
    // The reference of what is not understood is a digest of the body: as good as none.
    if (candidate.transition.name == event::TransitionName::unrecognised) return "unrecognised";
    return event::encode(as_event(candidate));
}

std::string kept_of(const event::Candidate& candidate) {
    return event::encode(as_event(candidate)) + '\n' + candidate.facts.reference + '\n' +
           candidate.journal.content_type + '\n' + candidate.journal.body;
}

bool is_secret_throughout(std::string_view body, std::string_view canary, std::string_view name) {
    const auto everywhere = count(body, canary);
    if (everywhere == 0) return false;
    core::JsonParser parser(generous);
    const auto parsed = parser.parse(body);
    if (parsed) return count_under(*parsed, canary, name) == everywhere;
    // Not JSON: only where the member stands right before it, as it is usually spelt.
    for (auto at = body.find(canary); at != std::string_view::npos; at = body.find(canary, at + 1)) {
        constexpr std::string_view between = "\":\"";
        if (!body.substr(0, at).ends_with(between)) return false;
        const auto key = body.substr(0, at - between.size());
        const auto quote = key.rfind('"');
        if (quote == std::string_view::npos || !is_called(key.substr(quote + 1), name)) return false;
    }
    return true;
}

}  // namespace tollgate::fuzz
