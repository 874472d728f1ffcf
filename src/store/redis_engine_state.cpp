// RedisEngine: from a connection to a store that may be used, and back after a refusal.
#include "redis_delivery.hpp"
#include "redis_engine.hpp"
#include "redis_facts.hpp"
#include "redis_records.hpp"
#include "redis_scripts.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <array>

namespace tollgate::store {

namespace {

constexpr std::string_view format = "4";
constexpr std::chrono::milliseconds probe_interval{250};
/// An announcement may be lost (Redis promises none to arrive); then an event waits for this look. It also tells where
/// in the log a callback will lie, about.
constexpr std::chrono::milliseconds heads_interval{1'000};
constexpr std::size_t server_name_length = 12;
constexpr std::chrono::seconds doubt_interval{5};

/// Of the process, and of its time as the master: after two failovers, there and back, the log is another's.
std::string server_name(const RedisServerFacts& facts) {
    std::string name = facts.run_id.substr(0, server_name_length);
    if (!facts.successor_of.empty()) name += '-' + facts.successor_of.substr(0, server_name_length);
    return name;
}

}  // namespace

void RedisEngine::redis_connected(const RedisServerFacts& facts) {
    facts_ = facts;
    check_store();
}

void RedisEngine::redis_lost(std::string_view why) {
    usable_.store(false, std::memory_order_release);
    set_durability("nothing: Redis is away: " + std::string(why));
    observer_.redis_lost(why);
}

/// Nothing is done on a store that was made with another number of shards, or in another format. Read first, since a
/// Redis that is full or read-only answers that as well.
void RedisEngine::check_store() {
    const std::string meta = options_.prefix + ":meta";
    const std::array<std::string_view, 4> command{"HMGET", meta, "format", "shards"};
    client_->send(command, [this](core::Result<RedisReply> reply) {
        if (!reply) return ask_again(reply.error());
        if (reply->is_error()) return refuse(error_of(*reply).message);
        if (!reply->is_array() || reply->elements.size() != 2) return refuse(unexpected_answer("HMGET").message);
        if (reply->elements[0].is_null() || reply->elements[1].is_null()) return found_store();
        judge_store(reply->elements[0].text, reply->elements[1].text);
    });
}

void RedisEngine::found_store() {
    const std::string shards = std::to_string(options_.shards);
    const std::array<std::string_view, 3> arguments{options_.prefix, format, shards};
    client_->run(redis_scripts::found, {}, arguments, [this](core::Result<RedisReply> reply) {
        if (!reply) return ask_again(reply.error());
        if (reply->is_error()) return refuse(error_of(*reply).message);
        if (!reply->is_array() || reply->elements.size() != 2) return refuse(unexpected_answer("found").message);
        judge_store(reply->elements[0].text, reply->elements[1].text);
    });
}

void RedisEngine::judge_store(const std::string& made_format, const std::string& made_shards) {
    const std::string shards = std::to_string(options_.shards);
    if (made_format != format) {
        redis_lost("the store under the prefix \"" + options_.prefix + "\" has format " + made_format +
                   ", this program knows " + std::string(format));
    } else if (made_shards != shards) {
        redis_lost("the store under the prefix \"" + options_.prefix +
                   "\" was made with store.shards = " + made_shards + ", not " + shards + "; the number is fixed");
    } else {
        learn_heads();
    }
}

/// Before anything is accepted: where a callback will lie in the log is noted by them.
void RedisEngine::learn_heads() {
    const std::string shards = std::to_string(options_.shards);
    const std::array<std::string_view, 2> arguments{options_.prefix, shards};
    client_->run(redis_scripts::heads, {}, arguments, [this](core::Result<RedisReply> reply) {
        if (!reply) return ask_again(reply.error());
        const bool is_new = !usable_.load(std::memory_order_relaxed);
        if (is_new) {
            std::fill(heads_.begin(), heads_.end(), 0);
            std::fill(replicated_.begin(), replicated_.end(), 0);
        }
        if (reply->is_error()) reply = error_of(*reply);
        const auto grown = take_heads(reply);
        if (!grown) return refuse(grown.error().message);
        if (is_new) return enrol_first(*grown);
        end_refusal();
        if (options_.follows_others) announce(*grown);
    });
}

/// Whose subscribers are to get what comes from now on is known before anything comes, whichever of a node's stores is
/// the first to reach a Redis that has not heard of them, or has forgotten them.
void RedisEngine::enrol_first(std::vector<Shard> grown) {
    const auto begin = [this, grown = std::move(grown)] {
        end_refusal();
        be_usable();
        look_at_heads();
        if (options_.follows_others) announce(grown);
    };
    const auto subscribers = options_.enrolments ? options_.enrolments() : std::vector<Enrolment>{};
    if (subscribers.empty()) return begin();
    std::vector<std::string> arguments = enrolment_arguments(subscribers);
    arguments.insert(arguments.begin(), options_.prefix);
    const std::vector<std::string_view> views(arguments.begin(), arguments.end());
    client_->run(redis_scripts::enrol, {}, views, [this, begin](core::Result<RedisReply> reply) {
        if (!reply) return ask_again(reply.error());
        if (reply->is_error()) return refuse(error_of(*reply).message);
        begin();
    });
}

/// The shards whose head is another than we knew. Errors: the heads cannot be told; nothing may be appended then.
core::Result<std::vector<Shard>> RedisEngine::take_heads(const core::Result<RedisReply>& reply) {
    if (!reply) return reply.error();
    if (!reply->is_array() || reply->elements.size() != heads_.size()) return unexpected_answer("heads");
    std::vector<Shard> grown;
    for (Shard shard = 0; shard < heads_.size(); ++shard) {
        const auto head = read_position(reply->elements[shard].text);
        if (!head) return head.error();
        if (*head == heads_[shard]) continue;
        heads_[shard] = *head;
        grown.push_back(shard);
    }
    return grown;
}

void RedisEngine::be_usable() {
    const std::string server = server_name(facts_);
    const bool may_have_forgotten = !server_.empty() && server_ != server;
    server_ = server;
    history_ = core::stable_hash({server_});
    const std::string words = describe_durability(facts_, options_);
    set_durability(words);
    usable_.store(true, std::memory_order_release);
    observer_.redis_connected(words, warnings_of(facts_, options_), may_have_forgotten);
}

void RedisEngine::look_at_heads() {
    heads_timer_.expires_after(heads_interval);
    heads_timer_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (!failed && self && self->usable_.load()) self->look_at_heads();
    });
    run(redis_scripts::heads, {std::to_string(options_.shards)}, [this](core::Result<RedisReply> reply) {
        if (!reply && reply.error().code != core::Errc::internal) return;  // lost, or too busy
        const auto grown = take_heads(reply);
        if (!grown) return refuse(grown.error().message);
        if (options_.follows_others) announce(*grown);
    });
}

