// Implements the way from configuration to settings.
#include "setup.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cstdlib>
#include <functional>
#include <optional>

#include <tollgate/net/connection_limits.hpp>
#include <tollgate/net/url.hpp>
#include <tollgate/provider/provider.hpp>

#include "redis_stores.hpp"

namespace tollgate::app {
namespace {

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
}

const std::vector<ops::ProviderKeys>& provider_keys() {
    static const auto keys = [] {
        std::vector<ops::ProviderKeys> all;
        for (const auto& entry : provider::providers()) {
            ops::ProviderKeys provider{entry.name, {}, entry.evidence == event::Evidence::signature};
            for (const auto& key : entry.settings) provider.settings.push_back({key.name, key.example, key.required});
            if (entry.status.make != nullptr) {
                provider.requery.base_url = entry.status.base_url;
                provider.requery.first_after = entry.status.first_after;
                for (const auto& key : entry.status.credentials) provider.requery.credentials.push_back({key.name, key.example, true});
            }
            all.push_back(std::move(provider));
        }
        return all;
    }();
    return keys;
}

std::vector<std::string> reveal(const std::vector<ops::Secret>& secrets) {
    std::vector<std::string> values;
    for (const auto& secret : secrets) values.push_back(secret.reveal());
    return values;
}

using Complain = std::function<void(int line, std::string what, std::string mend)>;

/// What a provider itself says against a source or its credentials.
struct Refusal {
    /// `message`: "KEY: what would be right"
    explicit Refusal(std::string_view message) : key(message.substr(0, message.find(": "))) {
        mend = message.substr(std::min(message.size(), key.size() + 2));
    }
    std::string key;
    std::string mend;
};

void complain_of_source(const ops::SourceConfig& source, Refusal refusal, const Complain& complain) {
    const std::string what = "source \"" + source.name + "\" cannot have ";
    const auto setting = std::ranges::find(source.settings, refusal.key, &ops::SourceSetting::key);
    if (setting == source.settings.end()) return complain(source.line, what + refusal.key, std::move(refusal.mend));
    complain(setting->line, what + "settings." + refusal.key + " = " + setting->written, std::move(refusal.mend));
}

void check_requery(const ops::SourceConfig& source, const Complain& complain) {
    const auto& requery = *source.requery;
    const std::string name = "source \"" + source.name + "\"";
    if (const auto url = net::parse_url(requery.base_url); url.has_error()) {
        return complain(requery.line, name + ": requery.base_url: " + url.error().message,
                        "give an absolute URL, as in \"https://api.startbutton.tech\"");
    }
    const auto made = provider::find_provider(source.provider)->status.make(status_settings_of(source));
    if (made.has_value()) {
        // Without a way to the provider all that needs its word would wait for ever.
        const auto usable = net::check_client(status_client_options_of(source));
        if (usable.has_error()) complain(requery.line, name + ": requery: " + usable.error().message, "install ca-certificates");
        return;
    }
    Refusal refusal(made.error().message);
    const auto credential = std::ranges::find(requery.credentials, refusal.key, &ops::CredentialConfig::key);
    if (credential == requery.credentials.end()) return complain_of_source(source, std::move(refusal), complain);
    complain(credential->line, name + " cannot have requery.credentials." + refusal.key, std::move(refusal.mend));
}

delivery::MinimumEvidence minimum_evidence_of(const std::string& text) {
    if (text == "signed") return delivery::MinimumEvidence::signature;
    if (text == "confirmed") return delivery::MinimumEvidence::confirmed;
    return delivery::MinimumEvidence::any;
}

}  // namespace

