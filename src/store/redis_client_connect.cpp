// How a client gets to a master that is fit for use, and what happens when it loses it.
#include "redis_client_state.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace tollgate::store {

using namespace std::chrono_literals;

namespace {

/// A connection that was shorter was no success: pauses go on growing.
constexpr auto lasting_connection = 1s;
/// Of a Sentinel when enough have answered: it may know of a newer master, or be gone.
constexpr std::chrono::milliseconds time_of_one_more = 250ms;

std::vector<std::string_view> views(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

}  // namespace

void RedisClient::State::start() {
    if (stage_ == Stage::idle && !stopped_) attempt();
}

void RedisClient::State::attempt() {
    leaving_.clear();
    if (options_.address.mode == RedisMode::sentinel) {
        sentinels_.begin();
        ask_next_sentinel("none is configured");
        return;
    }
    net::StreamTarget target;
    target.host = options_.address.server.host;
    target.port = options_.address.server.port;
    target.unix_socket = options_.address.unix_socket;
    connect_to(std::move(target));
}

void RedisClient::State::ask_next_sentinel(const std::string& last_why) {
    const HostAndPort* sentinel = sentinels_.next();
    net::StreamTarget target;
    if (sentinel != nullptr) {
        // Sentinels have no TLS and no password of their own here: what they say is verified by ROLE, and the master
        // itself by its certificate.
        target.host = sentinel->host;
        target.port = sentinel->port;
        return open(std::move(target), Stage::asking);
    }
    const auto master = sentinels_.master();
    if (!master) {
        const std::string last = last_why.empty() ? "" : "; the last one: " + last_why;
        return lose("the Sentinels do not tell where the master is: " + master.error().message + last);
    }
    target.host = master->host;
    target.port = master->port;
    connect_to(std::move(target));
}

void RedisClient::State::ask_sentinel() {
    auto questions = sentinels_.questions();
    const auto details = std::make_shared<RedisReply>();
    session_->submit(views(questions[0]), attempt_until_, [details](core::Result<RedisReply> reply) {
        if (reply) *details = std::move(*reply);
    });
    session_->submit(views(questions[1]), attempt_until_, [this, details](core::Result<RedisReply> address) {
        if (!address) return;
        if (const auto taken = sentinels_.take(*details, *address); !taken) {
            return failed("Sentinel " + peer_ + ": " + taken.error().message);
        }
        ask_next_sentinel({});
    });
}

void RedisClient::State::connect_to(net::StreamTarget target) {
    target.trust = trust_;
    open(std::move(target), Stage::connecting);
}

void RedisClient::State::open(net::StreamTarget target, Stage stage) {
    ++connection_;
    stage_ = stage;
    writing_ = false;
    write_posted_ = false;
    spared_ = false;
    peer_ = target.name();
    const bool subscribing = stage == Stage::connecting && !options_.subscribe.empty();
    session_.emplace(RedisSession::Limits{options_.max_outstanding, options_.max_outbox_bytes}, subscribing);
    const auto now = clock_.steady();
    const bool is_one_more = stage == Stage::asking && sentinels_.has_enough();
    const auto time = is_one_more ? std::min(options_.address.timeout, time_of_one_more) : options_.address.timeout;
    attempt_until_ = now + time;
    last_heard_ = now;
    target.connect_time = time;
    stream_.connect(std::move(target), [this](core::Result<void> result) {
        if (result) {
            opened();
        } else {
            failed(result.error().message);
        }
    });
    watch();
}

void RedisClient::State::opened() {
    if (stage_ == Stage::asking) {
        ask_sentinel();
    } else {
        shake_hands();
    }
    write();
    read();
}

/// Not counted among what waits: the limits are for commands.
void RedisClient::State::shake_hands() {
    handshake_.emplace(options_.address, options_.scripts, options_.subscribe);
    for (std::size_t i = 0; i < handshake_->size(); ++i) {
        session_->submit(views(handshake_->command(i)), attempt_until_, [this, i](core::Result<RedisReply> reply) {
            if (reply && leaving_.empty()) handshake_answered(i, *reply);
        });
    }
}

void RedisClient::State::handshake_answered(std::size_t index, const RedisReply& reply) {
    if (const auto taken = handshake_->take(index, reply); !taken) {
        leave(peer_ + ": " + taken.error().message);
        return;
    }
    if (index + 1 < handshake_->size()) return;
    stage_ = Stage::ready;
    failures_ = 0;
    ready_since_ = clock_.steady();
    const RedisServerFacts facts = handshake_->facts();
    handshake_.reset();
    listener_.redis_connected(facts);
}

void RedisClient::State::failed(std::string why) {
    if (stage_ == Stage::asking) {
        ask_next_sentinel(why);
    } else {
        lose(std::move(why));
    }
}

void RedisClient::State::lose(std::string why) {
    if (stopped_ || stage_ == Stage::pausing) return;
    const auto self = shared_from_this();
    const bool was_ready = stage_ == Stage::ready;
    const auto now = clock_.steady();
    ++connection_;
    stage_ = Stage::pausing;
    stream_.close();
    std::vector<RedisSession::Finished> finished;
    if (session_) finished = session_->end(why);
    session_.reset();
    handshake_.reset();
    if (was_ready && now - ready_since_ >= lasting_connection) pace_.reset();
    const bool first_failure = !was_ready && failures_++ == 0;
    arm(now + pace_.next(core::random_u64()));
    last_why_ = why;
    if (was_ready || first_failure) listener_.redis_lost(why);
    for (RedisSession::Finished& one : finished) finish(std::move(one));
}

}  // namespace tollgate::store