/// A refusal is one only while there is a connection.
void RedisEngine::note_refusal(const core::Error& error) {
    if (error.code == core::Errc::unavailable && client_->connected()) refuse(error.message);
}

/// A question was not answered. Without a connection there is nothing to do: the next one begins with a check.
void RedisEngine::ask_again(const core::Error& error) {
    if (client_->connected()) refuse(error.message);
}

/// Nobody may call again until the store is ready; so it finds out itself when it is.
void RedisEngine::refuse(std::string_view why) {
    if (!refused_.exchange(true)) observer_.redis_refused(why);
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

/// One that Sentinels have replaced may not have heard of it: it refuses, or its replicas follow another by now. They
/// are asked again; when it is the master still, nothing is lost by that.
void RedisEngine::doubt_master(const std::string& why) {
    const auto now = clock_.steady();
    if (options_.address.mode != RedisMode::sentinel || !client_->connected() || now < may_doubt_at_) return;
    may_doubt_at_ = now + doubt_interval;
    client_->reconnect("the Sentinels are asked whether it is the master: " + why);
}

void RedisEngine::end_refusal() {
    if (refused_.exchange(false)) observer_.redis_takes_again();
}

/// With the very commands that accepting needs, on a key that is gone again at the end. Then as after connecting.
void RedisEngine::probe() {
    if (!refused_.load() || !client_->connected()) return;
    const std::string key = options_.prefix + ":probe";
    RedisCommands commands;
    commands.add({"WATCH", key});
    commands.add({"MULTI"});
    commands.add({"MSET", key, ""});
    commands.add({"DEL", key});
    commands.add({"ZADD", key, "0", "none"});
    commands.add({"ZREM", key, "none"});
    commands.add({"XADD", key, "NOMKSTREAM", "0-*", "event", "none"});
    commands.add({"EXEC"});
    client_->send_all(std::move(commands), [this](core::Result<RedisReply> reply) {
        if (!reply) return ask_again(reply.error());
        if (reply->is_error()) {
            const std::string why = error_of(*reply).message;
            doubt_master(why);
            return refuse(why);
        }
        check_store();
    });
    // EXEC ends every WATCH of the connection: who has asked before it must ask again.
    if (!accepting_.empty()) accepting_.front().connection = 0;
}

}  // namespace tollgate::store
