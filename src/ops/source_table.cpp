// The keys of [[source]] and of its settings.
#include "kinds.hpp"
#include "secrets.hpp"
#include "tables.hpp"

#include <algorithm>

namespace tollgate::ops {

namespace {

constexpr std::size_t most_secrets = 10;
constexpr std::size_t most_settings = 300;  // an entry for every currency there is, and more
constexpr std::size_t most_ranges = 1000;

constexpr std::string_view settings_expected = "a table of what the provider needs, as in { exponents = { UGX = 2 } }";

/// The value as text and as TOML; nothing and a problem for a type that no setting has.
std::optional<SourceSetting> read_scalar(const Value& value) {
    const TomlValue& toml = value.toml();
    SourceSetting setting;
    setting.line = toml.line;
    if (toml.type == TomlType::string) {
        auto text = value.text("a string");
        if (!text) return std::nullopt;
        setting.text = *std::move(text);
        setting.written = toml_string(toml.string);
        return setting;
    }
    if (toml.type == TomlType::integer)
        setting.text = std::to_string(toml.integer);
    else if (toml.type == TomlType::boolean)
        setting.text = toml.boolean ? "true" : "false";
    else {
        value.wrong_type("a string, an integer, true or false");
        return std::nullopt;
    }
    setting.written = setting.text;
    return setting;
}

/// Every scalar below `value`, named from the settings on. Which settings exist depends on the provider, which may
/// stand below them: check_config() asks for those that it does not take.
void read_settings_below(SourceConfig& source, const Value& value, const std::string& prefix) {
    for (const auto& member : value.toml().members) {
        const Value inner = value.member(member);
        const std::string key = prefix + member.key;
        if (inner.toml().type == TomlType::table && prefix.empty()) {
            read_settings_below(source, inner, key + '.');
        } else if (source.settings.size() == most_settings) {
            return value.problem(value.name() + " has more than 300 entries", std::string(settings_expected));
        } else if (auto setting = read_scalar(inner)) {
            setting->key = key;
            source.settings.push_back(*std::move(setting));
        }
    }
}

void read_settings(SourceConfig& source, const Value& value) {
    if (value.toml().type != TomlType::table) return value.wrong_type(settings_expected);
    read_settings_below(source, value, {});
}

/// Entries of one table follow each other, as they were read.
std::string print_settings(const SourceConfig& source) {
    std::string out;
    std::string_view open;
    for (const auto& setting : source.settings) {
        const std::string_view key = setting.key;
        const auto dot = key.find('.');
        const std::string_view table = dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
        if (!open.empty() && table != open) out += " }";
        out += out.empty() ? " " : ", ";
        if (!table.empty() && table != open) out.append(table).append(" = { ");
        open = table;
        out.append(key.substr(dot + 1)).append(" = ").append(setting.written);
    }
    if (!open.empty()) out += " }";
    return out.empty() ? "{}" : '{' + out + " }";
}

Kind<std::string> provider_kind() {
    auto read = [](const Value& value) -> std::optional<std::string> {
        std::vector<std::string_view> names;
        for (const auto& provider : value.reading().providers) names.push_back(provider.name);
        return word_kind(names).read(value);
    };
    return {read, text_kind("").print};
}

}  // namespace

const Properties<SourceConfig>& source_properties() {
    using S = SourceConfig;
    static const Properties<S> properties = {
        required(property("name", "a-z, 0-9 and -, at most 64", &S::name, name_kind()), "name = \"kenya\""),
        required(property("provider", "who posts here", &S::provider, provider_kind()), "provider = \"startbutton\""),
        property("path", "of the callback URL; /in/NAME unless it says otherwise", &S::path, request_path_kind()),
        required(property("secrets", "several: any may match", &S::secrets,
                          list_of(source_secret_kind(), 1, most_secrets, "a list, as in [\"${STARTBUTTON_SECRET}\"]")),
                 "secrets = [\"${STARTBUTTON_SECRET}\"]"),
        property("allow", "addresses and ranges that may call; empty: any", &S::allow, address_ranges_kind()),
        property("other_ids", "false: payments are found by their reference only, which costs less", &S::other_ids,
                 boolean_kind()),
        property("confirm", "whether final states are asked about before: auto, never or always", &S::confirm,
                 word_kind({"auto", "never", "always"})),
        {"settings", "what only this provider needs", read_settings, print_settings},
        {"requery", "how the provider is asked; absent: never", read_requery, [](const S&) { return std::string(); }},
    };
    return properties;
}

Kind<std::vector<std::string>> address_ranges_kind() {
    return list_of(address_range_kind(), 0, most_ranges,
                   "addresses and ranges, as in [\"10.0.0.0/8\", \"2001:db8::1\"]");
}

}  // namespace tollgate::ops
