// Wires the redis engine: connections, spool, and what is done when Redis comes back.
#include "redis_stores.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <atomic>
#include <charconv>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <tollgate/store/node_name.hpp>
#include <tollgate/store/redis.hpp>

namespace tollgate::app {
namespace {

constexpr std::chrono::milliseconds enrol_again{500};

/// "HOST:PORT", "[::1]:26379"; the configuration has checked it.
store::HostAndPort node_of(const std::string& text) {
    store::HostAndPort node;
    const auto colon = text.rfind(':');
    node.host = text.substr(0, colon);
    if (node.host.starts_with('[') && node.host.ends_with(']')) node.host = node.host.substr(1, node.host.size() - 2);
    if (colon != std::string::npos) std::from_chars(text.data() + colon + 1, text.data() + text.size(), node.port);
    return node;
}

core::Result<store::RedisOptions> options_of(const ops::StoreConfig& config) {
    auto address = store::parse_redis_url(config.redis.url);
    if (address.has_error()) return core::Error(address.error().code, "store.redis.url: " + address.error().message);
    store::RedisOptions options;
    options.address = std::move(*address);
    options.address.tls_ca = config.redis.tls_ca;
    options.address.timeout = config.redis.timeout;
    if (config.redis.mode == "sentinel") {
        options.address.mode = store::RedisMode::sentinel;
        options.address.master = config.redis.master;
        for (const auto& node : config.redis.nodes) options.address.sentinels.push_back(node_of(node));
    }
    options.prefix = config.redis.prefix;
    options.shards = config.shards;
    options.wait_replicas = config.redis.wait_replicas;
    options.journal_retention = config.retention;
    return options;
}

/// What a Redis that lost its last seconds has to be told again; until each connection is back the spool keeps it. Each
/// comes to know of it by itself, and may have stayed behind with a master that was replaced long ago; but what it wrote
/// before one of the others had all handed over is among that. From every loop.
class HandOver {
  public:
    HandOver(const std::unique_ptr<store::Spool>& spool) : spool_(spool) {}
    /// A connection that ended, and how many times all had been handed over by then.
    struct Lost {
        std::uint64_t done = 0;
        store::OutageId outage = 0;
    };
    Lost connection_lost() { return {done_.load(), spool_->begin_outage()}; }
    void connection_back(const Lost& lost, bool may_have_forgotten) {
        auto done = lost.done;
        if (may_have_forgotten && done_.compare_exchange_strong(done, done + 1)) spool_->hand_over_again();
        spool_->end_outage(lost.outage);
    }

  private:
    const std::unique_ptr<store::Spool>& spool_;  ///< there before any connection
    std::atomic<std::uint64_t> done_{0};
};

/// Of the store on one loop: the control loop's store tells of the same server, but only these are asked to write callbacks.
class LoopObserver final : public store::RedisObserver {
  public:
    LoopObserver(ops::Log& log, HandOver& hand_over) : log_(log), hand_over_(hand_over) {}
    void redis_connected(std::string_view /*durability*/, const std::vector<std::string>& /*warnings*/,
                         bool may_have_forgotten) override {
        connected_ = true;
        if (const auto lost = std::exchange(lost_, std::nullopt)) hand_over_.connection_back(*lost, may_have_forgotten);
    }
    void redis_lost(std::string_view /*why*/) override {
        if (std::exchange(connected_, false)) lost_ = hand_over_.connection_lost();
    }
    void redis_refused(std::string_view why) override {
        log_.write(ops::Level::error, "redis_refuses",
                   {{"reason", why}, {"consequence", "callbacks go to the spool until it takes them"}});
    }
    void redis_takes_again() override { log_.write(ops::Level::info, "redis_takes_again"); }

  private:
    ops::Log& log_;
    HandOver& hand_over_;
    bool connected_ = false;
    std::optional<HandOver::Lost> lost_;
};

class RedisStores final : public Stores, private store::RedisObserver {
  public:
    explicit RedisStores(const Context& context) : context_(context), control_(context.log, hand_over_), enrol_timer_(context.control) {}
    ~RedisStores() override {
        stop_draining();
        enrol_timer_.cancel();
        // The safe ones refer to the bare ones.
        safe_.clear();
        bare_.clear();
    }

    core::Result<void> open(const ops::StoreConfig& config);

    store::Store& control() override { return *safe_.back(); }
    store::Store& of_loop(std::size_t index) override { return *safe_.at(index); }
    void on_append(std::function<void(std::span<const store::Shard>)> listener) override {
        for (auto& each : safe_) {
            if (listener) {
                each->on_append(listener);
            } else {
                each->on_append({});
            }
        }
    }
    void enrol(std::vector<store::Enrolment> subscribers, core::UniqueFunction<void(core::Result<void>)> done) override {
        {
            const std::lock_guard lock(enrolments_mutex_);
            enrolments_ = std::move(subscribers);
        }
        enrol_now();
        done({});
    }
    std::optional<store::SpoolStatus> spool() const override { return spool_->status(); }
    const core::Clock& clock() const override { return context_.clock; }
    void stop_draining() override {
        ended_ = true;
        if (std::exchange(draining_, false)) spool_->stop_draining();
    }

