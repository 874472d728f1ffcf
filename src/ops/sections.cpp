// The top level of a configuration: which tables there are, and the tables that may come several times.
#include "kinds.hpp"
#include "tables.hpp"

#include <algorithm>

namespace tollgate::ops {

namespace {

constexpr std::size_t most_entries = 1000;  // of [[source]], of [[subscriber]] and of [[token]]

/// [NAME], once.
template <class Struct>
Section table_section(std::string_view name, std::string_view help, Struct Config::*member,
                      const Properties<Struct>& properties) {
    const std::string title = '[' + std::string(name) + ']';
    auto read = [=, &properties](Config& config, const Value& value) {
        if (value.toml().type != TomlType::table) return value.wrong_type("a table, headed " + title);
        read_table(value, title, properties, config.*member);
    };
    auto print = [=, &properties](const Config& config, std::string& out) {
        append_line(out += '\n', title, help);
        print_properties(config.*member, properties, out);
    };
    return {name, help, read, print};
}

/// [[NAME]], any number of times. Each becomes an entry even when it is wrong, so that entry and table keep the same
/// place. `print_below`: the tables that belong to an entry and have a head of their own.
template <class Struct>
Section list_section(std::string_view name, std::string_view help, std::vector<Struct> Config::*member,
                     const Properties<Struct>& properties, Struct (*make)(int line),
                     void (*print_below)(const Struct&, std::string& out) = nullptr) {
    const std::string title = "[[" + std::string(name) + "]]";
    auto read = [=, &properties](Config& config, const Value& value) {
        const std::string expected = "one table for each, headed " + title;
        if (value.toml().type != TomlType::array) return value.wrong_type(expected);
        if (value.toml().items.size() > most_entries) {
            return value.problem("more than 1000 times " + title, "at most 1000");
        }
        for (const auto& item : value.toml().items) {
            Struct entry = make(item.line);
            if (item.type == TomlType::table) {
                read_table(value.with(item), title, properties, entry);
            } else {
                value.with(item).wrong_type(expected);
            }
            (config.*member).push_back(std::move(entry));
        }
    };
    auto print = [=, &properties](const Config& config, std::string& out) {
        for (const auto& entry : config.*member) {
            append_line(out += '\n', title, help);
            print_properties(entry, properties, out);
            if (print_below != nullptr) print_below(entry, out);
        }
    };
    return {name, help, read, print};
}

/// What is due by default depends on the engine, and one that is not used has no table.
Section store_section() {
    auto section = table_section("store", "what survives a crash", &Config::store, store_properties());
    auto read = [whole = std::move(section.read)](Config& config, const Value& value) {
        whole(config, value);
        if (config.store.engine == "redis" && value.toml().find("retention") == nullptr) {
            config.store.retention = StoreConfig::redis_retention;
        }
    };
    auto print = [whole = std::move(section.print)](const Config& config, std::string& out) {
        whole(config, out);
        if (config.store.engine != "redis") return;
        append_line(out += '\n', "[store.redis]", "where it is, and how to use it");
        print_properties(config.store.redis, redis_properties(), out);
    };
    return {section.name, section.help, std::move(read), std::move(print)};
}

Section development_section() {
    static constexpr std::string_view help = "allows secrets inline and short ones";
    auto read = [](Config& config, const Value& value) {
        config.development = boolean_kind().read(value).value_or(false);
        value.reading().development = config.development;
    };
    auto print = [](const Config& config, std::string& out) {
        append_line(out, "development = " + boolean_kind().print(config.development), help);
    };
    return {"development", help, read, print};
}

template <class Struct>
Struct make_entry(int line) {
    Struct entry;
    entry.line = line;
    return entry;
}

SubscriberConfig make_subscriber(int line) {
    auto subscriber = make_entry<SubscriberConfig>(line);
    subscriber.retry = default_retry();
    return subscriber;
}

}  // namespace

const std::vector<Section>& sections() {
    // `development` is first, because it decides how the rest is read.
    static const std::vector<Section> all = {
        development_section(),
        table_section("receiver", "where callbacks come in", &Config::receiver, receiver_properties()),
        table_section("api", "where operators ask", &Config::api, api_properties()),
        list_section("token", "who may do what over the API", &Config::tokens, token_properties(),
                     make_entry<TokenConfig>),
        store_section(),
        list_section("source", "a provider's callback URL", &Config::sources, source_properties(),
                     make_entry<SourceConfig>, print_requery),
        list_section("subscriber", "an internal service that wants events", &Config::subscribers,
                     subscriber_properties(), make_subscriber),
    };
    return all;
}

const ProviderKeys* find_provider(std::span<const ProviderKeys> providers, std::string_view name) {
    const auto found = std::find_if(providers.begin(), providers.end(),
                                    [name](const ProviderKeys& provider) { return provider.name == name; });
    return found != providers.end() ? &*found : nullptr;
}

}  // namespace tollgate::ops
