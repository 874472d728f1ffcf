// Implements ApiBody.
#include "api_body.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::app {
namespace {

/// Enough to recognise it by; the rest is the caller's own.
constexpr std::size_t longest_named = 64;

core::Error invalid(std::string message) {
    return {core::Errc::invalid_argument, std::move(message)};
}

}  // namespace

core::Result<ApiBody> ApiBody::parse(std::string_view text, std::span<const std::string_view> known) {
    ApiBody body;
    const auto parsed = body.parser_->parse(text);
    if (!parsed) return invalid("the body is no JSON object: " + parsed.error().message);
    if (!parsed->is(core::JsonType::object)) return invalid("the body is no JSON object");
    for (auto member = parsed->first_child(); member.exists(); member = member.next_sibling()) {
        if (std::ranges::find(known, member.key()) != known.end()) continue;
        return invalid("there is no member " + std::string(member.key().substr(0, longest_named)));
    }
    body.object_ = *parsed;
    return body;
}

core::Result<std::optional<std::string>> ApiBody::find_text(std::string_view name, std::size_t max_bytes) const {
    const auto member = object_[name];
    if (!member.exists()) return std::optional<std::string>();
    const auto value = member.string();
    if (!value || value->empty() || value->size() > max_bytes) {
        return invalid(std::string(name) + " is a string of 1 to " + std::to_string(max_bytes) + " bytes");
    }
    return std::optional<std::string>(*value);
}

core::Result<std::optional<bool>> ApiBody::find_flag(std::string_view name) const {
    const auto member = object_[name];
    if (!member.exists()) return std::optional<bool>();
    const auto value = member.boolean();
    if (!value) return invalid(std::string(name) + " is true or false");
    return std::optional<bool>(*value);
}

core::Result<std::string> ApiBody::text(std::string_view name, std::size_t max_bytes) const {
    auto found = find_text(name, max_bytes);
    if (!found) return found.error();
    if (!*found) return invalid(std::string(name) + " is missing");
    return std::move(**found);
}

}  // namespace tollgate::app
