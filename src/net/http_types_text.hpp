// Small text jobs of HTTP that the edge's files share: names without case, and the format of an answer.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tollgate::net {

/// ASCII only, as HTTP's names are.
constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

/// RFC 9110 section 5.6.2: what methods and the names of headers consist of.
constexpr bool is_token_character(char c) noexcept {
    return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

inline bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

/// What an answer consists of. `extra_headers`: complete lines, each ended by CRLF. An empty `content_type` writes no
/// such header.
struct ResponseParts {
    unsigned status = 200;
    std::string_view content_type;
    std::string_view body;
    std::string_view extra_headers;
    bool close = false;
};

void append_response(std::string& out, const ResponseParts& parts);

}  // namespace tollgate::net
