// Checks of each [[token]] against the others and against the subscribers.
#include "checks.hpp"
#include "tables.hpp"

#include <algorithm>

namespace tollgate::ops {

namespace {

void check_secrets(const std::vector<TokenConfig>& tokens, std::span<const TomlValue> tables, Reading& reading) {
    std::map<std::string_view, int> lines;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const std::string& secret = tokens[i].secret.reveal();
        if (secret.empty()) continue;  // it was refused, or there is none
        const int line = tables[i].line_of("secret");
        const auto [first, is_new] = lines.emplace(secret, line);
        if (is_new) continue;
        reading.problem(line, "token.secret is the same as that of line " + std::to_string(first->second),
                        "a secret of its own for each: a secret is how a token is told from another");
    }
}

/// The subscriber of a token must be one that pulls.
void check_whose(const Config& config, const TokenConfig& token, const TomlValue& table, Reading& reading) {
    std::vector<std::string_view> pulling;
    for (const auto& subscriber : config.subscribers) {
        if (subscriber.name.empty()) return;  // which names exist is not known: one of them was refused
        if (subscriber.name == token.subscriber) {
            if (subscriber.url.empty()) return;
            return reading.problem(
                table.line_of("subscriber"),
                "token.subscriber is " + in_quotes(token.subscriber) + ", whose events are posted to its url",
                "a subscriber without url: only such a one pulls");
        }
        if (subscriber.pulls()) pulling.push_back(subscriber.name);
    }
    reading.problem(table.line_of("subscriber"), "no subscriber is named " + in_quotes(token.subscriber),
                    pulling.empty() ? "a [[subscriber]] of that name without url"
                                    : suggestion(token.subscriber, pulling) + "those that pull are " + listed(pulling));
}

void check_pull(const Config& config, const TokenConfig& token, const TomlValue& table, Reading& reading) {
    if (was_refused(table, "scopes", reading) || was_refused(table, "subscriber", reading)) return;
    if (token.scopes.empty()) return;  // they are missing
    const bool may_pull = std::find(token.scopes.begin(), token.scopes.end(), "pull") != token.scopes.end();
    if (may_pull && token.subscriber.empty()) {
        reading.problem(table.line_of("scopes"), "token.scopes has \"pull\" and the token has no subscriber",
                        "subscriber = \"NAME\", of one without url");
    } else if (!may_pull && !token.subscriber.empty()) {
        reading.problem(table.line_of("subscriber"),
                        "token.subscriber is " + in_quotes(token.subscriber) + " and token.scopes has no \"pull\"",
                        "\"pull\" in scopes, or no subscriber");
    } else if (may_pull) {
        check_whose(config, token, table, reading);
    }
}

}  // namespace

void check_tokens(const Config& config, std::span<const TomlValue> token_tables, Reading& reading) {
    check_unique(config.tokens, &TokenConfig::name, token_tables, "name", "[[token]]", "a name of its own for each",
                 reading);
    check_secrets(config.tokens, token_tables, reading);
    for (std::size_t i = 0; i < config.tokens.size(); ++i)
        check_pull(config, config.tokens[i], token_tables[i], reading);
}

}  // namespace tollgate::ops
