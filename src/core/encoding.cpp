// Hexadecimal and Base64, strict in what they decode.
#include <tollgate/core/crypto.hpp>

#include <cassert>

namespace tollgate::core {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xff;

/// What each byte stands for in `letters`; no_digit for all others.
constexpr std::array<std::uint8_t, 256> values_of(std::string_view letters) {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < letters.size(); ++i) {
        values[static_cast<std::uint8_t>(letters[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}

constexpr auto hex_values = values_of(hex_digits);
constexpr auto base64_values = values_of(base64_letters);

std::uint8_t base64_value(char letter) {
    return base64_values[static_cast<std::uint8_t>(letter)];
}

/// Appends the bytes of two to four letters; false when one is no letter, or bits are set that belong to no byte
/// (RFC 4648 section 3.5: one text per value).
bool decode_group(std::string_view letters, std::string& out) {
    assert(letters.size() >= 2 && letters.size() <= 4);
    std::uint32_t bits = 0;
    for (const char letter : letters) {
        const auto value = base64_value(letter);
        if (value == no_digit) return false;
        bits = bits << 6 | value;
    }
    bits <<= 6 * (4 - letters.size());
    for (std::size_t bytes = letters.size() - 1; bytes > 0; --bytes) {
        out += static_cast<char>(bits >> 16 & 0xff);
        bits <<= 8;
    }
    return (bits & 0xffffff) == 0;
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
    std::string text(bytes.size() * 2, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text[2 * i] = hex_digits[bytes[i] >> 4];
        text[2 * i + 1] = hex_digits[bytes[i] & 0xf];
    }
    return text;
}

bool from_lower_hex(std::string_view text, std::span<std::uint8_t> out) noexcept {
    if (text.size() != 2 * out.size()) return false;
    // Asked once, at the end: of what is no digit all bits are set, of a digit at most the four low ones.
    std::uint8_t seen = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::uint8_t high = hex_values[static_cast<std::uint8_t>(text[2 * i])];
        const std::uint8_t low = hex_values[static_cast<std::uint8_t>(text[2 * i + 1])];
        seen = static_cast<std::uint8_t>(seen | high | low);
        out[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return seen <= 0xf;
}

std::string to_base64(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    while (!bytes.empty()) {
        const auto group = bytes.first(bytes.size() < 3 ? bytes.size() : 3);
        std::uint32_t bits = 0;
        for (const auto byte : group) bits = bits << 8 | byte;
        bits <<= 8 * (3 - group.size());
        for (std::size_t i = 0; i < 4; ++i) {
            text += i <= group.size() ? base64_letters[bits >> (18 - 6 * i) & 0x3f] : '=';
        }
        bytes = bytes.subspan(group.size());
    }
    return text;
}

std::string to_base64(std::string_view bytes) {
    return to_base64(as_bytes(bytes));
}

Result<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return Error(Errc::malformed, "not Base64: the length is not a multiple of four");
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    while (!text.empty()) {
        std::string_view group = text.substr(0, 4);
        text.remove_prefix(4);
        if (text.empty()) {
            for (int padding = 0; padding < 2 && group.back() == '='; ++padding) group.remove_suffix(1);
        }
        if (!decode_group(group, bytes)) {
            return Error(Errc::malformed, "not Base64: a character or a padding that does not belong there");
        }
    }
    return bytes;
}

}  // namespace tollgate::core
