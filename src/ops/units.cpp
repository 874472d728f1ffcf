// Durations and sizes as the configuration writes them: "250ms", "1h30m", "64KiB".
#include "words.hpp"

#include <tollgate/ops/config.hpp>

#include <array>
#include <charconv>
#include <limits>

namespace tollgate::ops {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// From the largest to the smallest: the order in which a compound duration must name them.
constexpr std::array<Unit, 5> time_units{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 5> size_units{
    {{"TiB", 1ULL << 40}, {"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};

constexpr std::string_view duration_mend = "a number and a unit of ms, s, m, h, d, as in \"250ms\" or \"1h30m\"";
constexpr std::string_view size_mend = "a number and a unit of B, KiB, MiB, GiB, TiB, as in \"64KiB\"";

core::Error refused(std::string_view text, std::string_view what, std::string_view mend) {
    return {core::Errc::invalid_argument, in_quotes(text) + " is " + std::string(what) + "; " + std::string(mend)};
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

struct Amount {
    std::uint64_t units = 0;  ///< already multiplied
    std::size_t unit = 0;     ///< index of the unit that was named
};

enum class Trouble : std::uint8_t { none, unreadable, too_large };

/// Takes a number and its unit off the front of `text`.
Trouble take_amount(std::string_view& text, const std::array<Unit, 5>& units, Amount& amount) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec == std::errc::result_out_of_range) return Trouble::too_large;
    if (read.ec != std::errc{}) return Trouble::unreadable;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    const auto name = text.substr(0, letters);
    text.remove_prefix(letters);
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (units[i].name != name) continue;
        amount.unit = i;
        return __builtin_mul_overflow(number, units[i].factor, &amount.units) ? Trouble::too_large : Trouble::none;
    }
    return Trouble::unreadable;
}

std::string format_amount(std::uint64_t amount, const std::array<Unit, 5>& units, std::string_view zero) {
    if (amount == 0) return std::string(zero);
    for (const auto& unit : units) {
        if (amount % unit.factor == 0) return std::to_string(amount / unit.factor) + std::string(unit.name);
    }
    return std::to_string(amount) + std::string(units.back().name);
}

}  // namespace

core::Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::string_view rest = text;
    std::uint64_t total = 0;
    std::size_t allowed_from = 0;  // the next unit must be smaller than the last: "1h30m", not "30m1h"
    do {
        Amount amount;
        const auto trouble = take_amount(rest, time_units, amount);
        if (trouble == Trouble::too_large) return refused(text, "too long a duration", duration_mend);
        if (trouble != Trouble::none || amount.unit < allowed_from) return refused(text, "no duration", duration_mend);
        allowed_from = amount.unit + 1;
        if (__builtin_add_overflow(total, amount.units, &total) || total > most) {
            return refused(text, "too long a duration", duration_mend);
        }
    } while (!rest.empty());
    return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

core::Result<std::uint64_t> parse_size(std::string_view text) {
    std::string_view rest = text;
    Amount amount;
    const auto trouble = take_amount(rest, size_units, amount);
    if (trouble == Trouble::too_large) return refused(text, "too large a size", size_mend);
    if (trouble != Trouble::none || !rest.empty()) return refused(text, "no size", size_mend);
    return amount.units;
}

std::string format_duration(std::chrono::milliseconds duration) {
    const auto count = duration.count();
    const auto magnitude =
        count < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
    return (count < 0 ? "-" : "") + format_amount(magnitude, time_units, "0s");
}

std::string format_size(std::uint64_t bytes) {
    return format_amount(bytes, size_units, "0B");
}

}  // namespace tollgate::ops
