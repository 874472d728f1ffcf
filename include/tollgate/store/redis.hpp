// The redis engine: many nodes, one truth. Each loop of a node has its own Store, with its own connection.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/fault.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/store/observer.hpp>
#include <tollgate/store/store.hpp>

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

enum class RedisMode : std::uint8_t { single, sentinel };

struct HostAndPort {
    std::string host;
    std::uint16_t port = 0;
};

/// Where Redis is and how to get in. Made by parse_redis_url(); `nodes` and `master` come beside it.
struct RedisAddress {
    RedisMode mode = RedisMode::single;
    HostAndPort server;       ///< redis:// and rediss://
    std::string unix_socket;  ///< unix://PATH; then `server` is empty
    bool tls = false;         ///< rediss://: TLS 1.2 or newer, the peer is verified by name
    std::string tls_ca;       ///< PEM; empty: the system's authorities
    std::string user;         ///< of an ACL; empty: the default user
    std::string password;     ///< empty: no AUTH
    unsigned database = 0;
    std::vector<HostAndPort> sentinels;
    std::string master;                        ///< the sentinels' name of it
    std::chrono::milliseconds timeout{1'000};  ///< of connecting with handshake, and of the oldest command
};

/// redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], rediss:// the same with TLS,
/// unix://[[USER]:PASSWORD@]/PATH[?db=N]. User and password are percent-decoded. Errors: Errc::invalid_argument,
/// without the password in the message.
core::Result<RedisAddress> parse_redis_url(std::string_view url);

struct RedisOptions {
    RedisAddress address;
    std::string prefix = "tollgate";  ///< [a-zA-Z0-9:_-]{1,64}: of every key
    Shard shards = 16;                ///< 1 to 4096; fixed when the store is made
    std::string node;                 ///< stable name of this node, unique among all that share the store
    std::uint32_t wait_replicas = 0;  ///< so many replicas must have a write before it is answered
    std::chrono::milliseconds journal_retention = std::chrono::hours(24);  ///< of the bodies of callbacks
    /// Also listens to what other nodes append and tells the AppendListener: one store of a node is enough.
    bool follows_others = false;
    /// Subscribers that this node has; may be empty. Each time Redis is found they are enrolled before the store is
    /// ready: what is accepted before a Redis knows of a subscriber that begins "now", that subscriber never gets.
    /// Called on the loop's thread.
    std::function<std::vector<Enrolment>()> enrolments{};
    /// Of all stores that are made of copies of these options, those of one node: payments are being taken back whose
    /// events Redis refused. None of them is ready meanwhile: a candidate that one of them has spooled would be known
    /// to another.
    std::shared_ptr<std::atomic<std::size_t>> taking_back = std::make_shared<std::atomic<std::size_t>>(0);
};

/// What an engine has to say beside its calls. Called on the thread of the store's loop.
class RedisObserver {
  public:
    virtual ~RedisObserver() = default;
    /// Connected; `durability` is what an ACK is worth from now on, `warnings` what an operator should change.
    /// `may_have_forgotten`: it is not the process that answered before; depending on its settings, what was
    /// acknowledged last may be gone.
    virtual void redis_connected(std::string_view durability, const std::vector<std::string>& warnings,
                                 bool may_have_forgotten) = 0;
    virtual void redis_lost(std::string_view why) = 0;
    /// Connected, and refusing to write: out of memory, read-only, its disk full, too few replicas. Once, until it
    /// takes writes again.
    virtual void redis_refused(std::string_view why) = 0;
    virtual void redis_takes_again() = 0;
};

/// Its calls may come from every thread, and are carried out and answered on `loop`, which must run. It does not wait
/// for Redis: while there is none, every call ends with Errc::unavailable. To be destroyed on its loop, or while that
/// does not run. Errors: Errc::invalid_argument, io (the CA file).
core::Result<std::unique_ptr<Store>> open_redis(RedisOptions options, boost::asio::io_context& loop,
                                                const core::Clock& clock, core::FaultSink& faults,
                                                StoreObserver& observer, RedisObserver& redis_observer);

}  // namespace tollgate::store
