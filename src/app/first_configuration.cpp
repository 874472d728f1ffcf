// Writes the text; every default in it is read from the configuration's own structures.
#include "first_configuration.hpp"

#include <tollgate/ops/config.hpp>
#include <tollgate/ops/toml_line.hpp>

#include <cmath>
#include <string_view>

namespace tollgate::app {
namespace {

using ops::append_line;

constexpr std::string_view subscriber_variable = "ORDERS_SECRET";
constexpr std::string_view token_variable = "CHECKOUT_TOKEN";
constexpr std::string_view redis_variable = "REDIS_PASSWORD";

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

std::string address(const ops::ListenAddress& listen) {
    return quoted(listen.host + ':' + std::to_string(listen.port));
}

std::string secret_variable(std::string_view provider) {
    return ops::variable_for(provider, "secret");
}

void write_head(std::string& out, std::span<const provider::ProviderEntry* const> providers, FirstStore store) {
    out += "# Tollgate, a first configuration. A key that is commented out shows its default. Lines with # and no space are tables to\n"
           "# switch on as a whole, by taking the # away.\n";
    out +=
        "# Secrets are read from the environment (\"${NAME}\") or from a file (\"file:/run/secrets/name\"). Set "
        "these:\n";
    for (const auto* entry : providers) {
        out += "#   " + secret_variable(entry->name) + ": " + std::string(entry->secret_help) + '\n';
    }
    if (store == FirstStore::redis) {
        out += "#   " + std::string(redis_variable) + ": of Redis's user tollgate; openssl rand -hex 32\n";
    }
    out += "#   " + std::string(subscriber_variable) + ": echo \"whsec_$(openssl rand -base64 32)\"\n";
    out += "# Then: tollgate check, tollgate serve, and tollgate send SOURCE for a signed sample.\n";
}

void write_embedded(std::string& out) {
    const ops::StoreConfig store;
    append_line(out, "# path = " + quoted(store.path), "made if it is not there; as a service: \"/var/lib/tollgate\"");
    append_line(out, "# retention = " + quoted(ops::format_duration(store.retention)), "of the log of events");
    append_line(out, "# max_size = " + quoted(ops::format_size(store.max_size)), "of the log of events");
}

void write_redis(std::string& out) {
    const ops::StoreConfig store;
    const auto& redis = store.redis;
    append_line(out, "engine = \"redis\"", "any number of gateways share one; deploy/redis.conf is meant for it");
    append_line(out, "# path = " + quoted(store.path), "of the spool, on a local disk; as a service: \"/var/lib/tollgate\"");
    append_line(out, "# spool_max = " + quoted(ops::format_size(store.spool_max)), "what may wait there while Redis is away");
    append_line(out, "# retention = " + quoted(ops::format_duration(store.redis_retention)), "of the log of events, which is in Redis's memory");
    append_line(out, "# max_size = " + quoted(ops::format_size(store.max_size)), "of the log's events: well below half of maxmemory");
    out += "\n[store.redis]\n";
    out += "# rediss:// with TLS, or unix://USER:PASSWORD@/run/redis/redis.sock on this machine\n";
    out += "url = " + quoted("redis://tollgate:${" + std::string(redis_variable) + "}@127.0.0.1:6379/0") + '\n';
    append_line(out, "# mode = " + quoted(redis.mode), "sentinel: then nodes = [\"HOST:26379\", ...] and master = \"mymaster\"");
    append_line(out, "# tls_ca = \"\"", "with rediss://: trusted instead of the system's authorities");
    append_line(out, "# prefix = " + quoted(redis.prefix), "of every key, so that others may use the same Redis");
    append_line(out, "# timeout = " + quoted(ops::format_duration(redis.timeout)), "then the callback goes to the spool");
    append_line(out, "# wait_replicas = " + std::to_string(redis.wait_replicas), "that have an event before it is acknowledged");
    append_line(out, "# durability = " + quoted(redis.durability), "\"journal\": on this machine's disk as well, before the ACK");
}

void write_token(std::string& out) {
    out += "\n# Who may use the API. Without any token everybody on this machine may. Set this:\n";
    out += "#   " + std::string(token_variable) + ": openssl rand -hex 32\n";
    out += "#[[token]]\n";
    append_line(out, "#name = \"checkout\"", "yours to choose");
    out += "#secret = " + quoted("${" + std::string(token_variable) + '}') + '\n';
    append_line(out, "#scopes = [\"expect\"]", "expect, read, operate; pull: with subscriber = \"NAME\", of one without url");
}

void write_server(std::string& out, FirstStore store) {
    const ops::Config config;
    const auto& receiver = config.receiver;
    out += "\n[receiver]\n";
    append_line(out, "# listen = " + address(receiver.listen), "where callbacks come in");
    append_line(out, "# max_body = " + quoted(ops::format_size(receiver.max_body)), "the largest callback; more is a 413");
    append_line(out, "# request_timeout = " + quoted(ops::format_duration(receiver.request_timeout)), "for the whole request");
    append_line(out, "# trusted_proxies = []", "addresses and ranges whose X-Forwarded-For counts");
    out += "\n[api]\n";
    append_line(out, "# listen = " + address(config.api.listen), "/livez, /readyz, /metrics; open to other machines only with a token");
    write_token(out);
    out += "\n[store]\n";
    store == FirstStore::redis ? write_redis(out) : write_embedded(out);
}

/// "exponents.*" is the table `exponents`.
std::string setting(const provider::SettingKey& key) {
    return std::string(key.name.substr(0, key.name.find('.'))) + " = " + std::string(key.example);
}

/// Required settings are set to their examples; the others are a comment of their own, because a key stands only once.
void write_settings(std::string& out, const provider::ProviderEntry& entry) {
    std::string needed;
    for (const auto& key : entry.settings) {
        if (!key.required) continue;
        out.append("# ").append(key.name).append(": ").append(key.help) += "; put yours here\n";
        needed += (needed.empty() ? "" : ", ") + setting(key);
    }
    if (!needed.empty()) out += "settings = { " + needed + " }\n";
    for (const auto& key : entry.settings) {
        if (!key.required)
            out.append("# settings may hold ").append(setting(key)).append(": ").append(key.help) += '\n';
    }
}

void write_requery(std::string& out, const provider::ProviderEntry& entry) {
    const auto& status = entry.status;
    if (status.make == nullptr) return;
    const ops::RequeryConfig requery;
    std::string credentials;
    out += "\n# Asks " + std::string(entry.name) + " itself when a callback does not come. Set these:\n";
    for (const auto& key : status.credentials) {
        const auto variable = ops::variable_for(entry.name, key.name);
        out.append("#   ").append(variable).append(": ").append(key.help) += '\n';
        credentials.append(credentials.empty() ? "" : ", ").append(key.name).append(" = ") += quoted("${" + variable + '}');
    }
    out += "#[source.requery]\n";
    out += "#credentials = { " + credentials + " }\n";
    if (status.base_url.empty()) {
        append_line(out, "#base_url = \"https://api.example.com\"", "the one that you were given");
    } else {
        append_line(out, "#base_url = " + quoted(status.base_url), "the default");
    }
    append_line(out, "#first_after = " + quoted(ops::format_duration(status.first_after)), "from the registration to the first question");
    append_line(out, "#give_up_after = " + quoted(ops::format_duration(requery.give_up_after)), "then the payment is unresolved");
    append_line(out, "#rate = " + std::to_string(std::lround(requery.rate)), "questions per second");
    append_line(out, "#on_unconfirmed = " + quoted(requery.on_unconfirmed), "what was held for a confirmation and got no answer: publish or hold");
}

void write_source(std::string& out, const provider::ProviderEntry& entry) {
    const std::string name(entry.name);
    out += "\n[[source]]\n";
    append_line(out, "name = " + quoted(name), "yours to choose; it is part of every event");
    out += "provider = " + quoted(name) + '\n';
    append_line(out, "# path = " + quoted("/in/" + name), "give the provider https://YOUR-HOST/in/" + name);
    append_line(out, "secrets = [" + quoted("${" + secret_variable(name) + '}') + ']', "several while one replaces the other");
    append_line(out, "# allow = []", "addresses and ranges that may call; empty: any");
    append_line(out, "# other_ids = true", "false: payments are found by their reference only, which costs less");
    append_line(out, "# confirm = " + quoted(ops::SourceConfig().confirm), "whether final states are asked about before: auto, never, always");
    write_settings(out, entry);
    write_requery(out, entry);
}

void write_subscriber(std::string& out) {
    const ops::SubscriberConfig subscriber;
    out += "\n[[subscriber]]\n";
    append_line(out, "name = \"orders\"", "the store remembers it: keep it");
    append_line(out, "url = \"http://127.0.0.1:9000/hooks\"", "your service: each event is a POST, any 2xx takes it");
    append_line(out, "secrets = [" + quoted("${" + std::string(subscriber_variable) + '}') + ']',
         "signs what it gets, as Standard Webhooks");
    out += "# Without url and secrets it pulls its events over the API, with a token of its own.\n";
    append_line(out, "# events = [\"*\"]", "patterns on the type, as in [\"payment.*\"]");
    append_line(out, "# sources = [\"*\"]", "patterns on the source's name");
    append_line(out, "# evidence = " + quoted(subscriber.evidence),
         "what final states need at least: any, signed or confirmed");
    append_line(out, "# from = " + quoted(subscriber.from), "where a new one starts: now or beginning");
    append_line(out, "# timeout = " + quoted(ops::format_duration(subscriber.timeout)), "of one attempt");
    append_line(out, "# max_in_flight = " + std::to_string(subscriber.max_in_flight), "requests at a time");
    append_line(out, "# rate = 0", "requests per second; 0: no limit");
}

}  // namespace

std::string first_configuration(std::span<const provider::ProviderEntry* const> providers, FirstStore store) {
    std::string out;
    write_head(out, providers, store);
    write_server(out, store);
    for (const auto* entry : providers) write_source(out, *entry);
    write_subscriber(out);
    return out;
}

}  // namespace tollgate::app
