// Kinds of plain values: booleans, numbers, durations, sizes, words, names, paths and files.
#include "kinds.hpp"

#include "files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tollgate::ops {

namespace {

constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_path = 512;
constexpr std::uint64_t longest_file = 16ULL << 20;

std::string print_number(double number) {
    std::array<char, 32> digits{};
    // Whole numbers of a sensible size without an exponent: 1000000, not 1e+06.
    const bool is_whole = std::abs(number) < 1e15 && std::trunc(number) == number;
    const auto format = is_whole ? std::chars_format::fixed : std::chars_format::general;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, format).ptr;
    return {digits.data(), end};
}

std::string print_text(const std::string& text) {
    return toml_string(without_references(text));
}

bool is_name(std::string_view text) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !text.empty() && text.size() <= longest_name && std::all_of(text.begin(), text.end(), fits);
}

bool is_request_path(std::string_view text) {
    const auto fits = [](char c) { return c > ' ' && c < '\x7f' && c != '?' && c != '#'; };
    return !text.empty() && text.size() <= longest_path && text.front() == '/' &&
           std::all_of(text.begin(), text.end(), fits);
}

}  // namespace

Kind<bool> boolean_kind() {
    auto read = [](const Value& value) -> std::optional<bool> {
        if (value.toml().type == TomlType::boolean) return value.toml().boolean;
        value.wrong_type("true or false, without quotes");
        return std::nullopt;
    };
    return {read, [](const bool& flag) { return std::string(flag ? "true" : "false"); }};
}

Kind<double> rate_kind(double least, double most) {
    auto read = [least, most](const Value& value) -> std::optional<double> {
        const auto& toml = value.toml();
        const std::string expected =
            "a number from " + print_number(least) + " to " + print_number(most) + ", as in 50 or 0.5";
        if (toml.type != TomlType::integer && toml.type != TomlType::number) {
            value.wrong_type(expected);
            return std::nullopt;
        }
        const double number = toml.type == TomlType::integer ? static_cast<double>(toml.integer) : toml.number;
        if (std::isfinite(number) && number >= least && number <= most) return number;
        value.problem(value.name() + " is " + print_number(number), expected);
        return std::nullopt;
    };
    return {read, [](const double& number) { return print_number(number); }};
}

std::optional<std::int64_t> read_integer(const Value& value, std::int64_t least, std::int64_t most) {
    const auto& toml = value.toml();
    const std::string expected = "an integer from " + std::to_string(least) + " to " + std::to_string(most);
    if (toml.type != TomlType::integer) {
        value.wrong_type(expected + ", without quotes");
        return std::nullopt;
    }
    if (toml.integer >= least && toml.integer <= most) return toml.integer;
    value.problem(value.name() + " is " + std::to_string(toml.integer), expected);
    return std::nullopt;
}

Kind<std::chrono::milliseconds> duration_kind(std::chrono::milliseconds least, std::chrono::milliseconds most) {
    auto read = [least, most](const Value& value) -> std::optional<std::chrono::milliseconds> {
        const std::string range = "from " + format_duration(least) + " to " + format_duration(most);
        const auto text = value.text("a duration " + range + " in quotes, as in \"250ms\" or \"1h30m\"");
        if (!text) return std::nullopt;
        const auto duration = parse_duration(*text);
        if (duration && *duration >= least && *duration <= most) return *duration;
        value.wrong_text("a duration " + range + ", as in \"250ms\" or \"1h30m\"");
        return std::nullopt;
    };
    return {read, [](const std::chrono::milliseconds& duration) { return toml_string(format_duration(duration)); }};
}

Kind<std::uint64_t> size_kind(std::uint64_t least, std::uint64_t most) {
    auto read = [least, most](const Value& value) -> std::optional<std::uint64_t> {
        const std::string range = "from " + format_size(least) + " to " + format_size(most);
        const auto text = value.text("a size " + range + " in quotes, as in \"64KiB\"");
        if (!text) return std::nullopt;
        const auto size = parse_size(*text);
        if (size && *size >= least && *size <= most) return *size;
        value.wrong_text("a size " + range + ", as in \"64KiB\"");
        return std::nullopt;
    };
    return {read, [](const std::uint64_t& size) { return toml_string(format_size(size)); }};
}

Kind<std::string> text_kind(std::string_view expected) {
    return {[expected](const Value& value) { return value.text(expected); }, print_text};
}

Kind<std::string> checked_text_kind(bool (*good)(std::string_view), std::string_view expected) {
    auto read = [good, expected](const Value& value) {
        auto text = value.text(expected);
        if (text && !good(*text)) {
            value.wrong_text(expected);
            text.reset();
        }
        return text;
    };
    return {read, print_text};
}

Kind<std::string> word_kind(std::vector<std::string_view> words) {
    std::string expected = words.size() == 1 ? "the only one is " : "one of ";
    for (std::size_t i = 0; i < words.size(); ++i) expected += (i == 0 ? "" : ", ") + in_quotes(words[i]);
    auto read = [words = std::move(words), expected](const Value& value) {
        auto text = value.text(expected);
        if (text && std::find(words.begin(), words.end(), *text) == words.end()) {
            value.wrong_text(suggestion(*text, words) + expected);
            text.reset();
        }
        return text;
    };
    return {std::move(read), print_text};
}

Kind<std::string> name_kind() {
    return checked_text_kind(is_name, "1 to 64 characters of a-z, 0-9 and -, as in \"kenya\"");
}

Kind<std::string> request_path_kind() {
    return checked_text_kind(is_request_path,
                             "a path that begins with /, without spaces, ? and #, as in \"/in/kenya\"");
}

Kind<std::string> readable_file_kind() {
    constexpr std::string_view expected = "the name of a file that can be read, or \"\" for none";
    auto read = [expected](const Value& value) {
        auto name = value.text(expected);
        if (!name || name->empty()) return name;
        const auto bytes = read_whole_file(*name, longest_file);
        if (!bytes || bytes->empty()) {
            const std::string reason = bytes ? "is empty" : "cannot be read (" + bytes.error().message + ')';
            value.missing(value.name() + " names " + in_quotes(value.toml().string) + ", which " + reason,
                          std::string(expected));
            name.reset();
        }
        return name;
    };
    return {read, print_text};
}

}  // namespace tollgate::ops
