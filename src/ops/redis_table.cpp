// The keys of [store.redis].
#include "files.hpp"
#include "kinds.hpp"
#include "redis_url.hpp"
#include "secrets.hpp"
#include "tables.hpp"

#include <algorithm>

namespace tollgate::ops {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_prefix = 64;
constexpr std::size_t longest_master = 128;
constexpr std::size_t most_nodes = 100;
constexpr std::uint32_t most_replicas = 100;

constexpr std::string_view url_expected =
    "redis://HOST:PORT/DATABASE, rediss:// for TLS or unix:///PATH?db=N, with USER:PASSWORD@ before the host or the "
    "path "
    "where Redis asks for it (percent-encoded), as in \"redis://tollgate:${REDIS_PASSWORD}@127.0.0.1:6379/0\"";
constexpr std::string_view password_expected =
    "all of it a reference, as in \"redis://tollgate:${REDIS_PASSWORD}@127.0.0.1:6379/0\", or the whole url in a file: "
    "\"file:PATH\"";

/// Whether the url may be written like that; if not, the problem is reported. `resolved`: its references replaced.
bool may_be_written(const Value& value, std::string_view resolved) {
    const std::string_view written = value.toml().string;
    switch (password_written_in(written)) {
        case PasswordWritten::reference:
            return true;
        case PasswordWritten::nowhere: {
            // An @ that comes with a reference leaves what else is written before it looking like a host.
            const bool is_one_reference = written.starts_with("${") && written.find('}') + 1 == written.size();
            if (is_one_reference || password_written_in(resolved) == PasswordWritten::nowhere) return true;
            break;
        }
        case PasswordWritten::masked:
            value.problem(value.name() + " holds a masked password, as `tollgate check` prints it",
                          std::string(password_expected));
            return false;
        case PasswordWritten::in_part:
            break;
        case PasswordWritten::as_text:
            if (value.reading().development) return true;
            value.problem(value.name() + " holds a password inline",
                          std::string(password_expected) + "; inline only with development = true");
            return false;
    }
    value.problem(value.name() + " holds a password of which only a part is a reference",
                  std::string(password_expected));
    return false;
}

/// The url is checked resolved and shown only as the file has it; what is written of a password itself is not shown.
void read_url(RedisConfig& redis, const Value& value) {
    if (value.toml().type != TomlType::string) return value.wrong_type(url_expected);
    const std::string& written = value.toml().string;
    const bool is_file = written.starts_with("file:");
    std::string url;
    if (is_file) {
        auto secret = source_secret_kind().read(value);
        if (!secret) return;
        url = secret->reveal();
    } else {
        auto text = value.text(url_expected);
        if (!text) return;
        url = *std::move(text);
    }
    if (!redis_scheme_of(url)) {
        return value.problem(value.name() + " is not the address of a Redis", std::string(url_expected));
    }
    if (!is_file && !may_be_written(value, url)) return;
    redis.url = std::move(url);
    redis.url_written =
        !is_file && password_written_in(written) == PasswordWritten::as_text ? with_password_masked(written) : written;
}

std::string print_url(const RedisConfig& redis) {
    if (!redis.url_written.empty()) return toml_string(redis.url_written);
    return toml_string(without_references(with_password_masked(redis.url)));
}

Kind<std::string> mode_kind() {
    auto known = word_kind({"single", "sentinel"});
    auto read = [from = known.read](const Value& value) -> std::optional<std::string> {
        if (value.toml().type == TomlType::string && value.toml().string == "cluster") {
            value.problem(value.name() + " is \"cluster\", which this version cannot use yet",
                          "\"single\", or \"sentinel\" for a master that is replaced when it fails");
            return std::nullopt;
        }
        return from(value);
    };
    return {std::move(read), std::move(known.print)};
}

bool is_prefix(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '_' ||
               c == '-';
    };
    return !text.empty() && text.size() <= longest_prefix && std::all_of(text.begin(), text.end(), fits);
}

/// What Redis takes as the name of a master, or nothing.
bool is_master(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return text.size() <= longest_master && std::all_of(text.begin(), text.end(), fits);
}

bool is_node(std::string_view text) {
    return is_host_and_port(text);
}

}  // namespace

const Properties<RedisConfig>& redis_properties() {
    using R = RedisConfig;
    static const Properties<R> properties = {
        {"url", "redis://, rediss:// or unix://; the password by reference", read_url, print_url},
        property("mode", "single, or sentinel: they say which server is the master", &R::mode, mode_kind()),
        property("nodes", "the sentinels", &R::nodes,
                 list_of(checked_text_kind(is_node, "a host and a port, as in \"10.0.0.1:26379\""), 0, most_nodes,
                         "the sentinels, as in [\"10.0.0.1:26379\", \"10.0.0.2:26379\"]")),
        property(
            "master", "what the sentinels call it", &R::master,
            checked_text_kind(is_master, "at most 128 characters of a-z, A-Z, 0-9, ., _ and -, as in \"mymaster\"")),
        property("tls_ca", "a file of certificates to trust instead of the system's", &R::tls_ca, readable_file_kind()),
        property("prefix", "of every key", &R::prefix,
                 checked_text_kind(is_prefix, "1 to 64 characters of a-z, A-Z, 0-9, :, _ and -, as in \"tollgate\"")),
        property("timeout", "of connecting and of a command; then the spool", &R::timeout, duration_kind(10ms, 1min)),
        property("wait_replicas", "so many replicas have a write before it is answered", &R::wait_replicas,
                 integer_kind<std::uint32_t>(0, most_replicas)),
        property("durability", "redis, or journal: on this machine's disk before the ACK as well", &R::durability,
                 word_kind({"redis", "journal"})),
    };
    return properties;
}

}  // namespace tollgate::ops
