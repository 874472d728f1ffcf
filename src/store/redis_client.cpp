// RedisClient: commands in, completions out, one write for all that was sent in one turn of the loop.
#include "redis_client.hpp"

#include "redis_client_state.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace tollgate::store {

using namespace std::chrono_literals;

namespace {

/// A connection that is not used is tried now and then: a subscriber would never notice that the other end has gone,
/// and a command should not be the one that does.
constexpr auto silence_before_ping = 5s;

}  // namespace

RedisClient::State::State(boost::asio::io_context& loop, RedisClientOptions options,
                          std::shared_ptr<const net::StreamTrust> trust, const core::Clock& clock,
                          core::FaultSink& faults, RedisClientListener& listener)
    : loop_(loop),
      options_(std::move(options)),
      trust_(std::move(trust)),
      clock_(clock),
      faults_(faults),
      listener_(listener),
      last_why_("not connected yet"),
      sentinels_(options_.address.sentinels, options_.address.master),
      timer_(loop),
      stream_(loop) {}

void RedisClient::State::stop() {
    stopped_ = true;
    stage_ = Stage::idle;
    stream_.close();
    timer_.cancel();
    // Last, and out of the way: completions may own anything.
    std::vector<RedisSession::Finished> dropped;
    if (session_) dropped = session_->end("");
    session_.reset();
}

bool RedisClient::State::admit(std::size_t bytes, Done& done) {
    if (!options_.subscribe.empty()) {
        refuse(std::move(done), {core::Errc::invalid_argument, "this connection to Redis is a subscriber's"});
        return false;
    }
    if (!connected()) {
        const std::string& why = leaving_.empty() ? last_why_ : leaving_;
        refuse(std::move(done), {core::Errc::unavailable, "no connection to Redis: " + why});
        return false;
    }
    if (const auto room = session_->room_for(bytes); !room) {
        refuse(std::move(done), room.error());
        return false;
    }
    return true;
}

void RedisClient::State::send(std::span<const std::string_view> arguments, Done done) {
    if (!admit(encoded_size(arguments), done)) return;
    session_->submit(arguments, clock_.steady() + options_.address.timeout, std::move(done));
    schedule_write();
}

void RedisClient::State::run(const RedisScript& script, std::span<const std::string_view> keys,
                             std::span<const std::string_view> arguments, Done done) {
    if (!admit(encoded_size(keys) + encoded_size(arguments), done)) return;
    session_->submit_script(script, keys, arguments, clock_.steady() + options_.address.timeout, std::move(done));
    schedule_write();
}

void RedisClient::State::send_all(RedisCommands commands, Done done) {
    if (!admit(commands.bytes().size(), done)) return;
    session_->submit_all(std::move(commands), clock_.steady() + options_.address.timeout, std::move(done));
    schedule_write();
}

void RedisClient::State::reconnect(std::string why) {
    leave(std::move(why));
}

/// By way of the loop, like every completion.
void RedisClient::State::refuse(Done done, core::Error error) {
    boost::asio::post(loop_, [weak = weak_from_this(), done = std::move(done), error = std::move(error)]() mutable {
        const auto self = weak.lock();
        if (self) self->finish(RedisSession::Finished{std::move(done), std::move(error)});
    });
}

void RedisClient::State::finish(RedisSession::Finished finished) {
    if (stopped_) return;
    const auto self = shared_from_this();
    try {
        finished.done(std::move(finished.result));
    } catch (const std::exception& error) {
        faults_.fault("store.redis.done", error.what());
    }
}

void RedisClient::State::schedule_write() {
    if (writing_ || write_posted_) return;
    write_posted_ = true;
    boost::asio::post(loop_, [weak = weak_from_this(), connection = connection_] {
        const auto self = weak.lock();
        if (!self || self->connection_ != connection) return;
        self->write_posted_ = false;
        self->write();
    });
}

/// What is sent while a write is under way goes with the next.
void RedisClient::State::write() {
    if (stopped_ || writing_ || !leaving_.empty() || !session_ || !session_->has_output()) return;
    writing_ = true;
    stream_.write(session_->take_output(), [this](core::Result<void> result) {
        // A server may say why it closes, before it does: the read, always under way, finds out.
        if (!result) return;
        writing_ = false;
        write();
    });
}

void RedisClient::State::read() {
    stream_.read_some([this](core::Result<std::string_view> bytes) {
        if (bytes) {
            received(*bytes);
        } else {
            failed(bytes.error().message);
        }
    });
}

