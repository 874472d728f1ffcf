// Values of a configuration file: their types, their references to the environment, and what is said when they are
// wrong.
#include "reading.hpp"

#include "words.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::ops {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

bool is_variable_name(std::string_view name) noexcept {
    if (name.empty() || !is_letter(name.front())) return false;
    return std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

void Value::missing(std::string what, std::string mend) const {
    const bool needed = reading_.use == ConfigUse::everything || name_.starts_with("api.");
    auto& problems = needed ? reading_.problems : reading_.waived;
    problems.push_back({reading_.file, toml_.line, std::move(what), std::move(mend)});
}

void Value::wrong_type(std::string_view expected) const {
    problem(name_ + " is " + std::string(with_article(toml_.type)), std::string(expected));
}

void Value::wrong_text(std::string_view expected) const {
    problem(name_ + " is " + in_quotes(toml_.string), std::string(expected));
}

std::optional<std::string> Value::variable(const std::string& name) const {
    auto value = reading_.environment(name);
    if (!value) {
        missing(name_ + ": the environment variable " + name + " is not set", "set it, or refer to another one");
    }
    return value;
}

std::optional<std::string> Value::text(std::string_view expected) const {
    if (toml_.type != TomlType::string) {
        wrong_type(expected);
        return std::nullopt;
    }
    std::string out;
    std::string_view rest = toml_.string;
    bool complete = true;
    while (!rest.empty()) {
        const auto start = rest.find("${");
        out.append(rest.substr(0, start));
        if (start == std::string_view::npos) break;
        const bool escaped = start > 0 && rest[start - 1] == '$';
        rest.remove_prefix(start + 2);
        if (escaped) {
            out += '{';
            continue;
        }
        const auto end = rest.find('}');
        if (end == std::string_view::npos || !is_variable_name(rest.substr(0, end))) {
            wrong_text("\"${NAME}\" reads an environment variable, \"$${\" stands for \"${\" itself");
            return std::nullopt;
        }
        const auto value = variable(std::string(rest.substr(0, end)));
        if (value) out += *value;
        complete = complete && value.has_value();
        rest.remove_prefix(end + 1);
    }
    if (!complete) return std::nullopt;
    if (std::any_of(out.begin(), out.end(), is_control)) {
        problem(name_ + " holds a control character", "printable characters only");
        return std::nullopt;
    }
    return out;
}

std::string without_references(std::string_view text) {
    std::string out(text);
    for (auto at = out.find("${"); at != std::string::npos; at = out.find("${", at + 3)) out.insert(at, 1, '$');
    return out;
}

}  // namespace tollgate::ops
