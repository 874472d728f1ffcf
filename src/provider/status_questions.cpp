// Header values and path segments.
#include "status_questions.hpp"

#include <algorithm>

namespace tollgate::provider {
namespace {

bool is_unreserved(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
}

}  // namespace

bool fits_a_header(std::string_view text) noexcept {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    return text.front() != ' ' && text.back() != ' ' && std::ranges::none_of(text, is_control);
}

core::Result<std::string> path_segment(std::string_view id) {
    if (id.empty() || id == "." || id == "..")
        return core::Error(core::Errc::invalid_argument, "an id that cannot stand in a path");
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string segment;
    for (const char c : id) {
        if (is_unreserved(c)) {
            segment += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        segment.append(1, '%').append(1, hex[byte >> 4]).append(1, hex[byte & 15U]);
    }
    return segment;
}

}  // namespace tollgate::provider
