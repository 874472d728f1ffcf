// Gateway: the running program: what is made in which order, how it reloads, and how it ends.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tollgate/core/clock.hpp>
#include <tollgate/net/loop.hpp>
#include <tollgate/net/server_tls.hpp>
#include <tollgate/ops/config.hpp>
#include <tollgate/ops/log.hpp>
#include <tollgate/ops/metrics.hpp>

#include "api.hpp"
#include "loop_work.hpp"
#include "observers.hpp"
#include "pull_lag.hpp"
#include "stores.hpp"

namespace tollgate::app {

/// Owned by `serve`. start(), then run() until SIGTERM or SIGINT; members are in the order in which they come up, and go down in
/// the reverse one. The calling thread is the control loop: API listener, signals, maintenance.
class Gateway {
  public:
    Gateway(ops::Config config, const core::Clock& clock, ops::Log& log);
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    /// Opens the store, enrols subscribers, listens. Errors: the first thing that could not be done.
    core::Result<void> start();
    /// Returns when the gateway has ended in order.
    void run();

  private:
    /// What a listener serves HTTPS by; null: plain HTTP, for the gateway's life.
    struct Listener {
        std::string_view name;
        std::shared_ptr<net::ServerTls> tls;
    };
    struct Certificates {
        std::optional<net::ServerCertificate> receiver;
        std::optional<net::ServerCertificate> api;
    };
    static core::Result<Certificates> certificates_of(const ops::Config& config);

    core::Result<void> open_store();
    core::Result<void> enrol_subscribers();
    core::Result<void> make_loops();
    core::Result<void> make_receivers();
    core::Result<void> load_certificates();
    core::Result<void> open_api();
    core::Result<void> hear_of_growth();
    void watch_signals();
    void schedule_maintenance();
    void maintain();
    core::WallTime time_for_ageing();

    void reload();
    void apply(const ops::Config& fresh, const Certificates& certificates);
    void put_certificate(Listener& listener, const net::ServerCertificate& certificate);
    void tell_of(const Listener& listener, const net::ServerCertificate& certificate);
    /// One with a url.
    void put_subscriber(const ops::SubscriberConfig& subscriber);
    /// Asks the providers of those sources, and no others. One loop asks them all: it is little work, and needs no locks.
    void put_sources(const ops::Config& fresh);

    void begin_drain();
    void stop_listening();
    void finish_when_idle(core::SteadyTime deadline);
    void ask_whether_settled();

    ops::Config config_;
    const core::Clock& clock_;
    ops::Log& log_;
    ops::Metrics metrics_;
    FaultCounter faults_;
    EdgeObserver edge_;
    StoreMetrics store_metrics_;
    SubscriberBoard board_;
    net::ServerObserver api_observer_;
    boost::asio::io_context control_{1};
    boost::asio::signal_set signals_;
    boost::asio::steady_timer maintenance_timer_;
    boost::asio::steady_timer end_timer_;
    PullLag pull_lag_;
    Listener receiver_listener_{"receiver", nullptr};
    Listener api_listener_{"api", nullptr};
    std::unique_ptr<net::Loops> loops_;
    std::unique_ptr<Stores> stores_;
    std::vector<std::unique_ptr<LoopWork>> work_;
    std::map<std::string, std::size_t> loop_of_subscriber_;
    std::set<std::string> asked_;  ///< sources whose provider is asked, all by the first loop
    std::vector<bool> settled_;  ///< by loop, after stop_listening()
    std::shared_ptr<GrowthRelay> api_growth_;
    std::unique_ptr<ApiHandler> api_;
    std::unique_ptr<net::HttpServer> api_server_;
    core::WallTime started_wall_;
    core::SteadyTime started_steady_;
    bool draining_ = false;
};

}  // namespace tollgate::app
