// TomlTree: copies what toml++ parsed; the only file that includes it.
#include "toml_tree.hpp"

#include <tollgate/core/json.hpp>

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace tollgate::ops {

namespace {

// toml++ quotes what it saw: single characters, "true"; but whole numbers as well, and a number may be a piece of a
// secret whose quotes were forgotten.
constexpr std::size_t longest_harmless_quote = 5;

int line_of_region(const toml::source_region& region) {
    return std::max(1, static_cast<int>(region.begin.line));
}

TomlValue copy(const toml::node& node) {
    TomlValue value;
    value.line = line_of_region(node.source());
    if (const auto* boolean = node.as_boolean()) {
        value.type = TomlType::boolean;
        value.boolean = boolean->get();
    } else if (const auto* integer = node.as_integer()) {
        value.type = TomlType::integer;
        value.integer = integer->get();
    } else if (const auto* number = node.as_floating_point()) {
        value.type = TomlType::number;
        value.number = number->get();
    } else if (const auto* string = node.as_string()) {
        value.type = TomlType::string;
        value.string = string->get();
    } else if (const auto* array = node.as_array()) {
        value.type = TomlType::array;
        for (const auto& item : *array) value.items.push_back(copy(item));
    } else if (const auto* table = node.as_table()) {
        value.type = TomlType::table;
        for (const auto& [key, member] : *table) {
            value.members.push_back({std::string(key.str()), line_of_region(key.source()), copy(member)});
        }
        // toml++ sorts by name; problems and people want the order of the file.
        std::stable_sort(value.members.begin(), value.members.end(),
                         [](const TomlMember& a, const TomlMember& b) { return a.line < b.line; });
    } else {
        value.type = TomlType::time;
    }
    return value;
}

std::string without_values(std::string_view description) {
    std::string out;
    // These quote names of keys and tables, which unknown ones are called by anyway.
    if (description.find("redefine") != std::string_view::npos) return out.append(description);
    while (true) {
        const auto open = description.find('\'');
        const auto close = open == std::string_view::npos ? open : description.find('\'', open + 1);
        if (close == std::string_view::npos) return out.append(description);
        const auto quote = description.substr(open, close + 1 - open);
        out.append(description.substr(0, open));
        out.append(quote.size() - 2 <= longest_harmless_quote ? quote : std::string_view("'...'"));
        description.remove_prefix(close + 1);
    }
}

}  // namespace

std::string_view with_article(TomlType type) noexcept {
    switch (type) {
        case TomlType::boolean:
            return "a boolean";
        case TomlType::integer:
            return "an integer";
        case TomlType::number:
            return "a floating-point number";
        case TomlType::string:
            return "a string";
        case TomlType::time:
            return "a date or time";
        case TomlType::array:
            return "a list";
        case TomlType::table:
            return "a table";
    }
    return "something else";
}

const TomlMember* TomlValue::find(std::string_view key) const noexcept {
    for (const auto& member : members) {
        if (member.key == key) return &member;
    }
    return nullptr;
}

int TomlValue::line_of(std::string_view key) const noexcept {
    const auto* member = find(key);
    return member != nullptr ? member->line : line;
}

TomlDocument parse_toml(std::string_view text) {
    TomlDocument document;
    try {
        const toml::table root = toml::parse(text, std::string_view{});
        document.root = copy(root);
        document.root.line = 1;
    } catch (const toml::parse_error& error) {
        document.error =
            TomlSyntaxError{line_of_region(error.source()), std::max(1, static_cast<int>(error.source().begin.column)),
                            without_values(error.description())};
    }
    return document;
}

std::string toml_string(std::string_view text) {
    // JSON's escapes are all TOML's; DEL is the one character that JSON leaves alone and TOML forbids.
    std::string out;
    core::JsonWriter(out).string(text);
    for (auto at = out.find('\x7f'); at != std::string::npos; at = out.find('\x7f', at)) out.replace(at, 1, "\\u007f");
    return out;
}

std::string toml_to_json(std::string_view text) {
    const auto table = toml::parse(text);
    std::ostringstream json;
    json << toml::json_formatter{table} << '\n';
    return json.str();
}

}  // namespace tollgate::ops
