// RedisEngine: how it connects, what it says of itself, and how it hears of what other nodes appended.
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

constexpr std::string_view format = "2";
constexpr std::chrono::milliseconds probe_interval{250};
/// An announcement may be lost (Redis promises none to arrive); then an event waits for this look. It also tells where
/// in the log a callback will lie, about.
constexpr std::chrono::milliseconds heads_interval{1'000};
constexpr std::size_t server_name_length = 12;

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
      origin_(options_.node),
      heads_(options_.shards, 0),
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
    if (options_.follows_others) return follow();
    return {};
}

void RedisEngine::close() {
    closed_.store(true);
    usable_.store(false);
    follower_.reset();
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
    if (listener_) listener_(grown);
}

void RedisEngine::redis_connected(const RedisServerFacts& facts) {
    check_store(facts);
}

void RedisEngine::redis_lost(std::string_view why) {
    usable_.store(false, std::memory_order_release);
    set_durability("nothing: Redis is away: " + std::string(why));
    observer_.redis_lost(why);
}

/// Nothing is done on a store that was made with another number of shards, or in another format.
void RedisEngine::check_store(const RedisServerFacts& facts) {
    const std::string shards = std::to_string(options_.shards);
    const std::vector<std::string> arguments{options_.prefix, std::string(format), shards};
    client_->run(redis_scripts::found, {}, views_of(arguments), [this, facts, shards](core::Result<RedisReply> reply) {
        if (!reply) return;  // lost again
        if (reply->is_error()) {
            // Full, or read-only: reading may do, and writing is tried again.
            note_refusal(error_of(*reply));
            return learn_heads(facts);
        }
        if (!reply->is_array() || reply->elements.size() != 2) {
            return redis_lost(unexpected_answer("found").message);
        }
        const std::string& made = reply->elements[1].text;
        if (reply->elements[0].text != format) {
            redis_lost("the store under the prefix \"" + options_.prefix + "\" has format " + reply->elements[0].text +
                       ", this program knows " + std::string(format));
        } else if (made != shards) {
            redis_lost("the store under the prefix \"" + options_.prefix + "\" was made with store.shards = " + made +
                       ", not " + shards + "; the number is fixed");
        } else {
            end_refusal();
            learn_heads(facts);
        }
    });
}

/// Before anything is accepted: where a callback will lie in the log is noted by them.
void RedisEngine::learn_heads(const RedisServerFacts& facts) {
    const std::vector<std::string> arguments{options_.prefix, std::to_string(options_.shards)};
    client_->run(redis_scripts::heads, {}, views_of(arguments), [this, facts](core::Result<RedisReply> reply) {
        if (!reply) return;  // lost again
        std::fill(heads_.begin(), heads_.end(), 0);
        const std::vector<Shard> grown = take_heads(*reply);
        be_usable(facts);
        look_at_heads();
        if (options_.follows_others) announce(grown);
    });
}

/// The shards whose head is another than we knew.
std::vector<Shard> RedisEngine::take_heads(const RedisReply& reply) {
    std::vector<Shard> grown;
    if (!reply.is_array() || reply.elements.size() != heads_.size()) return grown;
    for (Shard shard = 0; shard < heads_.size(); ++shard) {
        const auto head = read_position(reply.elements[shard].text);
        if (!head || *head == heads_[shard]) continue;
        heads_[shard] = *head;
        grown.push_back(shard);
    }
    return grown;
}

void RedisEngine::be_usable(const RedisServerFacts& facts) {
    const std::string server = facts.run_id.substr(0, server_name_length);
    const bool may_have_forgotten = !server_.empty() && server_ != server;
    server_ = server;
    history_ = core::stable_hash({server_});
    const std::string words = describe_durability(facts, options_);
    set_durability(words);
    usable_.store(true, std::memory_order_release);
    observer_.redis_connected(words, warnings_of(facts, options_), may_have_forgotten);
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

void RedisEngine::write(const RedisScript& script, std::vector<std::string> arguments, ScriptRunner::Done done) {
    with_replicas([this, &script, arguments = std::move(arguments)](
                      ScriptRunner::Done written) mutable { run(script, std::move(arguments), std::move(written)); },
                  std::move(done));
}

void RedisEngine::with_replicas(core::UniqueFunction<void(ScriptRunner::Done)> start, ScriptRunner::Done done) {
    if (options_.wait_replicas == 0 || !usable_.load(std::memory_order_relaxed)) return start(std::move(done));
    // Both go out in one write. The replicas' answer comes second, and decides.
    const auto written =
        std::make_shared<core::Result<RedisReply>>(core::Error(core::Errc::unknown_outcome, "not answered"));
    start([written](core::Result<RedisReply> reply) { *written = std::move(reply); });
    const auto most = std::max<std::int64_t>(options_.address.timeout.count() * 3 / 4, 1);
    ask({"WAIT", std::to_string(options_.wait_replicas), std::to_string(most)},
        [written, wanted = options_.wait_replicas, done = std::move(done)](core::Result<RedisReply> replicas) mutable {
            if (!*written) return done(std::move(*written));
            if (!replicas) return done(core::Error(core::Errc::unknown_outcome, replicas.error().message));
            if (replicas->integer < static_cast<std::int64_t>(wanted)) {
                return done(core::Error(core::Errc::unknown_outcome, "only " + std::to_string(replicas->integer) +
                                                                         " replicas of " + std::to_string(wanted) +
                                                                         " have it"));
            }
            done(std::move(*written));
        });
}

/// After a refusal nobody may call again until the store is ready; so it finds out itself when it is.
void RedisEngine::note_refusal(const core::Error& error) {
    if (error.code != core::Errc::unavailable) return;
    if (!refused_.exchange(true)) observer_.redis_refused(error.message);
    if (probing_) return;
    probing_ = true;
    probe_timer_.expires_after(probe_interval);
    probe_timer_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (failed || !self || self->closed_.load()) return;
        self->probing_ = false;
        self->probe();
    });
}

void RedisEngine::end_refusal() {
    if (refused_.exchange(false)) observer_.redis_takes_again();
}

void RedisEngine::probe() {
    if (!refused_.load()) return;
    std::vector<std::string> arguments{std::string(format), std::to_string(options_.shards)};
    run(redis_scripts::found, std::move(arguments), [this](core::Result<RedisReply> reply) {
        if (!reply) return note_refusal(core::Error(core::Errc::unavailable, reply.error().message));
        end_refusal();
    });
}

core::Result<void> RedisEngine::follow() {
    follower_ = std::make_unique<Follower>(*this);
    return follower_->open();
}

/// "ORIGIN SHARD,SHARD,...".
void RedisEngine::heard(std::string_view payload) {
    const std::size_t space = payload.find(' ');
    if (space == std::string_view::npos || payload.substr(0, space) == origin_) return;
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

void RedisEngine::look_at_heads() {
    heads_timer_.expires_after(heads_interval);
    heads_timer_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (!failed && self && self->usable_.load()) self->look_at_heads();
    });
    run(redis_scripts::heads, {std::to_string(options_.shards)}, [this](core::Result<RedisReply> reply) {
        if (!reply) return;
        const std::vector<Shard> grown = take_heads(*reply);
        if (options_.follows_others) announce(grown);
    });
}

}  // namespace tollgate::store
