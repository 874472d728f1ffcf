// Property: one declaration per key of the configuration; reading, checking, printing and "unknown key" all go by it.
#pragma once

#include "reading.hpp"
#include "words.hpp"

#include <tollgate/ops/toml_line.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::ops {

/// How values of one type are read, checked and printed. `read` reports what is wrong and then returns nothing.
template <class T>
struct Kind {
    std::function<std::optional<T>(const Value&)> read;
    std::function<std::string(const T&)> print;  ///< as TOML
};

/// One key of a table that is read into a Struct.
template <class Struct>
struct Property {
    std::string_view name;
    std::string_view help;
    std::function<void(Struct&, const Value&)> read;
    std::function<std::string(const Struct&)> print;  ///< the value as TOML; empty: leave the key out
    std::string_view required{};  ///< what to write when the key is missing; empty: it has a default
};

template <class Struct>
using Properties = std::vector<Property<Struct>>;

template <class Struct, class T>
Property<Struct> property(std::string_view name, std::string_view help, T Struct::*member, Kind<T> kind) {
    auto read = [member, from = std::move(kind.read)](Struct& out, const Value& value) {
        if (auto good = from(value)) out.*member = std::move(*good);
    };
    auto print = [member, to = std::move(kind.print)](const Struct& from) { return to(from.*member); };
    return {name, help, std::move(read), std::move(print)};
}

template <class Struct>
Property<Struct> required(Property<Struct> property, std::string_view mend) {
    property.required = mend;
    return property;
}

/// A list of what `kind` reads. Items that are wrong are left out, each with its own problem.
template <class T>
Kind<std::vector<T>> list_of(Kind<T> kind, std::size_t fewest, std::size_t most, std::string_view expected) {
    auto read = [from = std::move(kind.read), fewest, most, expected](const Value& value) {
        std::optional<std::vector<T>> out;
        if (value.toml().type != TomlType::array) {
            value.wrong_type(expected);
            return out;
        }
        const auto& items = value.toml().items;
        if (items.size() < fewest || items.size() > most) {
            value.problem(value.name() + " has " + (items.empty() ? "no" : std::to_string(items.size())) + " entries",
                          std::to_string(fewest) + " to " + std::to_string(most) + ": " + std::string(expected));
            return out;
        }
        out.emplace();
        for (const auto& item : items) {
            if (auto good = from(value.with(item))) out->push_back(std::move(*good));
        }
        return out;
    };
    auto print = [to = std::move(kind.print)](const std::vector<T>& values) {
        std::string out;
        for (const auto& value : values) out += (out.empty() ? "" : ", ") + to(value);
        return '[' + out + ']';
    };
    return {std::move(read), std::move(print)};
}

template <class Struct>
std::vector<std::string_view> names_of(const Properties<Struct>& properties) {
    std::vector<std::string_view> names;
    for (const auto& property : properties) names.push_back(property.name);
    return names;
}

/// `unknown key "KEY" PLACE; did you mean ...? known keys are ...`
inline void unknown_key(Reading& reading, const TomlMember& member, std::string_view place,
                        std::span<const std::string_view> known) {
    reading.problem(member.line, "unknown key " + in_quotes(member.key) + ' ' + std::string(place),
                    suggestion(member.key, known) + "known keys are " + listed(known));
}

/// Reads a table by its properties; `title` is how messages call it ("[receiver]").
template <class Struct>
void read_table(const Value& table, std::string_view title, const Properties<Struct>& properties, Struct& out) {
    for (const auto& member : table.toml().members) {
        bool known = false;
        for (const auto& property : properties) {
            if (property.name != member.key) continue;
            known = true;
            property.read(out, table.member(member));
        }
        if (!known) unknown_key(table.reading(), member, "in " + std::string(title), names_of(properties));
    }
    for (const auto& property : properties) {
        if (property.required.empty() || table.toml().find(property.name) != nullptr) continue;
        table.problem(std::string(title) + " has no " + std::string(property.name), std::string(property.required));
    }
}

/// `NAME = VALUE  # HELP` for each property that prints.
template <class Struct>
void print_properties(const Struct& from, const Properties<Struct>& properties, std::string& out) {
    for (const auto& property : properties) {
        const auto value = property.print(from);
        if (!value.empty()) append_line(out, std::string(property.name) + " = " + value, property.help);
    }
}

}  // namespace tollgate::ops
