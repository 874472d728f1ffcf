// Config: loads a file, gathers its problems in the order of their lines, and prints what is in effect.
#include "files.hpp"
#include "tables.hpp"

#include <tollgate/ops/config.hpp>

#include <algorithm>

namespace tollgate::ops {

namespace {

constexpr std::size_t longest_file = 1024 * 1024;

void read_sections(const TomlValue& root, Config& config, Reading& reading) {
    std::vector<std::string_view> names;
    for (const auto& section : sections()) {
        names.push_back(section.name);
        const auto* member = root.find(section.name);
        if (member == nullptr) continue;
        section.read(config, Value(member->value, std::string(section.name), reading));
    }
    for (const auto& member : root.members) {
        if (std::find(names.begin(), names.end(), member.key) == names.end()) {
            unknown_key(reading, member, "at the top level", names);
        }
    }
    for (auto& source : config.sources) {
        if (source.path.empty() && !source.name.empty()) source.path = "/in/" + source.name;
        const auto* provider = find_provider(reading.providers, source.provider);
        if (source.requery && provider != nullptr) take_defaults(*source.requery, *provider);
    }
}

bool earlier(const ConfigProblem& a, const ConfigProblem& b) {
    return a.line < b.line;
}

}  // namespace

std::string ConfigProblem::text() const {
    std::string out = file + ':' + std::to_string(line) + ": " + what + "; " + mend;
    // One problem is one line, whatever a file's name or a parser's message holds.
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return out;
}

std::string variable_for(std::string_view provider, std::string_view key) {
    std::string name(provider);
    name.append("_").append(key);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        if (c == '-') return '_';
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return name;
}

ConfigOutcome load_config(const std::string& path, std::span<const ProviderKeys> providers,
                          const Environment& environment, ConfigUse use) {
    ConfigOutcome outcome;
    outcome.config.file = path;
    Reading reading{path, environment, providers, use, false, {}, {}};
    const auto text = read_whole_file(path, longest_file);
    if (!text) {
        reading.problem(1, "the configuration cannot be read (" + text.error().message + ')',
                        "name another with --config or TOLLGATE_CONFIG");
        outcome.problems = std::move(reading.problems);
        return outcome;
    }
    const auto document = parse_toml(*text);
    if (document.error) {
        const auto& error = *document.error;
        reading.problem(error.line, error.what + " (column " + std::to_string(error.column) + ')',
                        "TOML 1.0, see https://toml.io");
        outcome.problems = std::move(reading.problems);
        return outcome;
    }
    read_sections(document.root, outcome.config, reading);
    check_config(outcome.config, document.root, reading);
    outcome.problems = std::move(reading.problems);
    std::stable_sort(outcome.problems.begin(), outcome.problems.end(), earlier);
    return outcome;
}

std::string print_config(const Config& config) {
    std::string out;
    for (const auto& section : sections()) section.print(config, out);
    return out;
}

std::string print_config_json(const Config& config) {
    return toml_to_json(print_config(config));
}

}  // namespace tollgate::ops
