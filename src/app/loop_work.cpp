// Implements LoopWork.
#include "loop_work.hpp"

#include <algorithm>
#include <utility>

#include "setup.hpp"

namespace tollgate::app {
namespace {

void report(ops::Log& log, std::string_view event, std::string_view name, const core::Error& error) {
    log.write(ops::Level::error, event,
              {{"name", name}, {"error", core::to_string(error.code)}, {"message", std::string_view(error.message)}});
}

}  // namespace

LoopWork::LoopWork(boost::asio::io_context& loop, const Shared& shared, net::ServerOptions options)
    : loop_(loop),
      shared_(shared),
      receiver_(loop, shared.store, shared.clock, shared.metrics, shared.log),
      server_(loop, std::move(options), receiver_, shared.edge, shared.faults),
      waiting_(shared.metrics, shared.log),
      due_(loop, shared.store, shared.clock, waiting_),
      growth_(std::make_shared<GrowthRelay>(loop, shared.store.shard_count(), [this](std::span<const store::Shard> shards) {
          for (auto& [name, subscriber] : subscribers_) subscriber.worker->log_grew(shards);
      })) {}

LoopWork::~LoopWork() = default;

void LoopWork::set_routes(std::vector<receiver::SourceRoute> routes, net::AddressRanges trusted_proxies) {
    receiver_.trust_proxies(std::move(trusted_proxies));
    const auto set = receiver_.set_routes(std::move(routes));
    if (set.has_error()) report(shared_.log, "sources_not_changed", "", set.error());
}

void LoopWork::put_subscriber(const ops::SubscriberConfig& subscriber) {
    auto options = client_options_of(subscriber);
    if (options.has_error()) return report(shared_.log, "subscriber_not_started", subscriber.name, options.error());
    auto client = net::EndpointClient::create(loop_, std::move(*options), shared_.faults);
    if (client.has_error()) return report(shared_.log, "subscriber_not_started", subscriber.name, client.error());

    if (const auto known = subscribers_.find(subscriber.name); known != subscribers_.end()) {
        const auto changed = known->second.worker->reconfigure(worker_options_of(subscriber), std::move(*client));
        if (changed.has_error()) report(shared_.log, "subscriber_not_changed", subscriber.name, changed.error());
        return;
    }
    auto observer = std::make_unique<SubscriberObserver>(subscriber.name, shared_.metrics, shared_.log, shared_.board);
    auto worker = delivery::DeliveryWorker::create(loop_, worker_options_of(subscriber), shared_.store, std::move(*client),
                                                   shared_.clock, *observer);
    if (worker.has_error()) return report(shared_.log, "subscriber_not_started", subscriber.name, worker.error());
    delivers_.store(true);
    (*worker)->start();
    subscribers_.emplace(subscriber.name, Subscriber{std::move(observer), std::move(*worker)});
}

void LoopWork::drop_subscriber(const std::string& name) {
    const auto found = subscribers_.find(name);
    if (found == subscribers_.end()) return;
    found->second.worker->stop();
    subscribers_.erase(found);
    delivers_.store(!subscribers_.empty());
}

void LoopWork::put_source(const ops::SourceConfig& source) {
    drop_source(source.name);
    if (!source.requery) return due_.let_go(source.name);
    waiting_.know(source.name);
    auto api = provider::find_provider(source.provider)->status.make(status_settings_of(source));
    if (api.has_error()) return report(shared_.log, "source_not_asked", source.name, api.error());
    auto client = net::EndpointClient::create(loop_, status_client_options_of(source), shared_.faults);
    if (client.has_error()) return report(shared_.log, "source_not_asked", source.name, client.error());
    auto observer = std::make_unique<RequeryMetrics>(source.name, shared_.metrics, shared_.log);
    auto worker = std::make_unique<requery::RequeryWorker>(loop_, requery_options_of(source), shared_.store, std::move(*api),
                                                           std::move(*client), shared_.clock, *observer);
    due_.put(source.name, *worker);
    asked_.emplace(source.name, Asked{std::move(observer), std::move(worker)});
}

/// What is on its way to the provider is given up: it is asked again by whoever asks next.
void LoopWork::drop_source(const std::string& name) {
    due_.remove(name);
    asked_.erase(name);
}

void LoopWork::stop() {
    server_.stop();
    for (auto& [name, subscriber] : subscribers_) subscriber.worker->stop();
    for (auto& [name, asked] : asked_) asked.worker->stop();
    due_.stop();
}

bool LoopWork::settled() const {
    const auto is_settled = [](const auto& entry) { return entry.second.worker->settled(); };
    return std::ranges::all_of(subscribers_, is_settled) && std::ranges::all_of(asked_, is_settled) && due_.left();
}

}  // namespace tollgate::app