  private:
    core::Result<void> add(store::RedisOptions options, boost::asio::io_context& loop, store::RedisObserver& observer,
                           store::SpoolUse use);
    /// From every loop.
    std::vector<store::Enrolment> enrolments() const {
        const std::lock_guard lock(enrolments_mutex_);
        return enrolments_;
    }
    void enrol_now();
    void begin_draining();
    void redis_connected(std::string_view durability, const std::vector<std::string>& warnings,
                         bool may_have_forgotten) override;
    void redis_lost(std::string_view why) override;
    void redis_refused(std::string_view why) override { control_.redis_refused(why); }
    void redis_takes_again() override { control_.redis_takes_again(); }

    const Context context_;
    std::unique_ptr<store::Spool> spool_;
    HandOver hand_over_{spool_};
    LoopObserver control_;
    std::vector<std::unique_ptr<LoopObserver>> loops_;
    std::vector<std::unique_ptr<store::Store>> bare_;  ///< by loop, the control loop's at the end
    std::vector<std::unique_ptr<store::Store>> safe_;  ///< the same behind the spool
    mutable std::mutex enrolments_mutex_;
    std::vector<store::Enrolment> enrolments_;
    boost::asio::steady_timer enrol_timer_;
    bool draining_ = false;
    bool ended_ = false;
};

core::Result<void> RedisStores::open(const ops::StoreConfig& config) {
    auto options = options_of(config);
    if (options.has_error()) return options.error();
    store::SpoolOptions spool;
    spool.directory = config.path;
    spool.max_bytes = config.spool_max;
    auto opened = store::Spool::open(std::move(spool), context_.clock, context_.faults);
    if (opened.has_error()) return opened.error();
    spool_ = std::move(*opened);
    auto name = store::node_name(config.path);
    if (name.has_error()) return name.error();
    options->node = std::move(*name);
    options->enrolments = [this] { return enrolments(); };
    const auto use = config.redis.durability == "journal" ? store::SpoolUse::always : store::SpoolUse::when_away;
    for (std::size_t i = 0; i < context_.loops.size(); ++i) {
        loops_.push_back(std::make_unique<LoopObserver>(context_.log, hand_over_));
        if (auto added = add(*options, context_.loops[i], *loops_.back(), use); added.has_error()) return added;
    }
    options->follows_others = true;
    if (auto added = add(*options, context_.control, *this, use); added.has_error()) return added;
    return {};
}

core::Result<void> RedisStores::add(store::RedisOptions options, boost::asio::io_context& loop,
                                    store::RedisObserver& observer, store::SpoolUse use) {
    auto opened = store::open_redis(std::move(options), loop, context_.clock, context_.faults, context_.observer, observer);
    if (opened.has_error()) return opened.error();
    bare_.push_back(std::move(*opened));
    safe_.push_back(store::make_spooling(*bare_.back(), *spool_, use));
    return {};
}

void RedisStores::enrol_now() {
    control().enrol(enrolments(), [this](core::Result<void> result) {
        if (result) return begin_draining();
        enrol_timer_.expires_after(enrol_again);
        enrol_timer_.async_wait([this](boost::system::error_code error) {
            if (!error) enrol_now();
        });
    });
}

/// Not before the subscribers are known: one that begins now is to get what waited.
void RedisStores::begin_draining() {
    if (draining_ || ended_) return;
    draining_ = true;
    spool_->drain_into(*bare_.back());
}

void RedisStores::redis_connected(std::string_view durability, const std::vector<std::string>& warnings,
                                  bool may_have_forgotten) {
    context_.log.write(ops::Level::info, "redis_connected", {{"acknowledged_means", durability}});
    for (const auto& warning : warnings) {
        context_.log.write(ops::Level::warning, "redis_settings", {{"warning", std::string_view(warning)}});
    }
    control_.redis_connected(durability, warnings, may_have_forgotten);
    // Another server may never have heard of them.
    boost::asio::post(context_.control, [this] { enrol_now(); });
}

void RedisStores::redis_lost(std::string_view why) {
    control_.redis_lost(why);
    context_.log.write(ops::Level::error, "redis_lost",
                       {{"reason", why}, {"consequence", "callbacks go to the spool until it is back"}});
}

}  // namespace

core::Result<std::unique_ptr<Stores>> open_redis_stores(const ops::StoreConfig& config, const Stores::Context& context) {
    auto stores = std::make_unique<RedisStores>(context);
    if (auto opened = stores->open(config); opened.has_error()) return opened.error();
    return std::unique_ptr<Stores>(std::move(stores));
}

core::Result<void> check_redis(const ops::StoreConfig& config) {
    if (config.engine != "redis") return {};
    const auto options = options_of(config);
    if (options.has_error()) return options.error();
    return {};
}

}  // namespace tollgate::app
