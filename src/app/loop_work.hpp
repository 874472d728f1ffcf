// LoopWork: everything that lives on one loop: its receiver, its listener, and the subscribers it works for.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <span>
#include <string>

#include <tollgate/core/clock.hpp>
#include <tollgate/delivery/worker.hpp>
#include <tollgate/net/http_server.hpp>
#include <tollgate/ops/config.hpp>
#include <tollgate/ops/log.hpp>
#include <tollgate/ops/metrics.hpp>
#include <tollgate/receiver/receiver.hpp>
#include <tollgate/requery/poller.hpp>
#include <tollgate/requery/worker.hpp>
#include <tollgate/store/store.hpp>

#include "growth_relay.hpp"
#include "observers.hpp"

namespace tollgate::app {

/// What the parts of a loop share with all others; outlives them.
struct Shared {
    store::Store& store;
    const core::Clock& clock;
    ops::Metrics& metrics;
    ops::Log& log;
    core::FaultSink& faults;
    EdgeObserver& edge;
    SubscriberBoard& board;
};

/// Made before the loops run, destroyed after they stopped; in between every call is made on its loop.
class LoopWork {
  public:
    LoopWork(boost::asio::io_context& loop, const Shared& shared, net::ServerOptions options);
    ~LoopWork();
    LoopWork(const LoopWork&) = delete;
    LoopWork& operator=(const LoopWork&) = delete;

    /// Errors: the address cannot be listened at.
    core::Result<void> listen() { return server_.start(); }
    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return server_.endpoint(); }

    void set_routes(std::vector<receiver::SourceRoute> routes, net::AddressRanges trusted_proxies);
    /// One with a url. Starts, changes or leaves alone; errors go to the log, and the subscriber stays as it was.
    void put_subscriber(const ops::SubscriberConfig& subscriber);
    void drop_subscriber(const std::string& name);

    /// Looks for what is to be asked about from now on; of a process one loop does.
    void start_asking() { due_.start(); }
    /// Asks the provider of a source from now on, as its [source.requery] says; without one no longer. Errors go to the log.
    void put_source(const ops::SourceConfig& source);
    void drop_source(const std::string& name);

    void drain() { server_.drain(); }
    /// Stops the listener and the deliveries; requests in progress may finish.
    void stop();
    /// After stop(): whether every delivery's outcome that is known is saved, and every provider's answer, and what is to be
    /// asked about is left to other nodes.
    [[nodiscard]] bool settled() const;

    /// From any thread.
    void log_grew(std::span<const store::Shard> shards) {
        if (delivers_.load()) growth_->announce(shards);
    }
    [[nodiscard]] boost::asio::io_context& loop() noexcept { return loop_; }

  private:
    struct Subscriber {
        std::unique_ptr<SubscriberObserver> observer;
        std::unique_ptr<delivery::DeliveryWorker> worker;
    };

    struct Asked {
        std::unique_ptr<RequeryMetrics> observer;
        std::unique_ptr<requery::RequeryWorker> worker;
    };

    boost::asio::io_context& loop_;
    Shared shared_;
    receiver::Receiver receiver_;
    net::HttpServer server_;
    std::map<std::string, Subscriber> subscribers_;
    std::atomic<bool> delivers_{false};  ///< there are some; before they look at the log for the first time
    std::map<std::string, Asked> asked_;  ///< by source
    WaitingMetrics waiting_;
    requery::DuePoller due_;              ///< after the workers, which it calls
    std::shared_ptr<GrowthRelay> growth_;
};

}  // namespace tollgate::app
