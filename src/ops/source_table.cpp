// The keys of [[source]] and of its settings.
#include "kinds.hpp"
#include "secrets.hpp"
#include "tables.hpp"

#include <algorithm>

namespace tollgate::ops {

namespace {

constexpr std::size_t most_secrets = 10;
constexpr std::size_t most_exponents = 300;  // more than there are currencies
constexpr unsigned most_digits = 6;

constexpr std::string_view exponents_expected =
    "a table of currencies and the decimals that the provider scales by, as in { UGX = 2 }";

bool is_currency(std::string_view code) {
    return code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void read_exponents(SourceConfig& source, const Value& value) {
    if (value.toml().type != TomlType::table) return value.wrong_type(exponents_expected);
    if (value.toml().members.size() > most_exponents) {
        return value.problem(value.name() + " has more than 300 entries", std::string(exponents_expected));
    }
    for (const auto& member : value.toml().members) {
        if (!is_currency(member.key)) {
            value.reading().problem(member.line, value.name() + " has the key " + in_quotes(member.key),
                                    "a currency's three letters, as in UGX");
            continue;
        }
        if (const auto digits = read_integer(value.member(member), 0, most_digits)) {
            source.exponents.emplace_back(member.key, static_cast<unsigned>(*digits));
        }
    }
}

std::string print_exponents(const SourceConfig& source) {
    std::string out;
    for (const auto& [currency, digits] : source.exponents) {
        out += (out.empty() ? " " : ", ") + currency + " = " + std::to_string(digits);
    }
    return out.empty() ? out : '{' + out + " }";
}

const Properties<SourceConfig>& settings_properties() {
    static const Properties<SourceConfig> properties = {
        {"exponents", "decimals that the provider scales by, where they differ from its own rule", read_exponents,
         print_exponents},
    };
    return properties;
}

/// Which settings exist depends on the provider, which may stand below them: check_config() asks for those that it does
/// not take.
void read_settings(SourceConfig& source, const Value& value) {
    if (value.toml().type != TomlType::table) return value.wrong_type("a table, as in { exponents = { UGX = 2 } }");
    for (const auto& member : value.toml().members) {
        for (const auto& property : settings_properties()) {
            if (property.name == member.key) property.read(source, value.member(member));
        }
    }
}

std::string print_settings(const SourceConfig& source) {
    std::string out;
    for (const auto& property : settings_properties()) {
        const auto value = property.print(source);
        if (!value.empty()) out += (out.empty() ? " " : ", ") + std::string(property.name) + " = " + value;
    }
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
        {"settings", "what only this provider needs", read_settings, print_settings},
    };
    return properties;
}

std::vector<std::string_view> known_settings(std::span<const ProviderKeys> providers, std::string_view provider) {
    const auto ours = names_of(settings_properties());
    const auto* entry = find_provider(providers, provider);
    if (entry == nullptr) return ours;
    std::vector<std::string_view> known;
    for (const auto name : ours) {
        // A provider may name a table by what is in it: "exponents.*".
        const auto takes = [name](std::string_view key) { return key.substr(0, key.find('.')) == name; };
        if (std::any_of(entry->settings.begin(), entry->settings.end(), takes)) known.push_back(name);
    }
    return known;
}

}  // namespace tollgate::ops
