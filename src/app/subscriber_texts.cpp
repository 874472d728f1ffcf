// Implements the table of subscribers.
#include "subscriber_texts.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "api_texts.hpp"

namespace tollgate::app {
namespace {

constexpr std::size_t columns = 7;
using Row = std::array<std::string, columns>;

std::string count_text(const core::JsonValue& count) {
    return std::to_string(count.integer().value_or(0));
}

std::string state_text(const core::JsonValue& subscriber) {
    if (subscriber["paused"].boolean().value_or(false)) return "paused";
    if (!subscriber["kind"].string()) return "not configured here";
    return subscriber["breaker"].string() == "open" ? "breaker open" : "ok";
}

Row row_of(const core::JsonValue& subscriber) {
    const auto lag = subscriber["lag"];
    const auto oldest = lag["oldest_seconds"].integer();
    return {printable(subscriber["name"].string().value_or("-")),
            printable(subscriber["kind"].string().value_or("-")),
            count_text(lag["events"]),
            oldest ? age_text(*oldest) : "-",
            count_text(subscriber["parked"]),
            count_text(subscriber["dead"]),
            state_text(subscriber)};
}

bool is_number(std::size_t column) {
    return column >= 2 && column <= 5;
}

}  // namespace

std::string age_text(std::int64_t seconds) {
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    constexpr std::int64_t day = 24 * hour;
    if (seconds < 2 * minute) return std::to_string(seconds) + "s";
    if (seconds < 2 * hour) return std::to_string(seconds / minute) + "m";
    if (seconds < 2 * day) return std::to_string(seconds / hour) + "h";
    return std::to_string(seconds / day) + "d";
}

std::string subscribers_text(const core::JsonValue& page) {
    std::vector<Row> rows{{"NAME", "KIND", "BEHIND", "OLDEST", "PARKED", "DEAD", "STATE"}};
    for (auto each = page["subscribers"].first_child(); each.exists(); each = each.next_sibling()) rows.push_back(row_of(each));
    if (rows.size() == 1) return "No subscribers.\n";
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t column = 0; column + 1 < columns; ++column) {
            const auto widest = std::ranges::max(rows, {}, [column](const Row& each) { return each[column].size(); })[column].size();
            const std::string filling(widest - row[column].size(), ' ');
            text += (is_number(column) ? filling + row[column] : row[column] + filling) + "  ";
        }
        text += row.back() + "\n";
    }
    return text;
}

}  // namespace tollgate::app
