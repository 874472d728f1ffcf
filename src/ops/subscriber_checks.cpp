// Checks of each [[subscriber]] against the sources, and of what only those that are posted to can have.
#include "checks.hpp"
#include "tables.hpp"

#include <algorithm>
#include <array>

namespace tollgate::ops {

namespace {

/// What says how events are posted.
constexpr std::array<std::string_view, 8> delivery_keys{
    "format", "timeout", "max_in_flight", "rate", "retry", "allow_private", "ca", "client_certificate"};

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

/// Whether final states of the source can be asked about before they are published.
bool can_confirm(const SourceConfig& source) {
    return source.requery && source.confirm != "never";
}

/// What would let the source confirm.
std::string way_to_confirm(const SourceConfig& source, const ProviderKeys& provider) {
    if (provider.requery.credentials.empty()) return {};
    return source.requery ? "confirm = \"auto\" in that source, or " : "[source.requery] in that source, or ";
}

void check_evidence(const Config& config, const SubscriberConfig& subscriber, const TomlValue& table,
                    Reading& reading) {
    if (subscriber.evidence == "any") return;
    const bool wants_signature = subscriber.evidence == "signed";
    for (const auto& source : config.sources) {
        const auto wanted = [&source](const std::string& pattern) { return matches(pattern, source.name); };
        if (!std::any_of(subscriber.sources.begin(), subscriber.sources.end(), wanted)) continue;
        const auto* provider = find_provider(reading.providers, source.provider);
        if (provider == nullptr || can_confirm(source) || (wants_signature && provider->signs)) continue;
        reading.problem(table.line_of("evidence"),
                        "subscriber.evidence is " + in_quotes(subscriber.evidence) + ", which the source " +
                            in_quotes(source.name) + " (" + source.provider + ") can never give",
                        way_to_confirm(source, *provider) + "\"any\", or sources without " + in_quotes(source.name));
    }
}

/// With a url its secrets sign what it gets; without one it pulls, and what is written for posting means nothing.
void check_delivery(const SubscriberConfig& subscriber, const TomlValue& table, Reading& reading) {
    constexpr std::string_view example = "url = \"http://127.0.0.1:9000/hooks\"";
    if (table.type != TomlType::table) return;
    if (table.find("url") != nullptr) {
        if (table.find("secrets") != nullptr) return;
        return reading.problem(table.line, "[[subscriber]] has a url and no secrets",
                               "secrets = [" + in_quotes("${" + variable_for(subscriber.name, "secret") + '}') + ']');
    }
    if (table.find("secrets") != nullptr) {
        reading.problem(table.line_of("secrets"), "[[subscriber]] has secrets and no url",
                        std::string(example) + ", or no secrets for one that pulls: a [[token]] lets it in");
    }
    for (const auto key : delivery_keys) {
        if (table.find(key) == nullptr) continue;
        reading.problem(table.line_of(key), "[[subscriber]] has " + std::string(key) + " and no url",
                        std::string(example) + ", or no " + std::string(key) + ": nothing is posted to one that pulls");
    }
}

}  // namespace

void check_subscribers(const Config& config, std::span<const TomlValue> subscriber_tables, Reading& reading) {
    for (std::size_t i = 0; i < config.subscribers.size(); ++i) {
        check_delivery(config.subscribers[i], subscriber_tables[i], reading);
        check_source_patterns(config, config.subscribers[i], subscriber_tables[i], reading);
        check_evidence(config, config.subscribers[i], subscriber_tables[i], reading);
    }
}

}  // namespace tollgate::ops
