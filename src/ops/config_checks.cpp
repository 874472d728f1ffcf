// Checks across the tables of a configuration, after each value has been checked by itself.
#include "addresses.hpp"
#include "checks.hpp"
#include "tables.hpp"

#include <algorithm>

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

void check_listeners(const Config& config, const TomlValue& root, Reading& reading) {
    const int line = line_in(root, "api", "listen");
    const auto* api = root.find("api");
    const bool api_says = api != nullptr && api->value.find("listen") != nullptr;
    const auto* receiver = root.find("receiver");
    const bool receiver_is_known = receiver == nullptr || !was_refused(receiver->value, "listen", reading);
    if (receiver_is_known && would_collide(config.receiver.listen, config.api.listen)) {
        reading.problem(api_says ? line : line_in(root, "receiver", "listen"),
                        "api.listen " + in_quotes(format_address(config.api.listen)) + " is taken by receiver.listen " +
                            in_quotes(format_address(config.receiver.listen)),
                        "another port for one of them");
    }
    // Without tokens everybody who can connect may do everything.
    if (!is_loopback(config.api.listen) && config.tokens.empty() && !was_refused(root, "token", reading)) {
        reading.problem(line,
                        "api.listen is " + in_quotes(format_address(config.api.listen)) +
                            ", open to other machines, and there is no [[token]]",
                        "a [[token]] for each who may use the API, or a loopback address, as in \"127.0.0.1:9400\"");
    }
}

}  // namespace

bool was_refused(const TomlValue& table, std::string_view key, const Reading& reading) {
    const auto* member = table.find(key);
    const auto is_about_it = [member](const ConfigProblem& problem) { return problem.line == member->line; };
    return member != nullptr && (std::any_of(reading.problems.begin(), reading.problems.end(), is_about_it) ||
                                 std::any_of(reading.waived.begin(), reading.waived.end(), is_about_it));
}

void check_config(const Config& config, const TomlValue& root, Reading& reading) {
    const auto source_tables = tables_of(root, "source");
    const auto subscriber_tables = tables_of(root, "subscriber");
    const auto token_tables = tables_of(root, "token");
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
        check_requery(config, source_tables, reading);
    }
    if (config.subscribers.size() == subscriber_tables.size()) {
        check_unique(config.subscribers, &SubscriberConfig::name, subscriber_tables, "name", "[[subscriber]]",
                     "a name of its own for each", reading);
        check_subscribers(config, subscriber_tables, reading);
    }
    if (config.tokens.size() == token_tables.size()) check_tokens(config, token_tables, reading);
    check_listeners(config, root, reading);
    check_store(config.store, root, reading);
}

}  // namespace tollgate::ops