ops::ConfigOutcome load(const std::string& path, ops::ConfigUse use) {
    auto outcome = ops::load_config(path, provider_keys(), environment, use);
    if (!outcome.problems.empty()) return outcome;

    const auto complain = [&](int line, std::string what, std::string mend) {
        outcome.problems.push_back({outcome.config.file, line, std::move(what), std::move(mend)});
    };
    const auto check_listener = [&](const std::string& name, const ops::TlsFiles& files) {
        if (const auto usable = certificate_of(files); usable.has_error())
            complain(files.line, name + ": " + usable.error().message, "PEM files: the certificate with its chain, and its key without a password");
    };
    check_listener("api.tls", outcome.config.api.tls);
    if (use == ops::ConfigUse::asking) return outcome;
    if (const auto checked = check_redis(outcome.config.store); checked.has_error()) {
        complain(0, checked.error().message, R"(as in "redis://127.0.0.1:6379/0")");
    }
    for (const auto& source : outcome.config.sources) {
        if (const auto made = provider::find_provider(source.provider)->make(settings_of(source)); made.has_error()) {
            complain_of_source(source, Refusal(made.error().message), complain);
        } else if (source.requery) {
            check_requery(source, complain);
        }
    }
    check_listener("receiver.tls", outcome.config.receiver.tls);
    for (const auto& subscriber : outcome.config.subscribers) {
        if (subscriber.pulls()) continue;
        const auto options = client_options_of(subscriber);
        if (options.has_error()) {
            complain(subscriber.line, "subscriber \"" + subscriber.name + "\": url: " + options.error().message,
                     "give an absolute URL, as in \"https://orders.example.com/hooks\"");
        } else if (const auto usable = net::check_client(*options); usable.has_error()) {
            complain(subscriber.line, "subscriber \"" + subscriber.name + "\": " + usable.error().message,
                     "ca: a file of PEM certificates; client_certificate: PEM files of a certificate and its key without a password");
        }
    }
    return outcome;
}

provider::SourceSettings settings_of(const ops::SourceConfig& source) {
    provider::SourceSettings settings{source.name, reveal(source.secrets), {}};
    for (const auto& setting : source.settings) settings.values.emplace_back(setting.key, setting.text);
    return settings;
}

provider::StatusSettings status_settings_of(const ops::SourceConfig& source) {
    provider::StatusSettings settings;
    settings.source = source.name;
    settings.values = settings_of(source).values;
    for (const auto& credential : source.requery->credentials)
        settings.credentials.emplace_back(credential.key, credential.value.reveal());
    settings.base_path = net::parse_url(source.requery->base_url).value().target;
    while (settings.base_path.ends_with('/')) settings.base_path.pop_back();
    return settings;
}

std::optional<event::Terms> terms_of(const ops::SourceConfig& source) {
    if (!source.requery) return std::nullopt;
    const auto& status = provider::find_provider(source.provider)->status;
    const auto& requery = *source.requery;
    event::Terms terms;
    terms.first_after = requery.first_after;
    terms.give_up_after = requery.give_up_after;
    terms.confirm_timeout = requery.confirm_timeout;
    terms.conflict_recheck = requery.conflict_recheck;
    if (source.confirm != "never") terms.confirm = source.confirm == "always" ? event::Confirm::always : event::Confirm::weak;
    terms.publish_unconfirmed = requery.on_unconfirmed == "publish";
    terms.can_deny = status.can_deny;
    const auto settlement = std::ranges::find(source.settings, status.settlement_setting, &ops::SourceSetting::key);
    if (!status.settlement_setting.empty() && settlement != source.settings.end()) {
        terms.settlement_after = ops::parse_duration(settlement->text).value();  // the provider has checked it
    }
    return terms;
}

requery::WorkerOptions requery_options_of(const ops::SourceConfig& source) {
    const auto& requery = *source.requery;
    requery::WorkerOptions options;
    options.source = source.name;
    options.provider = source.provider;
    options.policy.schedule = {requery.first_after, requery.backoff, requery.confirm_timeout, requery.conflict_recheck};
    if (requery.backoff.empty()) options.policy.schedule.backoff = requery::default_backoff();
    options.policy.rate_per_second = requery.rate;
    options.terms = *terms_of(source);
    options.other_ids = source.other_ids;
    return options;
}

net::ClientOptions status_client_options_of(const ops::SourceConfig& source) {
    constexpr std::size_t most_connections = 16;
    constexpr std::size_t most_answer_bytes = 256 * 1024;  // a transaction has a few thousand
    net::ClientOptions options;
    options.url = net::parse_url(source.requery->base_url).value();  // the configuration has checked it
    options.max_connections = most_connections;
    options.max_response_body = most_answer_bytes;
    return options;
}

std::vector<receiver::SourceRoute> routes_of(const ops::Config& config) {
    std::vector<receiver::SourceRoute> routes;
    for (const auto& source : config.sources) {
        routes.push_back({source.path, provider::find_provider(source.provider), settings_of(source),
                          ranges_of(source.allow), terms_of(source), source.other_ids});
    }
    return routes;
}

net::AddressRanges ranges_of(const std::vector<std::string>& texts) {
    return net::AddressRanges::parse(texts).value();  // the configuration has checked them
}

boost::asio::ip::tcp::endpoint endpoint_of(const ops::ListenAddress& address) {
    return {boost::asio::ip::make_address(address.host), address.port};
}

net::ServerOptions server_options_of(const ops::ReceiverConfig& config, std::size_t max_connections) {
    net::ServerOptions options;
    options.endpoint = endpoint_of(config.listen);
    options.max_body = config.max_body;
    options.max_headers = config.max_headers;
    options.request_timeout = config.request_timeout;
    options.idle_timeout = config.idle_timeout;
    options.send_buffer = 16 * 1024;  // the largest answer here is a refusal
    options.limits = std::make_shared<net::ConnectionLimits>(max_connections, config.max_connections_per_address);
    return options;
}

core::Result<std::optional<net::ServerCertificate>> certificate_of(const ops::TlsFiles& files) {
    if (files.empty()) return std::optional<net::ServerCertificate>();
    auto loaded = net::ServerCertificate::load(files.certificate, files.key);
    if (loaded.has_error()) return loaded.error();
    return std::optional(std::move(*loaded));
}

delivery::Filter filter_of(const ops::SubscriberConfig& subscriber) {
    return {subscriber.events, subscriber.sources, minimum_evidence_of(subscriber.evidence)};
}

delivery::WorkerOptions worker_options_of(const ops::SubscriberConfig& subscriber) {
    delivery::WorkerOptions options;
    options.policy.subscriber = subscriber.name;
    options.policy.filter = filter_of(subscriber);
    options.policy.retry = subscriber.retry;
    options.policy.max_in_flight = subscriber.max_in_flight;
    options.policy.rate_per_second = subscriber.rate;
    options.format = subscriber.format == "cloudevents" ? delivery::Format::cloudevents : delivery::Format::standard;
    options.timeout = subscriber.timeout;
    options.secrets = reveal(subscriber.secrets);
    return options;
}

core::Result<net::ClientOptions> client_options_of(const ops::SubscriberConfig& subscriber) {
    auto url = net::parse_url(subscriber.url);
    if (url.has_error()) return url.error();
    net::ClientOptions options;
    options.url = std::move(*url);
    options.allow_private = subscriber.allow_private;
    options.ca_file = subscriber.ca;
    options.certificate_file = subscriber.client_certificate.certificate;
    options.key_file = subscriber.client_certificate.key;
    options.max_connections = subscriber.max_in_flight;
    return options;
}

std::vector<store::Enrolment> enrolments_of(const ops::Config& config) {
    std::vector<store::Enrolment> enrolments;
    for (const auto& subscriber : config.subscribers) {
        enrolments.push_back(
            {subscriber.name, subscriber.from == "beginning" ? store::StartFrom::beginning : store::StartFrom::now});
    }
    return enrolments;
}

store::RetentionPolicy retention_of(const ops::StoreConfig& config) {
    return {config.retention, config.max_size, config.state_retention};
}

}  // namespace tollgate::app
