// Money: reading decimal digits, scaling them to minor units, comparing them as text.
#include <tollgate/event/money.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace tollgate::event {
namespace {

constexpr std::size_t max_digits = 30;
constexpr unsigned max_exponent = 6;

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

bool valid_currency(std::string_view code) noexcept {
    return code.size() == 3 && std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
}

core::Error malformed(std::string_view what) {
    return {core::Errc::malformed, "amount: " + std::string(what)};
}

std::string_view without_trailing_zeros(std::string_view fraction) noexcept {
    const auto last = fraction.find_last_not_of('0');
    return fraction.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

struct Parts {
    std::string_view whole;
    std::string_view fraction;  ///< without trailing zeros
};

Parts split(std::string_view value) noexcept {
    const auto point = value.find('.');
    if (point == std::string_view::npos) return {value, {}};
    return {value.substr(0, point), without_trailing_zeros(value.substr(point + 1))};
}

/// The number whole.fraction times 10^decimals, when that is an integer which fits.
std::optional<std::int64_t> scale(std::string_view whole, std::string_view fraction, unsigned decimals) noexcept {
    fraction = without_trailing_zeros(fraction);
    if (fraction.size() > decimals) return std::nullopt;

    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max();
    std::int64_t scaled = 0;
    const auto append = [&scaled](char digit) {
        const std::int64_t units = digit - '0';
        if (scaled > (limit - units) / 10) return false;
        scaled = scaled * 10 + units;
        return true;
    };
    if (!std::ranges::all_of(whole, append) || !std::ranges::all_of(fraction, append)) return std::nullopt;
    for (std::size_t place = fraction.size(); place < decimals; ++place)
        if (!append('0')) return std::nullopt;
    return scaled;
}

}  // namespace

core::Result<Money> Money::from_major(std::string_view digits, std::string_view currency) {
    return from_decimal(digits, currency, Zeros::added);
}

core::Result<Money> Money::from_stored(std::string_view value, std::string_view currency) {
    return from_decimal(value, currency, Zeros::as_given);
}

core::Result<Money> Money::from_decimal(std::string_view digits, std::string_view currency, Zeros zeros) {
    const auto point = digits.find('.');
    const std::string_view whole = digits.substr(0, point);
    if (!all_digits(whole)) return malformed("not a decimal number like 3000.00");
    if (point == std::string_view::npos) return make(std::string(whole), {}, currency, zeros);

    const std::string_view fraction = digits.substr(point + 1);
    if (!all_digits(fraction)) return malformed("no digits behind the point, or something else than digits");
    return make(std::string(whole), std::string(fraction), currency, zeros);
}

core::Result<Money> Money::from_scaled(std::string_view digits, unsigned exponent, std::string_view currency) {
    if (exponent > max_exponent)
        return core::Error(core::Errc::invalid_argument, "amount: an exponent is between 0 and 6");
    if (!all_digits(digits)) return malformed("not an integer like 300000");
    if (digits.size() > 1 && digits.front() == '0') return malformed("leading zeros");

    // "5" with exponent 2 is 0.05: there have to be digits on both sides of the point.
    std::string padded(digits.size() > exponent ? 0 : exponent + 1 - digits.size(), '0');
    padded += digits;
    const std::size_t point = padded.size() - exponent;
    return make(padded.substr(0, point), padded.substr(point), currency, Zeros::added);
}

core::Result<Money> Money::make(std::string whole, std::string fraction, std::string_view currency, Zeros zeros) {
    if (whole.size() > 1 && whole.front() == '0') return malformed("leading zeros");
    if (!currency.empty() && !valid_currency(currency))
        return malformed("a currency is three capital letters, as in ISO 4217");
    const std::optional<unsigned> decimals = iso_decimals(currency);
    if (zeros == Zeros::added && decimals && fraction.size() < *decimals) fraction.resize(*decimals, '0');
    if (whole.size() + fraction.size() > max_digits) return malformed("more than 30 digits");

    Money money;
    if (decimals) money.minor_ = scale(whole, fraction, *decimals);
    if (!currency.empty()) money.currency_ = std::string(currency);
    money.value_ = std::move(whole);
    if (!fraction.empty()) money.value_.append(1, '.').append(fraction);
    return money;
}

std::strong_ordering Money::compare_value(const Money& other) const noexcept {
    const Parts mine = split(value_);
    const Parts theirs = split(other.value_);
    // There are no leading zeros, so the longer whole part is the greater one; digits compare as text does.
    if (const auto order = mine.whole.size() <=> theirs.whole.size(); order != 0) return order;
    if (const auto order = mine.whole.compare(theirs.whole); order != 0) return order <=> 0;
    return mine.fraction.compare(theirs.fraction) <=> 0;
}

bool Money::same_currency(const Money& other) const noexcept {
    return !currency_ || !other.currency_ || *currency_ == *other.currency_;
}

bool Money::agrees_with(const Money& other) const noexcept {
    return same_currency(other) && compare_value(other) == std::strong_ordering::equal;
}

std::string Money::canonical() const {
    const Parts parts = split(value_);
    std::string text;
    if (currency_) text.append(*currency_).append(1, ' ');
    text += parts.whole;
    if (!parts.fraction.empty()) text.append(1, '.').append(parts.fraction);
    return text;
}

}  // namespace tollgate::event
