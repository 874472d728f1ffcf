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
    std::string_view key;            ///< unescaped; in the string buffer of the simdjson parser
    std::string_view value;          ///< a string unescaped, or the text of a number
    std::uint32_t next_sibling = 0;  ///< 0: none, for the root is nobody's sibling
    std::uint32_t children = 0;
    JsonType type = JsonType::null;
    bool truth = false;
};

/// Owned by one JsonParser; on the thread of its owner.
struct JsonParser::State {
    JsonLimits limits;
    simdjson::ondemand::parser parser;
    std::string text;  ///< the document in brackets, and the padding that simdjson reads beyond
    std::vector<JsonNode> nodes;
    std::vector<std::string_view> keys;  ///< scratch of the search for duplicates
};

}  // namespace tollgate::core
