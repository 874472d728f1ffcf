// Secrets from the environment or from files. Nothing in this file puts a value into a message.
#include "secrets.hpp"

#include "files.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>

namespace tollgate::ops {

namespace {

constexpr std::string_view expected = "\"${NAME}\" for an environment variable or \"file:PATH\" for a file";
constexpr std::string_view inline_reference = "***";
constexpr std::size_t longest_secret = 64 * 1024;
constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 1024;

std::optional<Secret> from_environment(const Value& value, const std::string& name) {
    const auto found = value.variable(name);
    if (!found) return std::nullopt;
    if (!found->empty()) return Secret(*found, value.toml().string);
    value.missing(value.name() + ": the environment variable " + name + " is empty", "put the secret into it");
    return std::nullopt;
}

std::optional<Secret> from_file(const Value& value, const std::string& path) {
    auto bytes = read_whole_file(path, longest_secret);
    if (!bytes) {
        value.missing(
            value.name() + ": " + in_quotes(value.toml().string) + " cannot be read (" + bytes.error().message + ")",
            "a file that holds the secret and may be read by the user that Tollgate runs as");
        return std::nullopt;
    }
    // Editors and echo end a file with a newline that belongs to nobody's secret.
    if (bytes->ends_with('\n')) bytes->pop_back();
    if (bytes->ends_with('\r')) bytes->pop_back();
    if (!bytes->empty()) return Secret(*std::move(bytes), value.toml().string);
    value.missing(value.name() + ": " + in_quotes(value.toml().string) + " is empty", "put the secret into it");
    return std::nullopt;
}

std::optional<Secret> read_secret(const Value& value) {
    if (value.toml().type != TomlType::string) {
        value.wrong_type(expected);
        return std::nullopt;
    }
    const std::string_view text = value.toml().string;
    if (text.starts_with("file:")) {
        // The path may hold references ("file:${CREDENTIALS_DIRECTORY}/orders"): it is no secret.
        const auto path = value.text(expected);
        return path ? from_file(value, path->substr(5)) : std::nullopt;
    }
    if (text.starts_with("${") && text.ends_with('}') && is_variable_name(text.substr(2, text.size() - 3))) {
        return from_environment(value, std::string(text.substr(2, text.size() - 3)));
    }
    if (text.empty()) {
        value.problem(value.name() + " holds an empty secret", std::string(expected));
    } else if (text == inline_reference) {
        value.problem(value.name() + " holds a masked secret, as `tollgate check` prints it", std::string(expected));
    } else if (text.find("${") != std::string_view::npos) {
        value.problem(value.name() + " holds a secret of which only a part is a reference",
                      "all of it: " + std::string(expected));
    } else if (!value.reading().development) {
        value.problem(value.name() + " holds a secret inline",
                      std::string(expected) + "; inline only with development = true");
    } else {
        return Secret(std::string(text), std::string(inline_reference));
    }
    return std::nullopt;
}

/// How messages call a secret: by its reference, or as the inline one.
std::string called(const Secret& secret) {
    return secret.masked() == inline_reference ? std::string("a secret")
                                               : "the secret in " + in_quotes(secret.masked());
}

/// A secret that looks like none: of an inline one the file itself is wrong.
void refuse(const Value& value, const Secret& secret, const std::string& why, std::string mend) {
    std::string what = value.name() + ": " + called(secret) + why;
    if (secret.masked() == inline_reference) return value.problem(std::move(what), std::move(mend));
    value.missing(std::move(what), std::move(mend));
}

bool is_subscriber_secret(std::string_view secret) {
    constexpr std::string_view prefix = "whsec_";
    if (!secret.starts_with(prefix)) return false;
    const auto key = core::from_base64(secret.substr(prefix.size()));
    return key && key->size() >= 24 && key->size() <= 64;
}

bool is_token(std::string_view secret) {
    return secret.size() >= shortest_token && secret.size() <= longest_token &&
           std::all_of(secret.begin(), secret.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string print_secret(const Secret& secret) {
    return toml_string(secret.masked());
}

}  // namespace

Kind<Secret> source_secret_kind() {
    return {read_secret, print_secret};
}

Kind<Secret> token_secret_kind() {
    auto read = [](const Value& value) {
        auto secret = read_secret(value);
        if (secret && !is_token(secret->reveal())) {
            refuse(value, *secret, " cannot be a token",
                   "16 to 1024 ASCII characters without spaces, as from: openssl rand -hex 32");
            secret.reset();
        }
        return secret;
    };
    return {read, print_secret};
}

Kind<Secret> subscriber_secret_kind() {
    auto read = [](const Value& value) {
        auto secret = read_secret(value);
        if (secret && !is_subscriber_secret(secret->reveal())) {
            refuse(value, *secret, " is not a Standard Webhooks secret",
                   "\"whsec_\" and the Base64 of 24 to 64 bytes, as from: echo \"whsec_$(openssl rand -base64 32)\"");
            secret.reset();
        }
        return secret;
    };
    return {read, print_secret};
}

}  // namespace tollgate::ops
