// Implements Query.
#include "api_query.hpp"

#include <algorithm>
#include <charconv>

namespace tollgate::app {
namespace {

std::optional<unsigned> hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
    if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
    return std::nullopt;
}

bool is_alphanumeric(char letter) noexcept {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
}

core::Error invalid(std::string message) {
    return {core::Errc::invalid_argument, std::move(message)};
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const auto high = hex_digit(text[i + 1]);
        const auto low = hex_digit(text[i + 2]);
        if (!high || !low) return std::nullopt;
        decoded.push_back(static_cast<char>(*high * 16 + *low));
        i += 2;
    }
    return decoded;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char letter : text) {
        if (is_alphanumeric(letter) || std::string_view("-._~").find(letter) != std::string_view::npos) {
            encoded.push_back(letter);
            continue;
        }
        const auto byte = static_cast<unsigned char>(letter);
        encoded.push_back('%');
        encoded.push_back(digits[byte / 16]);
        encoded.push_back(digits[byte % 16]);
    }
    return encoded;
}

bool valid_name(std::string_view name) noexcept {
    const auto is_good = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
    };
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_good);
}

core::Result<Query> Query::parse(std::string_view text, std::span<const std::string_view> known) {
    Query query;
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        const auto part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (part.empty()) continue;
        const auto equals = std::min(part.find('='), part.size());
        auto name = percent_decoded(part.substr(0, equals));
        auto value = percent_decoded(part.substr(std::min(equals + 1, part.size())));
        if (!name || !value) return invalid("a % in the query is followed by two hexadecimal digits");
        if (std::ranges::find(known, *name) == known.end()) return invalid("there is no parameter " + *name);
        if (query.find(*name)) return invalid("the parameter " + *name + " comes twice");
        query.values_.emplace_back(std::move(*name), std::move(*value));
    }
    return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const noexcept {
    for (const auto& [key, value] : values_) {
        if (key == name) return value;
    }
    return std::nullopt;
}

core::Result<std::size_t> Query::number(std::string_view name, std::size_t least, std::size_t most, std::size_t otherwise) const {
    const auto text = find(name);
    if (!text) return otherwise;
    std::size_t value = 0;
    const auto* const end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, value);
    if (text->empty() || read.ec != std::errc() || read.ptr != end || value < least || value > most) {
        return invalid(std::string(name) + " is a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return value;
}

}  // namespace tollgate::app
