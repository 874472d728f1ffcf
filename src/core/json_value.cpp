// JsonValue: reads the tape that a JsonParser has filled.
#include "json_state.hpp"

#include <charconv>
#include <span>

namespace tollgate::core {

std::optional<JsonType> JsonValue::type() const noexcept {
    if (!exists()) return std::nullopt;
    return parser_->state_->nodes[index_].type;
}

bool JsonValue::is(JsonType type) const noexcept {
    return exists() && parser_->state_->nodes[index_].type == type;
}

std::optional<std::string_view> JsonValue::string() const noexcept {
    if (!is(JsonType::string)) return std::nullopt;
    return parser_->state_->nodes[index_].value;
}

std::optional<std::string_view> JsonValue::number() const noexcept {
    if (!is(JsonType::number)) return std::nullopt;
    return parser_->state_->nodes[index_].value;
}

std::optional<std::int64_t> JsonValue::integer() const noexcept {
    const auto digits = number();
    if (!digits) return std::nullopt;
    std::int64_t value = 0;
    const char* const end = digits->data() + digits->size();
    const auto read = std::from_chars(digits->data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return value;
}

std::optional<bool> JsonValue::boolean() const noexcept {
    if (!is(JsonType::boolean)) return std::nullopt;
    return parser_->state_->nodes[index_].truth;
}

std::string_view JsonValue::raw() const noexcept {
    return exists() ? parser_->state_->nodes[index_].raw : std::string_view{};
}

std::string_view JsonValue::key() const noexcept {
    return exists() ? parser_->state_->nodes[index_].key : std::string_view{};
}

std::string_view JsonValue::raw_member() const noexcept {
    if (!exists()) return {};
    const JsonNode& node = parser_->state_->nodes[index_];
    constexpr std::size_t between = 2;  // a quote and a colon
    const bool is_plain = node.key.data() != nullptr && node.key.data() + node.key.size() + between == node.raw.data();
    if (!is_plain) return {};
    return {node.key.data() - 1, 1 + node.key.size() + between + node.raw.size()};
}

JsonValue JsonValue::first_child() const noexcept {
    if (!exists() || parser_->state_->nodes[index_].children == 0) return {};
    return {parser_, index_ + 1};
}

JsonValue JsonValue::next_sibling() const noexcept {
    if (!exists()) return {};
    const auto next = parser_->state_->nodes[index_].next_sibling;
    return next == 0 ? JsonValue{} : JsonValue{parser_, next};
}

JsonValue JsonValue::operator[](std::string_view key) const noexcept {
    if (!is(JsonType::object)) return {};
    const JsonParser::State& state = *parser_->state_;
    const JsonNode& object = state.nodes[index_];
    const auto members = std::span(state.members).subspan(object.first_member, object.children);
    const std::uint32_t tag = name_tag(key);
    JsonValue found;
    for (const JsonMember& member : members) {
        if (member.tag != tag || state.nodes[member.node].key != key) continue;
        found = {parser_, member.node};
        if (!state.limits.allow_duplicate_keys) break;
    }
    return found;
}

}  // namespace tollgate::core
