// Checking a customer's way, and naming the transition that shows it.
#include "actions.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/net/url.hpp>

#include <algorithm>
#include <span>

namespace tollgate::provider {

std::optional<std::string> web_address_field(core::JsonValue value) {
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

std::string short_digest(std::string_view text) {
    constexpr std::size_t digest_size = 8;
    if (text.empty()) return {};
    const core::Sha256Digest digest = core::sha256(text);
    return core::to_hex(std::span(digest).first(digest_size));
}

event::Transition action_transition(const event::Action& action, std::string_view provider_time) {
    std::string qualifier(event::to_string(action.kind));
    qualifier.append(":").append(short_digest(action.url.value_or(std::string()))).append(":").append(provider_time);
    return {event::TransitionName::action, std::move(qualifier)};
}

}  // namespace tollgate::provider
