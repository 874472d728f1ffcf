// RedisClient: one connection to Redis on one loop: pipelined, bounded, with a deadline, and always on its way back.
#pragma once

#include "redis_codec.hpp"
#include "redis_reply.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/fault.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>
#include <tollgate/store/redis.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// A Lua script, sent by its digest; the text follows once when the server does not know it (NOSCRIPT).
class RedisScript {
  public:
    explicit RedisScript(std::string text);  ///< computes the digest
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] const std::string& sha1() const noexcept { return sha1_; }

  private:
    std::string text_;
    std::string sha1_;
};

/// What was found at the other end, read anew on each connection.
struct RedisServerFacts {
    std::string run_id;  ///< another after each restart, and of each server
    /// The replication id of the master whose place it took; empty: it has been the master since it started. One that
    /// is replaced, and later takes the place of that one, has the same run_id and another of these.
    std::string successor_of;
    std::string version;  ///< "7.0.15"
    bool append_only = false;
    std::string appendfsync;               ///< "always", "everysec", "no"
    std::uint32_t connected_replicas = 0;  ///< as of the handshake
    std::uint32_t min_replicas_to_write = 0;
    std::string maxmemory_policy;  ///< "noeviction", ...; empty when CONFIG is not allowed
    std::uint64_t maxmemory = 0;   ///< bytes; 0: none
    bool config_known = false;     ///< false: CONFIG GET is not allowed to this user
};

struct RedisClientOptions {
    RedisAddress address;
    std::vector<const RedisScript*> scripts;  ///< loaded at each connect; outlive the client
    std::string subscribe;                    ///< a channel; such a client takes no commands
    std::size_t max_outstanding = 10'000;     ///< commands sent or waiting; beyond: Errc::unavailable
    /// Of commands not yet written, and of scripts without an answer; beyond: Errc::unavailable.
    std::size_t max_outbox_bytes = 64 << 20;
};

class RedisClientListener {
  public:
    virtual ~RedisClientListener() = default;
    /// The handshake is done: commands are taken. Before any of them.
    virtual void redis_connected(const RedisServerFacts& facts) = 0;
    /// Once for each end of a connection, and for the first of a row of failed attempts. `why` holds no secret.
    virtual void redis_lost(std::string_view why) = 0;
    virtual void redis_message(std::string_view /*payload*/) {}
};

/// Owned by one engine, on one loop; every call on that loop's thread. Completions are called on it, never from within
/// the call that gave them, and dropped when the client is destroyed.
///
/// One deadline (RedisAddress::timeout) on the oldest command: when it passes, the connection is closed, everything
/// that was written ends with Errc::unknown_outcome, what was not yet written with Errc::unavailable. While there is no
/// connection every command ends with Errc::unavailable at once: nothing is queued for later. Reconnects by itself,
/// with jitter, from 50 ms to 1 s apart; a server that answers LOADING, READONLY (a demoted master) or MASTERDOWN to
/// the handshake or, for READONLY, to a command, is left and looked for anew.
class RedisClient {
  public:
    using Done = core::UniqueFunction<void(core::Result<RedisReply>)>;

    /// Errors: Errc::invalid_argument or io: a CA file that cannot be read. Being unable to connect is none.
    static core::Result<std::unique_ptr<RedisClient>> create(boost::asio::io_context& loop, RedisClientOptions options,
                                                             const core::Clock& clock, core::FaultSink& faults,
                                                             RedisClientListener& listener);
    ~RedisClient();

    void start();
    /// Error replies are values here (RedisReply::is_error): error_of() says what they mean.
    void send(std::span<const std::string_view> arguments, Done done);
    /// Together, in one piece, on one connection; at least one command. Ends with the last answer; when a command
    /// before it was refused, with that error reply if EXEC then gave up the whole, and with Errc::unknown_outcome if
    /// not.
    void send_all(RedisCommands commands, Done done);
    /// EVALSHA; on NOSCRIPT EVAL, once. `keys` and `arguments` are copied.
    void run(const RedisScript& script, std::span<const std::string_view> keys,
             std::span<const std::string_view> arguments, Done done);
    /// Leaves the connection, as if it had broken, and looks for the server anew.
    void reconnect(std::string why);

    [[nodiscard]] bool connected() const noexcept;
    /// Counts connections: what was watched on one (WATCH) is not on the next.
    [[nodiscard]] std::uint64_t connection() const noexcept;

  private:
    struct State;
    explicit RedisClient(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace tollgate::store
