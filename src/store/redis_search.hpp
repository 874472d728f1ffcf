// The way back to Redis: whom to ask for the master, and how long to wait between attempts.
#pragma once

#include "redis_reply.hpp"

#include <tollgate/core/result.hpp>
#include <tollgate/store/redis.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tollgate::store {

/// The Sentinels in the order in which they are asked (who answered last goes first), and what they said. More than
/// half of all must answer, so that we are not with the few that a broken network keeps apart; then the newest of their
/// answers counts (config-epoch, which grows with each failover). For seconds after one, most have not heard of it:
/// they name the old master, which, when it is back, takes writes while a replica still follows it, and loses them.
class SentinelRound {
  public:
    SentinelRound(std::vector<HostAndPort> sentinels, std::string master);

    /// A new round, from the front.
    void begin();
    /// Null: all have been asked. Valid until the next call of another member.
    const HostAndPort* next();
    /// The first tells the epoch, the second the master, which may be newer but not older than that.
    [[nodiscard]] std::array<std::vector<std::string>, 2> questions() const;
    /// The answers of the one that next() gave last, who moves to the front. Errors: Errc::unavailable: he does not
    /// know the master.
    core::Result<void> take(const RedisReply& details, const RedisReply& address);
    /// Whether more than half have answered: the others need not be waited for long.
    [[nodiscard]] bool has_enough() const noexcept { return answers_.size() > sentinels_.size() / 2; }
    /// When all have been asked. Errors: Errc::unavailable: too few have answered, or the newest answers differ.
    [[nodiscard]] core::Result<HostAndPort> master() const;

  private:
    struct Answer {
        std::uint64_t epoch = 0;
        HostAndPort master;
    };
    std::vector<HostAndPort> sentinels_;
    const std::string master_;
    std::size_t next_ = 0;
    std::vector<Answer> answers_;  ///< in this round
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
