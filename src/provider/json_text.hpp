// Finding the ends of strings and values in JSON that is copied rather than parsed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace tollgate::provider {

inline constexpr std::string_view white_space = " \t\r\n";

inline std::size_t skip_white_space(std::string_view text, std::size_t at) noexcept {
    return std::min(text.find_first_not_of(white_space, at), text.size());
}

/// Behind the quote that closes the string which the one at `at` opens, or the end of a text that breaks off.
inline std::size_t end_of_string(std::string_view text, std::size_t at) noexcept {
    const char quote = text[at];
    const std::size_t begin = at + 1;
    for (std::size_t next = begin; (at = text.find(quote, next)) != std::string_view::npos; next = at + 1) {
        std::size_t escape = at;
        while (escape > begin && text[escape - 1] == '\\') --escape;
        // Two backslashes are one that escapes nothing.
        if ((at - escape) % 2 == 0) return at + 1;
    }
    return text.size();
}

/// Behind the value that begins at `at`, or the end of a text that breaks off.
inline std::size_t end_of_value(std::string_view text, std::size_t at) noexcept {
    if (at >= text.size()) return text.size();
    if (text[at] == '"') return end_of_string(text, at);
    if (text[at] != '{' && text[at] != '[') return std::min(text.find_first_of(",}] \t\r\n", at), text.size());
    std::size_t depth = 0;
    while (at < text.size()) {
        if (text[at] == '"') {
            at = end_of_string(text, at);
            continue;
        }
        if (text[at] == '{' || text[at] == '[') ++depth;
        if ((text[at] == '}' || text[at] == ']') && --depth == 0) return at + 1;
        ++at;
    }
    return text.size();
}

}  // namespace tollgate::provider
