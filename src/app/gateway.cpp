// Implements Gateway: how it comes up, and how it ends.
#include "gateway.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <future>
#include <thread>
#include <utility>

#include "descriptors.hpp"
#include "setup.hpp"

namespace tollgate::app {
namespace {

constexpr std::chrono::seconds maintenance_interval{60};
/// How long requests in progress may take to end after the listeners closed.
constexpr std::chrono::milliseconds grace{2'000};

std::string text_of(const boost::asio::ip::tcp::endpoint& endpoint) {
    const auto host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

}  // namespace

Gateway::Gateway(ops::Config config, const core::Clock& clock, ops::Log& log)
    : config_(std::move(config)),
      clock_(clock),
      log_(log),
      faults_(log, metrics_),
      edge_(metrics_),
      store_metrics_(metrics_),
      signals_(control_),
      maintenance_timer_(control_),
      end_timer_(control_),
      pull_lag_(control_, config_.subscribers, metrics_),
      started_wall_(clock.wall()),
      started_steady_(clock.steady()) {}

Gateway::~Gateway() {
    if (stores_) stores_->on_append({});
    if (loops_) loops_->stop();
    api_server_.reset();
    api_.reset();
    work_.clear();
    // The store ends after what uses it and before the loops that its last answers are posted to.
    stores_.reset();
}

core::Result<void> Gateway::start() {
    for (const auto step : {&Gateway::load_certificates, &Gateway::make_loops, &Gateway::open_store,
                            &Gateway::enrol_subscribers, &Gateway::make_receivers, &Gateway::open_api, &Gateway::hear_of_growth}) {
        if (auto done = (this->*step)(); done.has_error()) return done;
    }
    watch_signals();
    schedule_maintenance();
    pull_lag_.start(*stores_);
    loops_->start();
    log_.write(ops::Level::info, "listening",
               {{"receiver", std::string_view(text_of(work_.front()->endpoint()))},
                {"api", std::string_view(text_of(api_server_->endpoint()))},
                {"acknowledged_means", std::string_view(stores_->control().durability())}});
    return {};
}

core::Result<void> Gateway::open_store() {
    auto opened = Stores::open(config_.store, {*loops_, control_, clock_, faults_, store_metrics_, log_});
    if (opened.has_error()) return opened.error();
    stores_ = std::move(*opened);
    return {};
}

core::Result<void> Gateway::enrol_subscribers() {
    // Nothing runs yet, so waiting here blocks nobody.
    std::promise<core::Result<void>> promise;
    auto enrolled = promise.get_future();
    stores_->enrol(enrolments_of(config_), [&promise](core::Result<void> result) { promise.set_value(std::move(result)); });
    return enrolled.get();
}

core::Result<void> Gateway::make_loops() {
    const auto count = config_.receiver.threads != 0 ? config_.receiver.threads
                                                     : std::max<std::size_t>(1, std::thread::hardware_concurrency());
    loops_ = std::make_unique<net::Loops>(count, faults_);
    return {};
}

core::Result<void> Gateway::make_receivers() {
    auto options = server_options_of(config_.receiver, affordable_connections(config_.receiver.max_connections, log_));
    options.tls = receiver_listener_.tls;
    // The loops share their port among themselves; with another program they must not.
    if (auto is_free = net::check_endpoint_free(options.endpoint); is_free.has_error()) return is_free;
    for (std::size_t i = 0; i < loops_->size(); ++i) {
        const Shared shared{stores_->of_loop(i), clock_, metrics_, log_, faults_, edge_, board_};
        auto work = std::make_unique<LoopWork>((*loops_)[i], shared, options);
        work->set_routes(routes_of(config_), ranges_of(config_.receiver.trusted_proxies));
        if (auto listening = work->listen(); listening.has_error()) return listening;
        options.endpoint = work->endpoint();  // the port that the first one got, should any have been asked for
        work_.push_back(std::move(work));
    }
    for (const auto& subscriber : config_.subscribers) {
        if (!subscriber.pulls()) put_subscriber(subscriber);
    }
    put_sources(config_);
    boost::asio::post(work_.front()->loop(), [this] { work_.front()->start_asking(); });
    return {};
}

core::Result<void> Gateway::open_api() {
    api_ = std::make_unique<ApiHandler>(*stores_, metrics_, log_, control_, config_, board_);
    net::ServerOptions options;
    options.endpoint = endpoint_of(config_.api.listen);
    options.max_headers = 32 * 1024;  // a cursor names a position in every shard, and there may be 4096
    options.reuse_port = false;
    options.tls = api_listener_.tls;
    api_server_ = std::make_unique<net::HttpServer>(control_, options, *api_, api_observer_, faults_);
    return api_server_->start();
}

/// From whatever thread the store calls on: only who has something to do about it is woken.
core::Result<void> Gateway::hear_of_growth() {
    api_growth_ = std::make_shared<GrowthRelay>(control_, stores_->control().shard_count(),
                                                [this](std::span<const store::Shard> shards) { api_->log_grew(shards); });
    stores_->on_append([this](std::span<const store::Shard> shards) {
        for (auto& work : work_) work->log_grew(shards);
        if (api_->awaits_growth()) api_growth_->announce(shards);
    });
    return {};
}

void Gateway::run() {
    for (;;) {
        try {
            control_.run();
            break;
        } catch (const std::exception& error) {
            faults_.fault("control", error.what());
        }
    }
    log_.write(ops::Level::info, "ended");
}

void Gateway::watch_signals() {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) signals_.add(signal);
    signals_.async_wait([this](boost::system::error_code error, int signal) {
        if (error) return;
        if (signal == SIGHUP) {
            reload();
        } else if (!draining_) {
            begin_drain();
        }
        watch_signals();
    });
}

void Gateway::schedule_maintenance() {
    maintenance_timer_.expires_after(maintenance_interval);
    maintenance_timer_.async_wait([this](boost::system::error_code error) {
        if (error || draining_) return;
        maintain();
        schedule_maintenance();
    });
}

/// What is forgotten by age must not go because somebody set the clock: wall time, as long as it keeps pace with the steady clock.
core::WallTime Gateway::time_for_ageing() {
    const auto wall = clock_.wall();
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - started_steady_);
    const auto believable = started_wall_ + passed + std::chrono::minutes(1);
    if (wall <= believable) return wall;
    log_.write(ops::Level::warning, "wall_clock_jumped",
               {{"ahead_ms", static_cast<std::int64_t>((wall - believable).count())},
                {"consequence", "retention goes by the steady clock until the next start"}});
    return believable;
}

void Gateway::maintain() {
    stores_->control().maintain(retention_of(config_.store), time_for_ageing(), [this](core::Result<store::MaintenanceReport> report) {
        if (report.has_error()) return faults_.fault("store.maintain", report.error().message);
        for (const auto& expired : report->expired) {
            metrics_.expired(expired.subscriber).increment(static_cast<double>(expired.events));
            metrics_.dead_letters(expired.subscriber).increment(static_cast<double>(expired.events));
            log_.write(ops::Level::error, "events_expired",
                       {{"subscriber", std::string_view(expired.subscriber)},
                        {"events", static_cast<std::int64_t>(expired.events)}});
        }
    });
}

void Gateway::begin_drain() {
    draining_ = true;
    log_.write(ops::Level::info, "draining");
    api_->drain();
    maintenance_timer_.cancel();
    pull_lag_.stop();
    stores_->stop_draining();
    for (auto& work : work_) boost::asio::post(work->loop(), [&work] { work->drain(); });
    end_timer_.expires_after(config_.receiver.drain);
    end_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) stop_listening();
    });
}

void Gateway::stop_listening() {
    settled_.assign(work_.size(), false);
    for (auto& work : work_) boost::asio::post(work->loop(), [&work] { work->stop(); });
    finish_when_idle(clock_.steady() + grace);
}

/// Outcomes of deliveries that are not saved would be delivered again by the next run.
void Gateway::ask_whether_settled() {
    for (std::size_t i = 0; i < work_.size(); ++i) {
        boost::asio::post(work_[i]->loop(), [this, i] {
            boost::asio::post(control_, [this, i, settled = work_[i]->settled()] { settled_[i] = settled; });
        });
    }
}

void Gateway::finish_when_idle(core::SteadyTime deadline) {
    ask_whether_settled();
    end_timer_.expires_after(std::chrono::milliseconds(50));
    end_timer_.async_wait([this, deadline](boost::system::error_code error) {
        if (error) return;
        const bool idle = edge_.open_connections() == 0 && std::ranges::all_of(settled_, [](bool settled) { return settled; });
        if (!idle && clock_.steady() < deadline) return finish_when_idle(deadline);
        loops_->stop();
        signals_.cancel();
        api_server_->stop();
        control_.stop();
    });
}

}  // namespace tollgate::app
