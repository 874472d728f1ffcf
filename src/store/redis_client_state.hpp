// RedisClient::State: the socket, the timer and the stage of a client; the protocol is RedisSession's.
#pragma once

#include "redis_client.hpp"
#include "redis_handshake.hpp"
#include "redis_search.hpp"
#include "redis_session.hpp"

#include <tollgate/net/byte_stream.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// Owned by its client; whoever calls out of it holds it, since what is called may destroy the client. The stream and
/// the session are its own and call no more once it is gone, so they may capture `this`.
///
/// One way out of every connection: leave() says why, and lose() then ends it, at a moment when nobody is in the middle
/// of anything.
struct RedisClient::State : std::enable_shared_from_this<State> {
    State(boost::asio::io_context& loop, RedisClientOptions options, std::shared_ptr<const net::StreamTrust> trust,
          const core::Clock& clock, core::FaultSink& faults, RedisClientListener& listener);

    void start();
    void stop();
    void send(std::span<const std::string_view> arguments, Done done);
    void run(const RedisScript& script, std::span<const std::string_view> keys,
             std::span<const std::string_view> arguments, Done done);
    void send_all(RedisCommands commands, Done done);
    void reconnect(std::string why);
    [[nodiscard]] std::uint64_t connection() const noexcept { return connection_; }
    [[nodiscard]] bool connected() const noexcept { return stage_ == Stage::ready && leaving_.empty(); }

  private:
    enum class Stage : std::uint8_t {
        idle,        ///< not started, or stopped
        asking,      ///< a Sentinel
        connecting,  ///< with handshake
        ready,
        pausing,  ///< until the next attempt
    };

    // redis_client_connect.cpp: from nothing to ready
    void attempt();
    void ask_next_sentinel(const std::string& last_why);
    void ask_sentinel();
    void connect_to(net::StreamTarget target);
    void open(net::StreamTarget target, Stage stage);
    void opened();
    void shake_hands();
    void handshake_answered(std::size_t index, const RedisReply& reply);
    /// Whatever is under way has failed: the next Sentinel, or the next attempt.
    void failed(std::string why);
    void lose(std::string why);

    // redis_client.cpp: bytes, completions, time
    [[nodiscard]] bool admit(std::size_t bytes, Done& done);
    void refuse(Done done, core::Error error);
    void finish(RedisSession::Finished finished);
    void schedule_write();
    void write();
    void read();
    void received(std::string_view bytes);
    void leave(std::string why);
    void arm(core::SteadyTime time);
    void watch();
    void woken();
    void look_after_deadlines(core::SteadyTime now);
    [[nodiscard]] core::SteadyTime::duration grain() const noexcept;

    boost::asio::io_context& loop_;
    const RedisClientOptions options_;
    const std::shared_ptr<const net::StreamTrust> trust_;
    const core::Clock& clock_;
    core::FaultSink& faults_;
    RedisClientListener& listener_;

    Stage stage_ = Stage::idle;
    bool stopped_ = false;
    std::string leaving_;           // why this connection is to be left; commands are refused from then on
    std::string last_why_;          // for who asks while there is none
    std::string peer_;              // for messages
    std::uint64_t connection_ = 0;  // counts them, so that what was posted for an earlier one finds out
    unsigned failures_ = 0;         // attempts in a row
    core::SteadyTime ready_since_;
    core::SteadyTime last_heard_;
    core::SteadyTime attempt_until_;  // of asking one Sentinel, or of connecting with handshake

    SentinelRound sentinels_;
    ReconnectPace pace_;
    boost::asio::steady_timer timer_;
    core::SteadyTime armed_for_;
    std::uint64_t wait_ = 0;  // counts waits, since one that was cancelled may still report success
    std::optional<RedisSession> session_;
    std::optional<RedisHandshake> handshake_;
    net::ByteStream stream_;
    bool writing_ = false;
    bool write_posted_ = false;
    bool spared_ = false;  // a deadline has passed unnoticed, and was given one more look
};

}  // namespace tollgate::store
