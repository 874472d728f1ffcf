// TomlTree: a TOML document as plain values with their lines, so that one file alone has to know the TOML library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ops {

enum class TomlType : std::uint8_t { boolean, integer, number, string, time, array, table };

/// "a string", "an integer", ...: for messages.
std::string_view with_article(TomlType type) noexcept;

struct TomlMember;

/// One value; only the field that belongs to its type is filled. A plain value: it owns everything below it.
struct TomlValue {
    TomlType type = TomlType::table;
    int line = 1;
    bool boolean = false;
    std::int64_t integer = 0;
    double number = 0;
    std::string string;
    std::vector<TomlValue> items;
    std::vector<TomlMember> members;  ///< in the order of the file

    [[nodiscard]] const TomlMember* find(std::string_view key) const noexcept;
    /// The line of that key, or of this value when it has no such key.
    [[nodiscard]] int line_of(std::string_view key) const noexcept;
};

struct TomlMember {
    std::string key;
    int line = 1;
    TomlValue value;
};

struct TomlSyntaxError {
    int line = 1;
    int column = 1;
    std::string what;  ///< never holds a string or a number of the file
};

struct TomlDocument {
    TomlValue root;
    std::optional<TomlSyntaxError> error;
};

TomlDocument parse_toml(std::string_view text);

/// `text` as a TOML basic string, quotes included. Bytes that are not UTF-8 become U+FFFD.
std::string toml_string(std::string_view text);

/// What print_config() made, as JSON.
std::string toml_to_json(std::string_view text);

}  // namespace tollgate::ops
