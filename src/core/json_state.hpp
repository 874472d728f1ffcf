// What a JsonParser keeps of its last document: a flat tape of nodes, in wire order, over its own copy of the text.
#pragma once

#include <tollgate/core/json.hpp>

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::core {

/// One value. Its first child, when it has any, is the node right behind it.
struct JsonNode {
    std::string_view raw;            ///< in JsonParser::State::text
    std::string_view key;            ///< in the text; if it has escapes there, unescaped in simdjson's buffer
    std::string_view value;          ///< a string unescaped, or the text of a number
    std::uint32_t next_sibling = 0;  ///< 0: none, for the root is nobody's sibling
    std::uint32_t children = 0;
    std::uint32_t first_member = 0;  ///< of an object, in JsonParser::State::members
    JsonType type = JsonType::null;
    bool truth = false;
};

/// Of a name: the low byte of its length, and its first, middle and last byte. Names that differ in it differ.
inline std::uint32_t name_tag(std::string_view name) noexcept {
    if (name.empty()) return 0;
    const auto byte = [name](std::size_t at) { return std::uint32_t{static_cast<std::uint8_t>(name[at])}; };
    return static_cast<std::uint8_t>(name.size()) | byte(0) << 8 | byte(name.size() / 2) << 16 |
           byte(name.size() - 1) << 24;
}

/// A member of an object as it is looked for: most of those that are not the one differ in their tag already. The
/// members of an object lie next to each other, in wire order.
struct JsonMember {
    std::uint32_t tag = 0;  ///< name_tag() of its key
    std::uint32_t node = 0;
};

/// Owned by one JsonParser; on the thread of its owner.
struct JsonParser::State {
    JsonLimits limits;
    simdjson::ondemand::parser parser;
    std::string text;  ///< the document in brackets, and the padding that simdjson reads beyond
    std::vector<JsonNode> nodes;
    std::vector<JsonMember> members;
    std::vector<std::string_view> keys;  ///< scratch of the search for duplicates
};

}  // namespace tollgate::core
