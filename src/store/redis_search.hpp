// The way back to Redis: whom to ask for the master, and how long to wait between attempts.
#pragma once

#include "redis_reply.hpp"

#include <tollgate/core/result.hpp>
#include <tollgate/store/redis.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::store {

/// The Sentinels in the order in which they are asked (who answered last goes first), and what they said. More than
/// half of all must name the same master: one that has not heard of a failover would send us to the old one, which
/// takes writes while a replica still follows it, and loses them.
class SentinelRound {
  public:
    SentinelRound(std::vector<HostAndPort> sentinels, std::string master);

    /// A new round, from the front.
    void begin();
    /// Null: all have been asked. Valid until the next call of another member.
    const HostAndPort* next();
    [[nodiscard]] std::vector<std::string> question() const;
    /// The answer of the one that next() gave last, who moves to the front. The master, when enough have named it.
    /// Errors: Errc::unavailable: he does not know it.
    core::Result<std::optional<HostAndPort>> take(const RedisReply& reply);
    /// When all have been asked in vain: "2 of 3 Sentinels must agree, and 1 names HOST:PORT".
    [[nodiscard]] std::string disagreement() const;

  private:
    std::vector<HostAndPort> sentinels_;
    const std::string master_;
    std::size_t next_ = 0;
    std::vector<std::pair<HostAndPort, std::size_t>> named_;  ///< in this round, and by how many
};

/// Pauses between attempts, anywhere between 50 ms and a ceiling that doubles up to 1 s: many nodes that lost Redis
/// together do not come back together.
class ReconnectPace {
  public:
    static constexpr std::chrono::milliseconds shortest{50};
    static constexpr std::chrono::milliseconds longest{1'000};

    std::chrono::milliseconds next(std::uint64_t random) noexcept;
    void reset() noexcept { ceiling_ = first_ceiling; }

  private:
    static constexpr std::chrono::milliseconds first_ceiling{100};
    std::chrono::milliseconds ceiling_ = first_ceiling;
};

}  // namespace tollgate::store
