// Config: what a tollgate.toml says, checked; every problem with its place and its mend.
#pragma once

#include <tollgate/core/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::ops {

/// A secret from the environment or a file. Only reveal() shows it; whatever prints configuration prints masked().
class Secret {
  public:
    Secret() = default;
    Secret(std::string value, std::string reference) : value_(std::move(value)), reference_(std::move(reference)) {}
    [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
    /// Where it comes from ("${STARTBUTTON_SECRET}", "file:/run/secret"), or "***" when it was written inline.
    [[nodiscard]] const std::string& masked() const noexcept { return reference_; }

  private:
    std::string value_;
    std::string reference_;
};

struct ListenAddress {
    std::string host;  ///< an IP address
    std::uint16_t port = 0;
};

/// A certificate and its key, PEM files that can be read: both are named, or neither.
struct TlsFiles {
    std::string certificate;
    std::string key;
    int line = 0;
    [[nodiscard]] bool empty() const noexcept { return certificate.empty(); }
};

struct ReceiverConfig {
    ListenAddress listen{"0.0.0.0", 8080};
    std::size_t threads = 0;  ///< 0: one per core
    TlsFiles tls;             ///< empty: plain HTTP
    std::size_t max_body = 64 * 1024;
    std::size_t max_headers = 8 * 1024;
    std::chrono::milliseconds request_timeout{10'000};
    std::chrono::milliseconds idle_timeout{75'000};
    std::size_t max_connections = 10'000;
    std::size_t max_connections_per_address = 1'000;
    std::chrono::milliseconds drain{3'000};
    std::vector<std::string> trusted_proxies;  ///< CIDRs: whose X-Forwarded-For counts
};

struct ApiConfig {
    ListenAddress listen{"127.0.0.1", 9400};
    TlsFiles tls;
};

/// [store.redis]: counts with engine "redis" only.
struct RedisConfig {
    std::string url = "redis://127.0.0.1:6379/0";  ///< holds the password: only url_written may be shown
    std::string mode = "single";                   ///< single | sentinel
    std::vector<std::string> nodes;                ///< the sentinels, "HOST:PORT" each
    std::string master;                            ///< the sentinels' name of it
    std::string tls_ca;                            ///< PEM; empty: the system's authorities
    std::string prefix = "tollgate";               ///< of every key
    std::chrono::milliseconds timeout{1'000};
    std::uint32_t wait_replicas = 0;
    std::string durability = "redis";  ///< redis | journal
    std::string url_written;           ///< the url as the file has it, an inline password masked; empty: it has none

    bool operator==(const RedisConfig&) const = default;
};

struct StoreConfig {
    /// Redis keeps its log in memory: unless it is written, this is `retention` there.
    static constexpr std::chrono::milliseconds redis_retention = std::chrono::hours(24);

    std::string engine = "embedded";     ///< embedded | redis
    std::string path = "tollgate-data";  ///< relative to the working directory; with engine "redis" the spool's
    std::uint32_t shards = 16;
    std::chrono::milliseconds retention = std::chrono::days(30);
    std::uint64_t max_size = 20ULL << 30;
    std::chrono::milliseconds state_retention = std::chrono::days(400);
    std::uint64_t spool_max = 4ULL << 30;  ///< of the spool
    RedisConfig redis;
};

/// One entry of a source's `settings`; an entry of a table in it is named by both, with a dot.
struct SourceSetting {
    std::string key;      ///< "merchant_id", "exponents.UGX"
    std::string text;     ///< the value as text, references to the environment resolved
    std::string written;  ///< the value as TOML, references unresolved: what may be shown
    int line = 0;
};

/// One entry of [source.requery] `credentials`.
struct CredentialConfig {
    std::string key;  ///< "api_key"
    Secret value;
    int line = 0;
};

/// [source.requery]: how a source's provider is asked about payments.
struct RequeryConfig {
    int line = 0;
    std::string base_url;          ///< http or https; unless it is written, the provider's own
    std::string base_url_written;  ///< as the file has it, references unresolved: what may be shown; empty: not written
    std::vector<CredentialConfig> credentials;
    std::chrono::milliseconds first_after{};         ///< unless it is written, the provider's own
    std::vector<std::chrono::milliseconds> backoff;  ///< between two questions; the last one repeats
    std::chrono::milliseconds give_up_after = std::chrono::hours(24);
    double rate = 50;  ///< questions per second
    std::chrono::milliseconds confirm_timeout{120'000};
    std::string on_unconfirmed = "publish";  ///< publish | hold
    std::chrono::milliseconds conflict_recheck{600'000};
};

struct SourceConfig {
    int line = 0;  ///< of its [[source]]
    std::string name;
    std::string provider;
    std::string path;
    std::vector<Secret> secrets;
    std::vector<std::string> allow;  ///< CIDRs: who may call; empty: anybody
    bool other_ids = true;           ///< payments are found by their other ids than the reference as well
    std::vector<SourceSetting> settings;
    std::string confirm = "auto";          ///< auto | never | always
    std::optional<RequeryConfig> requery;  ///< absent: this source is never asked
};

/// [[token]]: who may do what over the API. None at all: everybody on this machine may do everything.
struct TokenConfig {
    int line = 0;
    std::string name;
    Secret secret;
    std::vector<std::string> scopes;  ///< expect | read | operate | pull
    std::string subscriber;           ///< for pull: whose events
};

struct SubscriberConfig {
    int line = 0;
    std::string name;
    std::string url;  ///< empty: this subscriber pulls
    std::vector<Secret> secrets;
    std::vector<std::string> events = {"*"};
    std::vector<std::string> sources = {"*"};
    std::string evidence = "any";
    std::string format = "standard";
    std::string from = "now";
    std::chrono::milliseconds timeout{15'000};
    std::uint32_t max_in_flight = 64;
    double rate = 0;
    std::vector<std::chrono::milliseconds> retry;
    bool allow_private = true;
    std::string ca;
    TlsFiles client_certificate;
    std::string url_written;  ///< the url as the file has it, references unresolved: what may be shown
    /// Nobody pushes to it: it asks for its events and acknowledges them.
    [[nodiscard]] bool pulls() const noexcept { return url.empty(); }
};

struct Config {
    std::string file;
    bool development = false;
    ReceiverConfig receiver;
    ApiConfig api;
    StoreConfig store;
    std::vector<SourceConfig> sources;
    std::vector<SubscriberConfig> subscribers;
    std::vector<TokenConfig> tokens;
};

/// One line on stderr: `FILE:LINE: what is wrong; what would be right`.
struct ConfigProblem {
    std::string file;
    int line = 0;
    std::string what;
    std::string mend;
    [[nodiscard]] std::string text() const;
};

/// What the configuration must know of a provider: its name and which keys its `settings` may hold. Whether a value is
/// good is the provider's to say.
struct ProviderKeys {
    struct Setting {
        std::string_view name;     ///< "merchant_id"; "exponents.*" stands for a table
        std::string_view example;  ///< a value, as TOML
        bool required = false;
    };
    std::string_view name;
    std::vector<Setting> settings;
    bool signs;  ///< its callbacks can give evidence "signed"
    /// How it is asked about payments.
    struct Requery {
        std::string_view base_url;         ///< empty: every merchant has another one
        std::vector<Setting> credentials;  ///< all of them required; empty: this provider cannot be asked
        std::chrono::milliseconds first_after{};
    };
    Requery requery{};
};

/// "HONEYCOIN_API_KEY": the environment variable that examples read a provider's secret or credential from.
std::string variable_for(std::string_view provider, std::string_view key);

/// Reads an environment variable; absent when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// What a configuration is read for. To ask a running gateway takes [api] alone: what else the file refers to may be
/// missing then (a variable that is not set, a file that cannot be read, a secret that is none), and what it says
/// itself has to be right all the same.
enum class ConfigUse : std::uint8_t { everything, asking };

struct ConfigOutcome {
    Config config;
    std::vector<ConfigProblem> problems;  ///< none: the configuration is good
};

/// Reads and checks `path` (TOML, at most 1 MiB). All problems are found in one go, sorted by line; after a syntax
/// error or when the file cannot be read it is the only one (then at line 1). In every string "${NAME}" is replaced
/// from `environment` and "$${" stands for "${"; a secret is one reference, "${NAME}" or "file:PATH", and inline only
/// in development.
ConfigOutcome load_config(const std::string& path, std::span<const ProviderKeys> providers,
                          const Environment& environment, ConfigUse use = ConfigUse::everything);

/// The effective configuration as TOML, each key with what it is about: defaults filled in, secrets masked by their
/// references and addresses as they were written. It loads again, unless it holds inline secrets, which are printed as
/// "***".
std::string print_config(const Config& config);
/// The same as JSON.
std::string print_config_json(const Config& config);

/// "250ms", "3m", "24h", "30d"; "64KiB", "20GiB". Errors: Errc::invalid_argument.
core::Result<std::chrono::milliseconds> parse_duration(std::string_view text);
core::Result<std::uint64_t> parse_size(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);
std::string format_size(std::uint64_t bytes);

}  // namespace tollgate::ops