void RedisClient::State::received(std::string_view bytes) {
    const auto self = shared_from_this();
    const std::uint64_t connection = connection_;
    last_heard_ = clock_.steady();
    RedisSession::Received received;
    const auto fed = session_->feed(bytes, last_heard_ + options_.address.timeout, received);
    // Before the completions, so that what they send is not lost on this server.
    if (!fed) leave(peer_ + ": " + fed.error().message);
    if (!received.readonly.empty()) leave(peer_ + ": " + received.readonly);
    for (RedisSession::Finished& one : received.finished) finish(std::move(one));
    for (const std::string& message : received.messages) {
        if (!stopped_) listener_.redis_message(message);
    }
    if (stopped_ || connection_ != connection || !fed) return;
    schedule_write();  // a script that was not known
    read();
}

/// The end itself comes in a turn of its own: completions must not be called from within whatever noticed.
void RedisClient::State::leave(std::string why) {
    if (stopped_ || !leaving_.empty() || !session_) return;
    leaving_ = std::move(why);
    boost::asio::post(loop_, [weak = weak_from_this(), connection = connection_] {
        const auto self = weak.lock();
        if (self && self->connection_ == connection) self->lose(self->leaving_);
    });
}

void RedisClient::State::arm(core::SteadyTime time) {
    armed_for_ = time;
    timer_.expires_after(std::max<core::SteadyTime::duration>(time - clock_.steady(), 0ms));
    timer_.async_wait([weak = weak_from_this(), wait = ++wait_](boost::system::error_code cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self || self->stopped_ || self->wait_ != wait) return;
        self->woken();
    });
}

/// One timer for all: commands do not touch it. A deadline given between two looks lies behind the second of them.
core::SteadyTime::duration RedisClient::State::grain() const noexcept {
    return std::clamp<std::chrono::milliseconds>(options_.address.timeout / 4, 1ms, 250ms);
}

void RedisClient::State::watch() {
    const auto now = clock_.steady();
    auto next = now + grain();
    if (stage_ != Stage::ready) next = std::min(next, attempt_until_);
    if (const auto deadline = session_->deadline()) next = std::min(next, *deadline);
    // What has passed already was spared, since this thread had been kept from running.
    arm(next > now ? next : now + grain());
}

void RedisClient::State::woken() {
    if (stage_ == Stage::pausing) {
        attempt();
        return;
    }
    const std::uint64_t connection = connection_;
    look_after_deadlines(clock_.steady());
    if (!stopped_ && connection_ == connection && session_) watch();
}

void RedisClient::State::look_after_deadlines(core::SteadyTime now) {
    const auto deadline = session_->deadline();
    if ((deadline && *deadline <= now) || (stage_ != Stage::ready && attempt_until_ <= now)) {
        // This thread was kept from running: the answers may lie in the socket. They get one more look.
        if (now - armed_for_ > grain() && !std::exchange(spared_, true)) return;
        failed(peer_ + ": no answer within " + std::to_string(options_.address.timeout.count()) + " ms");
        return;
    }
    spared_ = false;
    if (stage_ != Stage::ready || !leaving_.empty() || deadline || now - last_heard_ < silence_before_ping) return;
    const std::string_view ping = "PING";
    session_->submit({&ping, 1}, now + options_.address.timeout, [](const core::Result<RedisReply>&) {});
    schedule_write();
}

core::Result<std::unique_ptr<RedisClient>> RedisClient::create(boost::asio::io_context& loop,
                                                               RedisClientOptions options, const core::Clock& clock,
                                                               core::FaultSink& faults, RedisClientListener& listener) {
    std::shared_ptr<const net::StreamTrust> trust;
    if (options.address.tls) {
        auto loaded = net::load_stream_trust(options.address.tls_ca);
        if (!loaded) return loaded.error();
        trust = std::move(*loaded);
    }
    auto state = std::make_shared<State>(loop, std::move(options), std::move(trust), clock, faults, listener);
    return std::unique_ptr<RedisClient>(new RedisClient(std::move(state)));
}

RedisClient::RedisClient(std::shared_ptr<State> state) : state_(std::move(state)) {}

RedisClient::~RedisClient() {
    state_->stop();
}

void RedisClient::start() {
    state_->start();
}

void RedisClient::send(std::span<const std::string_view> arguments, Done done) {
    state_->send(arguments, std::move(done));
}

void RedisClient::run(const RedisScript& script, std::span<const std::string_view> keys,
                      std::span<const std::string_view> arguments, Done done) {
    state_->run(script, keys, arguments, std::move(done));
}

void RedisClient::send_all(RedisCommands commands, Done done) {
    state_->send_all(std::move(commands), std::move(done));
}

void RedisClient::reconnect(std::string why) {
    state_->reconnect(std::move(why));
}

bool RedisClient::connected() const noexcept {
    return state_->connected();
}

std::uint64_t RedisClient::connection() const noexcept {
    return state_->connection();
}

}  // namespace tollgate::store
