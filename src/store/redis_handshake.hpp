// RedisHandshake: what is asked on a new connection before it is used, and what the answers must be.
#pragma once

#include "redis_client.hpp"
#include "redis_reply.hpp"

#include <tollgate/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tollgate::store {

/// One for each connection. Its commands are written together, so that it takes one round trip; their answers are
/// judged in order, and the first that will not do ends it: what stands behind it does no harm on whatever server it
/// has reached.
class RedisHandshake {
  public:
    /// The scripts outlive it.
    RedisHandshake(const RedisAddress& address, std::span<const RedisScript* const> scripts,
                   const std::string& subscribe);

    [[nodiscard]] std::size_t size() const noexcept { return steps_.size(); }
    /// May hold the password.
    [[nodiscard]] const std::vector<std::string>& command(std::size_t index) const { return steps_[index].command; }

    /// The answer to command `index`, each in its turn. Errors: Errc::unavailable or internal: this server is to be
    /// left. The message holds no secret.
    core::Result<void> take(std::size_t index, const RedisReply& reply);
    /// Complete when the last answer was taken.
    [[nodiscard]] const RedisServerFacts& facts() const noexcept { return facts_; }

  private:
    enum class Kind : std::uint8_t { authenticate, select, role, info, configuration, load_script, ping, subscribe };
    struct Step {
        Kind kind;
        std::vector<std::string> command;
        const RedisScript* script = nullptr;
    };

    core::Result<void> take_role(const RedisReply& reply);
    core::Result<void> take_info(const RedisReply& reply);
    core::Result<void> take_configuration(const RedisReply& reply);

    std::vector<Step> steps_;
    RedisServerFacts facts_;
};

}  // namespace tollgate::store
