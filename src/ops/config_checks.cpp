// Checks across the tables of a configuration, after each value has been checked by itself.
#include "addresses.hpp"
#include "tables.hpp"

#include <algorithm>
#include <map>

namespace tollgate::ops {

namespace {

/// The tables of [[NAME]], in the order of the entries that were made of them.
std::span<const TomlValue> tables_of(const TomlValue& root, std::string_view name) {
    const auto* member = root.find(name);
    if (member == nullptr) return {};
    return member->value.items;
}

int line_in(const TomlValue& root, std::string_view table, std::string_view key) {
    const auto* member = root.find(table);
    return member != nullptr ? member->value.line_of(key) : root.line;
}

/// Reports every value that an earlier entry has already. Empty ones were reported when they were read.
template <class Struct>
void check_unique(const std::vector<Struct>& entries, std::string Struct::*member, std::span<const TomlValue> tables,
                  std::string_view key, std::string_view title, std::string_view mend, Reading& reading) {
    std::map<std::string_view, int> lines;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::string& value = entries[i].*member;
        if (value.empty()) continue;
        const int line = tables[i].line_of(key);
        const auto [first, is_new] = lines.emplace(value, line);
        if (is_new) continue;
        reading.problem(line,
                        "the " + std::string(key) + ' ' + in_quotes(value) + " is taken by the " + std::string(title) +
                            " of line " + std::to_string(first->second),
                        std::string(mend));
    }
}

/// "exponents.*" is the table `exponents`.
std::string_view name_of(const ProviderKeys::Setting& setting) {
    return setting.name.substr(0, setting.name.find('.'));
}

void check_settings_of(const ProviderKeys& provider, const TomlValue& source, Reading& reading) {
    std::vector<std::string_view> known;
    for (const auto& setting : provider.settings) known.push_back(name_of(setting));
    const auto* settings = source.find("settings");
    if (settings != nullptr) {
        for (const auto& member : settings->value.members) {
            const auto found = std::find(known.begin(), known.end(), member.key);
            if (found == known.end() && known.empty()) {
                reading.problem(member.line, "unknown key " + in_quotes(member.key) + " in source.settings",
                                "the provider " + in_quotes(provider.name) + " has no settings");
            } else if (found == known.end()) {
                unknown_key(reading, member, "in source.settings", known);
            } else {
                const auto& setting = provider.settings[static_cast<std::size_t>(found - known.begin())];
                const bool wants_table = setting.name.ends_with(".*");
                if (wants_table == (member.value.type == TomlType::table)) continue;
                reading.problem(member.line,
                                "source.settings." + member.key + " is " + std::string(with_article(member.value.type)),
                                std::string(*found) + " = " + std::string(setting.example));
            }
        }
    }
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (!provider.settings[i].required) continue;
        if (settings != nullptr && settings->value.find(known[i]) != nullptr) continue;
        reading.problem(
            settings != nullptr ? settings->line : source.line,
            "[[source]] of " + std::string(provider.name) + " has no settings." + std::string(known[i]),
            "settings = { " + std::string(known[i]) + " = " + std::string(provider.settings[i].example) + " }");
    }
}

void check_settings(const Config& config, std::span<const TomlValue> tables, Reading& reading) {
    for (std::size_t i = 0; i < config.sources.size(); ++i) {
        const auto* provider = find_provider(reading.providers, config.sources[i].provider);
        if (provider != nullptr) check_settings_of(*provider, tables[i], reading);
    }
}

bool matches(std::string_view pattern, std::string_view name) {
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && pattern[p] == name[n]) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

/// A pattern without '*' is a name, and a name of nothing is a slip. One with '*' may wait for sources to come.
void check_source_patterns(const Config& config, const SubscriberConfig& subscriber, const TomlValue& table,
                           Reading& reading) {
    std::vector<std::string_view> names;
    for (const auto& source : config.sources) {
        if (source.name.empty()) return;  // which names exist is not known: one of them was refused
        names.push_back(source.name);
    }
    for (const auto& pattern : subscriber.sources) {
        if (pattern.find('*') != std::string::npos) continue;
        if (std::find(names.begin(), names.end(), pattern) != names.end()) continue;
        reading.problem(table.line_of("sources"), "no source is named " + in_quotes(pattern),
                        suggestion(pattern, names) + "sources are " + listed(names));
    }
}

void check_evidence(const Config& config, const SubscriberConfig& subscriber, const TomlValue& table,
                    Reading& reading) {
    const int line = table.line_of("evidence");
    if (subscriber.evidence == "confirmed") {
        reading.problem(line,
                        "subscriber.evidence is \"confirmed\", which no source can give (no requery is configured)",
                        "\"any\", or \"signed\" for sources whose provider signs");
    }
    if (subscriber.evidence != "signed") return;
    for (const auto& source : config.sources) {
        const auto wanted = [&source](const std::string& pattern) { return matches(pattern, source.name); };
        if (!std::any_of(subscriber.sources.begin(), subscriber.sources.end(), wanted)) continue;
        const auto* provider = find_provider(reading.providers, source.provider);
        if (provider == nullptr || provider->signs) continue;
        reading.problem(line,
                        "subscriber.evidence is \"signed\", which the source " + in_quotes(source.name) + " (" +
                            source.provider + ") can never give",
                        "\"any\", or sources without " + in_quotes(source.name));
    }
}

void check_listeners(const Config& config, const TomlValue& root, Reading& reading) {
    const int line = line_in(root, "api", "listen");
    const auto* api = root.find("api");
    const bool api_says = api != nullptr && api->value.find("listen") != nullptr;
    if (would_collide(config.receiver.listen, config.api.listen)) {
        reading.problem(api_says ? line : line_in(root, "receiver", "listen"),
                        "api.listen " + in_quotes(format_address(config.api.listen)) + " is taken by receiver.listen " +
                            in_quotes(format_address(config.receiver.listen)),
                        "another port for one of them");
    }
    if (!is_loopback(config.api.listen)) {
        reading.problem(line,
                        "api.listen is " + in_quotes(format_address(config.api.listen)) + ", open to other machines",
                        "a loopback address, as in \"127.0.0.1:9400\": the API asks for no token");
    }
}

}  // namespace

void check_config(const Config& config, const TomlValue& root, Reading& reading) {
    const auto source_tables = tables_of(root, "source");
    const auto subscriber_tables = tables_of(root, "subscriber");
    const auto* sources = root.find("source");
    if (sources == nullptr || (sources->value.type == TomlType::array && source_tables.empty())) {
        reading.problem(sources != nullptr ? sources->line : root.line, "no source is configured",
                        "at least one [[source]] with name, provider and secrets");
    }
    // Entries and tables are the same in number, unless there were too many to read.
    if (config.sources.size() == source_tables.size()) {
        check_unique(config.sources, &SourceConfig::name, source_tables, "name", "[[source]]",
                     "a name of its own for each", reading);
        check_unique(config.sources, &SourceConfig::path, source_tables, "path", "[[source]]",
                     "a path of its own for each", reading);
        check_settings(config, source_tables, reading);
    }
    if (config.subscribers.size() == subscriber_tables.size()) {
        check_unique(config.subscribers, &SubscriberConfig::name, subscriber_tables, "name", "[[subscriber]]",
                     "a name of its own for each", reading);
        for (std::size_t i = 0; i < config.subscribers.size(); ++i) {
            check_source_patterns(config, config.subscribers[i], subscriber_tables[i], reading);
            check_evidence(config, config.subscribers[i], subscriber_tables[i], reading);
        }
    }
    check_listeners(config, root, reading);
    check_store(config.store, root, reading);
}

}  // namespace tollgate::ops
