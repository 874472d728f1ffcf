// The machine's clocks, and the two notations of time that cross the wire: RFC 3339 and HTTP dates.
#include <tollgate/core/clock.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace tollgate::core {

namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

// Both notations have four digits for the year.
constexpr WallTime first_time = sys_days{year{0} / 1 / 1};
constexpr WallTime end_time = sys_days{year{10000} / 1 / 1};

/// Reads a text of fixed shape from left to right; once something did not fit, `ok` stays false.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] bool next_is_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }

    void literal(std::string_view expected) {
        if (rest_.starts_with(expected)) {
            rest_.remove_prefix(expected.size());
        } else {
            ok_ = false;
        }
    }

    /// Whether `c` stood here.
    bool skip(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void fail() { ok_ = false; }

    /// One character of `choices`; '\0' when there is none of them.
    char one_of(std::string_view choices) {
        if (rest_.empty() || choices.find(rest_[0]) == std::string_view::npos) {
            ok_ = false;
            return '\0';
        }
        const char found = rest_[0];
        rest_.remove_prefix(1);
        return found;
    }

    int digits(int count) {
        int value = 0;
        for (int i = 0; i < count; ++i) {
            if (!next_is_digit()) {
                ok_ = false;
                return 0;
            }
            value = value * 10 + (rest_[0] - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    /// The position of one of `names`, all three letters long; 0 when none stands here.
    template <std::size_t count>
    unsigned name(const std::array<std::string_view, count>& names) {
        const auto found = std::find(names.begin(), names.end(), rest_.substr(0, 3));
        if (found == names.end()) {
            ok_ = false;
            return 0;
        }
        rest_.remove_prefix(3);
        return static_cast<unsigned>(found - names.begin());
    }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

struct Fields {
    year_month_day date;
    int hour = 0, minute = 0, second = 0, millisecond = 0;
    std::chrono::minutes offset{0};  ///< local time minus UTC
};

/// Nothing when a field is out of range. A leap second becomes the first second after it, as POSIX time has it, but
/// only where one can be: the last second of a month in UTC.
std::optional<WallTime> to_wall_time(const Fields& fields) {
    if (!fields.date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) return std::nullopt;
    const WallTime minute =
        sys_days{fields.date} + std::chrono::hours{fields.hour} + std::chrono::minutes{fields.minute} - fields.offset;
    if (fields.second == 60) {
        const WallTime after = minute + 1min;
        const auto date_after = std::chrono::floor<std::chrono::days>(after);
        if (date_after != after || year_month_day{date_after}.day() != day{1}) return std::nullopt;
    }
    const WallTime time = minute + std::chrono::seconds{fields.second} + std::chrono::milliseconds{fields.millisecond};
    if (time < first_time || time >= end_time) return std::nullopt;
    return time;
}

/// Up to nine digits, cut to milliseconds.
int fraction_ms(Scanner& scanner) {
    int value = 0;
    int count = 0;
    do {
        const int digit = scanner.digits(1);
        if (count < 3) value = value * 10 + digit;
        ++count;
    } while (scanner.next_is_digit() && count < 9);
    for (; count < 3; ++count) value *= 10;
    return value;
}

std::chrono::minutes zone_offset(Scanner& scanner) {
    const char sign = scanner.one_of("Zz+-");
    if (sign != '+' && sign != '-') return 0min;
    const int hours = scanner.digits(2);
    scanner.literal(":");
    const int minutes = scanner.digits(2);
    if (hours > 23 || minutes > 59) scanner.fail();
    const std::chrono::minutes offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
    return sign == '-' ? -offset : offset;
}

/// Writes the last `count` digits of `value` and what stands behind them; returns where that ends.
char* put_digits(char* at, unsigned value, unsigned count, char behind) {
    for (unsigned i = count; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
    at[count] = behind;
    return at + count + 1;
}

}  // namespace

WallTime SystemClock::wall() const {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

Rfc3339 to_rfc3339(WallTime time) {
    time = std::clamp(time, first_time, end_time - 1ms);
    const auto midnight = std::chrono::floor<std::chrono::days>(time);
    const year_month_day date{midnight};
    const std::chrono::hh_mm_ss clock{time - midnight};
    Rfc3339 text{};
    char* at = text.data();
    at = put_digits(at, static_cast<unsigned>(static_cast<int>(date.year())), 4, '-');
    at = put_digits(at, static_cast<unsigned>(date.month()), 2, '-');
    at = put_digits(at, static_cast<unsigned>(date.day()), 2, 'T');
    at = put_digits(at, static_cast<unsigned>(clock.hours().count()), 2, ':');
    at = put_digits(at, static_cast<unsigned>(clock.minutes().count()), 2, ':');
    at = put_digits(at, static_cast<unsigned>(clock.seconds().count()), 2, '.');
    put_digits(at, static_cast<unsigned>(clock.subseconds().count()), 3, 'Z');
    return text;
}

void append_rfc3339(std::string& out, WallTime time) {
    const Rfc3339 text = to_rfc3339(time);
    out.append(text.data(), text.size());
}

std::string format_rfc3339(WallTime time) {
    const Rfc3339 text = to_rfc3339(time);
    return {text.data(), text.size()};
}

Result<WallTime> parse_rfc3339(std::string_view text) {
    Scanner scanner(text);
    Fields fields;
    const int year_number = scanner.digits(4);
    scanner.literal("-");
    const int month_number = scanner.digits(2);
    scanner.literal("-");
    const int day_number = scanner.digits(2);
    scanner.one_of("Tt");
    fields.hour = scanner.digits(2);
    scanner.literal(":");
    fields.minute = scanner.digits(2);
    scanner.literal(":");
    fields.second = scanner.digits(2);
    if (scanner.skip('.')) fields.millisecond = fraction_ms(scanner);
    fields.offset = zone_offset(scanner);
    if (!scanner.ok() || !scanner.at_end()) return Error(Errc::malformed, "not a time as in 2026-11-22T10:00:00Z");
    fields.date =
        year{year_number} / month(static_cast<unsigned>(month_number)) / day(static_cast<unsigned>(day_number));
    const auto time = to_wall_time(fields);
    if (!time) return Error(Errc::malformed, "a time with a field out of range");
    return *time;
}

Result<WallTime> parse_http_date(std::string_view text) {
    static constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    Scanner scanner(text);
    Fields fields;
    const unsigned weekday = scanner.name(weekdays);
    scanner.literal(", ");
    const int day_number = scanner.digits(2);
    scanner.literal(" ");
    const unsigned month_number = scanner.name(months) + 1;
    scanner.literal(" ");
    const int year_number = scanner.digits(4);
    scanner.literal(" ");
    fields.hour = scanner.digits(2);
    scanner.literal(":");
    fields.minute = scanner.digits(2);
    scanner.literal(":");
    fields.second = scanner.digits(2);
    scanner.literal(" GMT");
    if (!scanner.ok() || !scanner.at_end()) {
        return Error(Errc::malformed, "not a date as in Sun, 06 Nov 1994 08:49:37 GMT");
    }
    fields.date = year{year_number} / month(month_number) / day(static_cast<unsigned>(day_number));
    const auto time = to_wall_time(fields);
    if (!time) return Error(Errc::malformed, "a date with a field out of range");
    if (std::chrono::weekday{sys_days{fields.date}} != std::chrono::weekday{weekday}) {
        return Error(Errc::malformed, "a date whose day of the week is another");
    }
    return *time;
}

}  // namespace tollgate::core
