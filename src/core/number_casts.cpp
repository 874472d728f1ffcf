// Number casts. The doubles here are part of the signature scheme: what a sender's language did to a number before it
// signed it. No sum of money is ever taken from one.
#include <tollgate/core/number_casts.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace tollgate::core {
namespace {

constexpr int php_precision = 14;

double to_double(std::string_view token) {
    double value = 0;
    const auto read = std::from_chars(token.data(), token.data() + token.size(), value);
    if (read.ec != std::errc::result_out_of_range) return value;
    // It does not say which end of the range was left. Nothing here sets a locale, so strtod reads points, too.
    return std::strtod(std::string(token).c_str(), nullptr);
}

std::optional<std::int64_t> to_integer(std::string_view token) {
    std::int64_t value = 0;
    const char* const end = token.data() + token.size();
    const auto read = std::from_chars(token.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return value;
}

/// A finite number not 0 as d.ddd x 10^exponent.
struct Decimal {
    std::string digits;
    int point = 0;  ///< the value is 0.DIGITS x 10^point
};

enum class Zeros : std::uint8_t { cut, kept };  ///< those at the end of the digits

Decimal take_apart(std::string_view scientific, Zeros zeros) {
    Decimal decimal;
    const auto e = scientific.find('e');
    for (const char c : scientific.substr(0, e))
        if (c != '.') decimal.digits += c;
    if (zeros == Zeros::cut) decimal.digits.resize(decimal.digits.find_last_not_of('0') + 1);
    std::string_view exponent = scientific.substr(e + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), decimal.point);
    ++decimal.point;
    return decimal;
}

/// Without an exponent: "1230", "1.23", "0.00123".
std::string plain_text(const Decimal& decimal) {
    const auto size = static_cast<int>(decimal.digits.size());
    if (decimal.point <= 0) return "0." + std::string(static_cast<std::size_t>(-decimal.point), '0') + decimal.digits;
    if (size <= decimal.point) return decimal.digits + std::string(static_cast<std::size_t>(decimal.point - size), '0');
    const auto whole = static_cast<std::size_t>(decimal.point);
    return decimal.digits.substr(0, whole) + '.' + decimal.digits.substr(whole);
}

/// "1.5E-7"; `bare_point`: what stands behind the first digit when it is the only one.
std::string exponent_text(const Decimal& decimal, std::string_view bare_point, char letter) {
    std::string text(1, decimal.digits.front());
    if (decimal.digits.size() > 1)
        text.append(".").append(decimal.digits, 1);
    else
        text.append(bare_point);
    const int exponent = decimal.point - 1;
    return text + letter + (exponent < 0 ? '-' : '+') + std::to_string(std::abs(exponent));
}

/// Whole numbers of 15 digits that end in 5 lie between two numbers of 14. PHP's conversion (David Gay's dtoa, in the
/// branch for small integers) cuts no zeros there: 340605289010905 becomes "3.4060528901090E+14".
bool is_tie(double size) {
    return size >= 1e14 && size < 1e15 && std::trunc(size) == size && std::fmod(size, 10) == 5;
}

std::string with_sign(bool negative, std::string text) {
    return negative ? '-' + text : text;
}

}  // namespace

std::string php_number(std::string_view token) {
    if (const auto integer = to_integer(token)) return std::to_string(*integer);
    const double value = to_double(token);
    const bool negative = std::signbit(value);
    const double size = std::abs(value);
    if (std::isinf(size)) return with_sign(negative, "INF");
    if (size == 0) return with_sign(negative, "0");

    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), size, std::chars_format::scientific,
                                   php_precision - 1)
                         .ptr;
    const Decimal decimal = take_apart({buffer.data(), end}, is_tie(size) ? Zeros::kept : Zeros::cut);
    const bool fits = decimal.point >= -3 && decimal.point <= php_precision;
    return with_sign(negative, fits ? plain_text(decimal) : exponent_text(decimal, ".0", 'E'));
}

std::string javascript_number(std::string_view token) {
    const double value = to_double(token);
    const bool negative = std::signbit(value);
    const double size = std::abs(value);
    if (std::isinf(size)) return with_sign(negative, "Infinity");
    if (size == 0) return "0";

    std::array<char, 32> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), size, std::chars_format::scientific).ptr;
    const Decimal decimal = take_apart({buffer.data(), end}, Zeros::cut);
    constexpr int longest_plain = 21;
    const bool fits = decimal.point > -6 && decimal.point <= longest_plain;
    return with_sign(negative, fits ? plain_text(decimal) : exponent_text(decimal, "", 'e'));
}

}  // namespace tollgate::core
