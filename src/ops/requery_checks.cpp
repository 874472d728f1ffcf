// Checks of each [source.requery] and of source.confirm against what the source's provider can be asked.
#include "checks.hpp"
#include "tables.hpp"

#include <algorithm>

namespace tollgate::ops {

namespace {

bool can_be_asked(const ProviderKeys& provider) {
    return !provider.requery.credentials.empty();
}

/// credentials = { api_key = "${HONEYCOIN_API_KEY}", ... }
std::string example_of(const ProviderKeys& provider) {
    std::string members;
    for (const auto& credential : provider.requery.credentials) {
        members.append(members.empty() ? "" : ", ").append(credential.name).append(" = \"${");
        members.append(variable_for(provider.name, credential.name)).append("}\"");
    }
    return "credentials = { " + members + " }";
}

void check_credentials(const ProviderKeys& provider, const TomlValue& table, Reading& reading) {
    const std::string title = "[source.requery] of " + std::string(provider.name);
    const auto* credentials = table.find("credentials");
    if (credentials == nullptr) {
        return reading.problem(table.line, title + " has no credentials", example_of(provider));
    }
    if (credentials->value.type != TomlType::table) return;
    std::vector<std::string_view> known;
    for (const auto& credential : provider.requery.credentials) known.push_back(credential.name);
    for (const auto& member : credentials->value.members) {
        if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
        unknown_key(reading, member, "in source.requery.credentials", known);
    }
    for (const auto name : known) {
        if (credentials->value.find(name) != nullptr) continue;
        reading.problem(credentials->line, title + " has no credentials." + std::string(name), example_of(provider));
    }
}

void check_table(const ProviderKeys& provider, const TomlValue& table, Reading& reading) {
    if (!can_be_asked(provider)) {
        std::string others;
        for (const auto& other : reading.providers) {
            if (can_be_asked(other)) others.append(others.empty() ? "" : ", ").append(other.name);
        }
        return reading.problem(table.line,
                               "[source.requery] is given and " + std::string(provider.name) + " cannot be asked",
                               others.empty() ? "leave it out" : "leave it out; those that can be are " + others);
    }
    if (provider.requery.base_url.empty() && table.find("base_url") == nullptr) {
        reading.problem(table.line, "[source.requery] of " + std::string(provider.name) + " has no base_url",
                        "the one that you were given, as in base_url = \"https://api.example.com\"");
    }
    check_credentials(provider, table, reading);
}

}  // namespace

void check_requery(const Config& config, std::span<const TomlValue> source_tables, Reading& reading) {
    for (std::size_t i = 0; i < config.sources.size(); ++i) {
        const auto& table = source_tables[i];
        const auto* provider = find_provider(reading.providers, config.sources[i].provider);
        if (provider == nullptr) continue;
        const auto* requery = table.find("requery");
        if (requery != nullptr && requery->value.type == TomlType::table) {
            check_table(*provider, requery->value, reading);
        }
        if (config.sources[i].confirm != "always" || requery != nullptr) continue;
        reading.problem(table.line_of("confirm"), "source.confirm is \"always\" and there is no [source.requery]",
                        can_be_asked(*provider)
                            ? "[source.requery] with " + example_of(*provider) + ", or confirm = \"auto\""
                            : "confirm = \"auto\": " + std::string(provider->name) + " cannot be asked");
    }
}

}  // namespace tollgate::ops
