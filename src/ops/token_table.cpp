// The keys of [[token]].
#include "kinds.hpp"
#include "secrets.hpp"
#include "tables.hpp"

#include <algorithm>

namespace tollgate::ops {

namespace {

constexpr std::size_t most_scopes = 4;

/// Every scope once.
Kind<std::vector<std::string>> scopes_kind() {
    auto list = list_of(word_kind({"expect", "read", "operate", "pull"}), 1, most_scopes,
                        "what the token is good for, as in [\"expect\", \"read\"]");
    auto read = [from = std::move(list.read)](const Value& value) {
        auto scopes = from(value);
        if (!scopes) return scopes;
        for (auto scope = scopes->begin(); scope != scopes->end(); ++scope) {
            if (std::find(scopes->begin(), scope, *scope) == scope) continue;
            value.problem(value.name() + " names " + in_quotes(*scope) + " twice", "each once");
            return std::optional<std::vector<std::string>>();
        }
        return scopes;
    };
    return {std::move(read), std::move(list.print)};
}

/// A name, or nothing.
Kind<std::string> subscriber_kind() {
    auto name = name_kind();
    auto read = [from = std::move(name.read)](const Value& value) {
        const bool is_none = value.toml().type == TomlType::string && value.toml().string.empty();
        return is_none ? std::optional<std::string>(std::string()) : from(value);
    };
    return {std::move(read), std::move(name.print)};
}

}  // namespace

const Properties<TokenConfig>& token_properties() {
    using T = TokenConfig;
    static const Properties<T> properties = {
        required(property("name", "a-z, 0-9 and -, at most 64", &T::name, name_kind()), "name = \"checkout\""),
        required(property("secret", "what comes behind Bearer", &T::secret, token_secret_kind()),
                 "secret = \"${CHECKOUT_TOKEN}\""),
        required(property("scopes", "expect, read, operate, pull", &T::scopes, scopes_kind()), "scopes = [\"expect\"]"),
        property("subscriber", "whose events are pulled; empty without that scope", &T::subscriber, subscriber_kind()),
    };
    return properties;
}

}  // namespace tollgate::ops
