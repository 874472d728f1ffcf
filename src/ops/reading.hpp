// Reading: what loading one configuration needs and collects, and the values that it reads.
#pragma once

#include "toml_tree.hpp"

#include <tollgate/ops/config.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::ops {

/// One run of load_config(). Problems gather here; nothing stops at the first.
struct Reading {
    const std::string& file;
    const Environment& environment;
    std::span<const ProviderKeys> providers;
    ConfigUse use = ConfigUse::everything;
    bool development = false;
    std::vector<ConfigProblem> problems;
    std::vector<ConfigProblem> waived;  ///< what they are about is not known, and not needed

    void problem(int line, std::string what, std::string mend) {
        problems.push_back({file, line, std::move(what), std::move(mend)});
    }
};

/// A value of the file together with the name that messages call it by ("receiver.max_body"). Lives only while it is
/// read.
class Value {
  public:
    Value(const TomlValue& toml, std::string name, Reading& reading)
        : toml_(toml), name_(std::move(name)), reading_(reading) {}

    [[nodiscard]] const TomlValue& toml() const noexcept { return toml_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] Reading& reading() const noexcept { return reading_; }

    /// The same name and run, another value: an item of a list, a member of a table.
    [[nodiscard]] Value with(const TomlValue& toml) const { return {toml, name_, reading_}; }
    [[nodiscard]] Value member(const TomlMember& member) const {
        return {member.value, name_ + '.' + member.key, reading_};
    }

    void problem(std::string what, std::string mend) const {
        reading_.problem(toml_.line, std::move(what), std::move(mend));
    }
    /// A problem of what the file refers to, not of what it says.
    void missing(std::string what, std::string mend) const;
    /// `NAME is AN INTEGER; EXPECTED`: never shows the value itself, which could be a secret.
    void wrong_type(std::string_view expected) const;
    /// `NAME is "VALUE"; EXPECTED`, the value as the file has it: references to the environment are not resolved.
    void wrong_text(std::string_view expected) const;

    /// A string with every ${NAME} replaced from the environment ("$${" stands for "${"). Otherwise nothing, and a
    /// problem.
    [[nodiscard]] std::optional<std::string> text(std::string_view expected) const;

    /// The environment variable of that name; nothing and a problem when it is not set.
    [[nodiscard]] std::optional<std::string> variable(const std::string& name) const;

  private:
    const TomlValue& toml_;
    std::string name_;
    Reading& reading_;
};

/// [A-Za-z_][A-Za-z0-9_]*
bool is_variable_name(std::string_view name) noexcept;

/// So that text() gives back exactly `text`.
std::string without_references(std::string_view text);

}  // namespace tollgate::ops
