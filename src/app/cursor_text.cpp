// Implements the texts of cursors.
#include "cursor_text.hpp"

#include <algorithm>

#include <tollgate/core/crypto.hpp>

namespace tollgate::app {
namespace {

constexpr char version = 1;
constexpr std::size_t check_size = 4;

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
void append_number(std::string& out, std::uint64_t number) {
    while (number >= 0x80) {
        out.push_back(static_cast<char>((number & 0x7f) | 0x80));
        number >>= 7;
    }
    out.push_back(static_cast<char>(number));
}

std::optional<std::uint64_t> take_number(std::string_view& bytes) {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        if (bytes.empty()) return std::nullopt;
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) return number;
    }
    return std::nullopt;
}

std::string check_of(std::string_view label, std::string_view bytes) {
    const auto digest = core::sha256({label, bytes});
    return {digest.begin(), digest.begin() + check_size};
}

std::optional<std::string> from_base64url(std::string_view text) {
    if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
    std::string standard(text);
    std::ranges::replace(standard, '-', '+');
    std::ranges::replace(standard, '_', '/');
    standard.append((4 - standard.size() % 4) % 4, '=');
    auto bytes = core::from_base64(standard);
    if (!bytes) return std::nullopt;
    return std::move(*bytes);
}

}  // namespace

std::string cursor_text(std::string_view label, const std::vector<std::uint64_t>& numbers) {
    std::string bytes(1, version);
    append_number(bytes, numbers.size());
    for (const auto number : numbers) append_number(bytes, number);
    bytes += check_of(label, bytes);
    auto text = core::to_base64(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    text.resize(text.find_last_not_of('=') + 1);
    return text;
}

std::optional<std::vector<std::uint64_t>> cursor_numbers(std::string_view label, std::string_view text, std::size_t most) {
    const auto decoded = from_base64url(text);
    if (!decoded || decoded->size() <= check_size) return std::nullopt;
    auto bytes = std::string_view(*decoded);
    const auto check = bytes.substr(bytes.size() - check_size);
    bytes.remove_suffix(check_size);
    if (check != check_of(label, bytes) || bytes.front() != version) return std::nullopt;
    bytes.remove_prefix(1);
    const auto count = take_number(bytes);
    if (!count || *count > most) return std::nullopt;
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < *count; ++i) {
        const auto number = take_number(bytes);
        if (!number) return std::nullopt;
        numbers.push_back(*number);
    }
    if (!bytes.empty()) return std::nullopt;
    return numbers;
}

}  // namespace tollgate::app
