// JsonValue: reads the tape that a JsonParser has filled.
#include "json_state.hpp"

#include <charconv>

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
    const std::vector<JsonNode>& nodes = parser_->state_->nodes;
    JsonValue found;
    std::uint32_t member = nodes[index_].children == 0 ? 0 : index_ + 1;
    for (; member != 0; member = nodes[member].next_sibling) {
        if (nodes[member].key != key) continue;
        found = {parser_, member};
        if (!parser_->state_->limits.allow_duplicate_keys) break;
    }
    return found;
}

}  // namespace tollgate::core
