// Implements Gateway's reload: SIGHUP swaps sources, subscribers and tokens, or nothing.
#include <boost/asio/post.hpp>
#include <algorithm>
#include <set>
#include <utility>

#include "gateway.hpp"
#include "setup.hpp"

namespace tollgate::app {
namespace {

/// What cannot change while the gateway runs, by its place in the configuration.
std::vector<std::string> needs_restart(const ops::Config& now, const ops::Config& fresh) {
    std::vector<std::string> names;
    const auto compare = [&](bool same, const char* name) {
        if (!same) names.emplace_back(name);
    };
    const auto& a = now.receiver;
    const auto& b = fresh.receiver;
    compare(a.listen.host == b.listen.host && a.listen.port == b.listen.port, "receiver.listen");
    compare(a.threads == b.threads, "receiver.threads");
    compare(a.tls.empty() == b.tls.empty(), "receiver.tls");
    compare(a.max_body == b.max_body && a.max_headers == b.max_headers && a.request_timeout == b.request_timeout &&
                a.idle_timeout == b.idle_timeout && a.max_connections == b.max_connections &&
                a.max_connections_per_address == b.max_connections_per_address,
            "receiver limits");
    compare(now.api.listen.host == fresh.api.listen.host && now.api.listen.port == fresh.api.listen.port, "api.listen");
    compare(now.api.tls.empty() == fresh.api.tls.empty(), "api.tls");
    compare(now.store.engine == fresh.store.engine && now.store.path == fresh.store.path &&
                now.store.shards == fresh.store.shards && now.store.spool_max == fresh.store.spool_max &&
                now.store.redis == fresh.store.redis,
            "store");
    return names;
}

/// Whether a source is asked as it was before.
bool is_asked_alike(const std::vector<ops::SourceConfig>& before, const ops::SourceConfig& now) {
    const auto found = std::ranges::find(before, now.name, &ops::SourceConfig::name);
    if (found == before.end() || !found->requery || found->provider != now.provider || found->confirm != now.confirm ||
        found->other_ids != now.other_ids) {
        return false;
    }
    const auto setting = [](const auto& a, const auto& b) { return a.key == b.key && a.text == b.text; };
    const auto credential = [](const auto& a, const auto& b) { return a.key == b.key && a.value.reveal() == b.value.reveal(); };
    const auto& a = *found->requery;
    const auto& b = *now.requery;
    return a.base_url == b.base_url && a.first_after == b.first_after && a.backoff == b.backoff && a.give_up_after == b.give_up_after &&
           a.rate == b.rate && a.confirm_timeout == b.confirm_timeout && a.on_unconfirmed == b.on_unconfirmed &&
           a.conflict_recheck == b.conflict_recheck && std::ranges::equal(found->settings, now.settings, setting) &&
           std::ranges::equal(a.credentials, b.credentials, credential);
}

}  // namespace

void Gateway::reload() {
    if (draining_) {
        log_.write(ops::Level::warning, "configuration_kept", {{"reason", "the gateway is about to end"}});
        return;
    }
    auto fresh = load(config_.file);
    if (!fresh.problems.empty()) {
        for (const auto& problem : fresh.problems) {
            log_.write(ops::Level::error, "configuration_problem", {{"problem", std::string_view(problem.text())}});
        }
        log_.write(ops::Level::error, "configuration_kept", {{"reason", "the new one has problems; the old one goes on"}});
        return;
    }
    // Loaded before anything is swapped: what cannot be used leaves everything as it is.
    auto certificates = certificates_of(fresh.config);
    if (certificates.has_error()) {
        log_.write(ops::Level::error, "configuration_kept", {{"reason", std::string_view(certificates.error().message)}});
        return;
    }
    for (const auto& name : needs_restart(config_, fresh.config)) {
        log_.write(ops::Level::warning, "restart_needed", {{"setting", std::string_view(name)}});
    }
    // Subscribers must be known to the store before their workers load their cursors.
    auto enrolments = enrolments_of(fresh.config);
    stores_->enrol(std::move(enrolments), [this, config = std::move(fresh.config),
                                          certificates = std::move(*certificates)](core::Result<void> result) mutable {
        boost::asio::post(control_, [this, config = std::move(config), certificates = std::move(certificates),
                                     result = std::move(result)] {
            if (draining_) return;
            if (result.has_error()) {
                log_.write(ops::Level::error, "configuration_kept", {{"reason", std::string_view(result.error().message)}});
                return;
            }
            apply(config, certificates);
            log_.write(ops::Level::info, "configuration_reloaded");
        });
    });
}

void Gateway::apply(const ops::Config& fresh, const Certificates& certificates) {
    if (certificates.receiver) put_certificate(receiver_listener_, *certificates.receiver);
    if (certificates.api) put_certificate(api_listener_, *certificates.api);
    for (auto& work : work_) {
        boost::asio::post(work->loop(), [&work, routes = routes_of(fresh),
                                         proxies = ranges_of(fresh.receiver.trusted_proxies)]() mutable {
            work->set_routes(std::move(routes), std::move(proxies));
        });
    }
    put_sources(fresh);
    std::set<std::string> kept;
    for (const auto& subscriber : fresh.subscribers) {
        if (subscriber.pulls()) continue;  // also one that was posted to until now
        kept.insert(subscriber.name);
        put_subscriber(subscriber);
    }
    for (auto entry = loop_of_subscriber_.begin(); entry != loop_of_subscriber_.end();) {
        if (kept.contains(entry->first)) {
            ++entry;
            continue;
        }
        auto& work = work_[entry->second];
        boost::asio::post(work->loop(), [&work, name = entry->first] { work->drop_subscriber(name); });
        entry = loop_of_subscriber_.erase(entry);
    }
    // What needs a restart stays as it was, so that the next reload says so again.
    config_.development = fresh.development;
    if (receiver_listener_.tls && !fresh.receiver.tls.empty()) config_.receiver.tls = fresh.receiver.tls;
    if (api_listener_.tls && !fresh.api.tls.empty()) config_.api.tls = fresh.api.tls;
    config_.receiver.drain = fresh.receiver.drain;
    config_.receiver.trusted_proxies = fresh.receiver.trusted_proxies;
    // Until the restart the old engine goes on, and the new one's default is not meant for it.
    if (config_.store.engine == fresh.store.engine) config_.store.retention = fresh.store.retention;
    config_.store.max_size = fresh.store.max_size;
    config_.store.state_retention = fresh.store.state_retention;
    config_.sources = fresh.sources;
    config_.subscribers = fresh.subscribers;
    config_.tokens = fresh.tokens;
    api_->configuration_changed(Tokens(fresh.tokens));
}

void Gateway::put_sources(const ops::Config& fresh) {
    auto before = std::exchange(asked_, {});
    for (const auto& source : fresh.sources) {
        const bool is_known = before.erase(source.name) != 0;
        if (!source.requery) {
            boost::asio::post(work_.front()->loop(), [this, source] { work_.front()->put_source(source); });
            continue;
        }
        asked_.insert(source.name);
        // Who goes on asking keeps its pace, its breaker and its login.
        if (is_known && is_asked_alike(config_.sources, source)) continue;
        boost::asio::post(work_.front()->loop(), [this, source] { work_.front()->put_source(source); });
    }
    for (const auto& name : before) {
        boost::asio::post(work_.front()->loop(), [this, name] { work_.front()->drop_source(name); });
    }
}

void Gateway::put_subscriber(const ops::SubscriberConfig& subscriber) {
    // A subscriber is one loop's work as a whole, so that its limits and its breaker need no locks; new ones go round the loops.
    const auto next = loop_of_subscriber_.size() % work_.size();
    const auto index = loop_of_subscriber_.try_emplace(subscriber.name, next).first->second;
    auto& work = work_[index];
    boost::asio::post(work->loop(), [&work, subscriber] { work->put_subscriber(subscriber); });
}

}  // namespace tollgate::app
