// RedisEngine: its parts, how it asks Redis, and how it hears of what other nodes appended.
#include "redis_engine.hpp"

#include "redis_delivery.hpp"
#include "redis_facts.hpp"
#include "redis_records.hpp"
#include "redis_scripts.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <charconv>

namespace tollgate::store {

namespace {

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

}  // namespace

/// The connection that hears announcements; it takes no commands.
class RedisEngine::Follower final : public RedisClientListener {
  public:
    explicit Follower(RedisEngine& engine) : engine_(engine) {}
    core::Result<void> open() {
        RedisClientOptions options;
        options.address = engine_.options_.address;
        options.subscribe = engine_.options_.prefix + ":grown";
        auto client = RedisClient::create(engine_.loop_, std::move(options), engine_.clock_, engine_.faults_, *this);
        if (!client) return client.error();
        client_ = std::move(*client);
        client_->start();
        return {};
    }
    // The engine's own connection tells of ends and beginnings.
    void redis_connected(const RedisServerFacts& /*facts*/) override {}
    void redis_lost(std::string_view /*why*/) override {}
    void redis_message(std::string_view payload) override { engine_.heard(payload); }

  private:
    RedisEngine& engine_;
    std::unique_ptr<RedisClient> client_;
};

RedisEngine::RedisEngine(RedisOptions options, boost::asio::io_context& loop, const core::Clock& clock,
                         core::FaultSink& faults, RedisObserver& observer)
    : options_(std::move(options)),
      loop_(loop),
      clock_(clock),
      faults_(faults),
      observer_(observer),
      probe_timer_(loop),
      heads_timer_(loop),
      heads_(options_.shards, 0),
      replicated_(options_.shards, 0),
      entries_at_once_(options_.shards, most_entries_at_once),
      part_size_(options_.address.timeout),
      pause_timer_(loop),
      durability_("nothing: Redis is not connected yet") {}

RedisEngine::~RedisEngine() = default;

core::Result<void> RedisEngine::open() {
    RedisClientOptions options;
    options.address = options_.address;
    options.scripts = redis_scripts::all();
    auto client = RedisClient::create(loop_, std::move(options), clock_, faults_, *this);
    if (!client) return client.error();
    client_ = std::move(*client);
    client_->start();
    if (options_.wait_replicas > 0) {
        auto replicas = ReplicaConfirmation::create(loop_, options_, clock_, faults_);
        if (!replicas) return replicas.error();
        replicas_ = std::move(*replicas);
    }
    if (options_.follows_others) return follow();
    return {};
}

void RedisEngine::close() {
    closed_.store(true);
    usable_.store(false);
    follower_.reset();
    replicas_.reset();
    client_.reset();
    accepting_.clear();
    pause_timer_.cancel();
    probe_timer_.cancel();
    heads_timer_.cancel();
}

std::string RedisEngine::durability() const {
    const std::lock_guard lock(mutex_);
    return durability_;
}

void RedisEngine::set_durability(std::string words) {
    const std::lock_guard lock(mutex_);
    durability_ = std::move(words);
}

void RedisEngine::on_append(Store::AppendListener listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
}

void RedisEngine::announce(const std::vector<Shard>& grown) {
    if (grown.empty()) return;
    const std::lock_guard lock(mutex_);
    if (!listener_) return;
    try {
        listener_(grown);
    } catch (const std::exception& error) {
        faults_.fault("store.redis.announce", error.what());
    }
}

void RedisEngine::run(const RedisScript& script, std::vector<std::string> arguments, ScriptRunner::Done done) {
    if (!usable_.load(std::memory_order_relaxed)) {
        return done(core::Error(core::Errc::unavailable, "Redis is away"));
    }
    arguments.insert(arguments.begin(), options_.prefix);
    client_->run(script, {}, views_of(arguments), [done = std::move(done)](core::Result<RedisReply> reply) mutable {
        if (reply && reply->is_error()) return done(error_of(*reply));
        done(std::move(reply));
    });
}

void RedisEngine::ask(std::vector<std::string> command, ScriptRunner::Done done) {
    if (!usable_.load(std::memory_order_relaxed)) {
        return done(core::Error(core::Errc::unavailable, "Redis is away"));
    }
    client_->send(views_of(command), [done = std::move(done)](core::Result<RedisReply> reply) mutable {
        if (reply && reply->is_error()) return done(error_of(*reply));
        done(std::move(reply));
    });
}

void RedisEngine::send_all(RedisCommands commands, ScriptRunner::Done done) {
    if (!usable_.load(std::memory_order_relaxed)) {
        return done(core::Error(core::Errc::unavailable, "Redis is away"));
    }
    client_->send_all(std::move(commands), [done = std::move(done)](core::Result<RedisReply> reply) mutable {
        if (reply && reply->is_error()) return done(error_of(*reply));
        done(std::move(reply));
    });
}

core::Result<void> RedisEngine::follow() {
    follower_ = std::make_unique<Follower>(*this);
    return follower_->open();
}

/// "NODE SHARD,SHARD,...".
void RedisEngine::heard(std::string_view payload) {
    const std::size_t space = payload.find(' ');
    if (space == std::string_view::npos || payload.substr(0, space) == options_.node) return;
    payload.remove_prefix(space + 1);
    std::vector<Shard> grown;
    while (!payload.empty()) {
        const std::size_t end = std::min(payload.find(','), payload.size());
        Shard shard = 0;
        const auto [next, failed] = std::from_chars(payload.data(), payload.data() + end, shard);
        if (failed == std::errc{} && next == payload.data() + end && shard < options_.shards) grown.push_back(shard);
        payload.remove_prefix(std::min(end + 1, payload.size()));
    }
    announce(grown);
}

}  // namespace tollgate::store
