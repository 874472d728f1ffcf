// RedisSession: what happens on one connection to Redis, as a state machine without socket, timer or clock.
#pragma once

#include "redis_client.hpp"
#include "redis_codec.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/result.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// Owned by a client for the life of one connection. It calls nobody: what has ended is handed out, so that the owner
/// calls completions when his own state is in order; they may submit anew.
class RedisSession {
  public:
    using Done = RedisClient::Done;

    struct Limits {
        std::size_t max_outstanding = 0;  ///< commands without an answer
        std::size_t max_bytes = 0;        ///< not yet written, and of scripts, kept for EVAL, without an answer
    };
    struct Finished {
        Done done;
        core::Result<RedisReply> result;
    };
    struct Received {
        std::vector<Finished> finished;     ///< in the order of the answers
        std::vector<std::string> messages;  ///< of the channel
        std::string readonly;               ///< a command was refused because this is not the master: why; else empty
    };

    /// `subscribing`: answers to one SUBSCRIBE and what comes by it are told apart.
    RedisSession(Limits limits, bool subscribing) : limits_(limits), subscribing_(subscribing) {}

    /// Whether there is room; Errc::unavailable when not, and nothing was taken.
    [[nodiscard]] core::Result<void> room_for(std::size_t bytes) const;

    /// Takes a command, whose bytes then wait in take_output(). `deadline`: by when it must be answered; never earlier
    /// than that of the one before.
    void submit(std::span<const std::string_view> arguments, core::SteadyTime deadline, Done done);
    void submit_script(const RedisScript& script, std::span<const std::string_view> keys,
                       std::span<const std::string_view> arguments, core::SteadyTime deadline, Done done);
    /// Ends with the last answer; when a command before was refused, with that error if EXEC then gave up the whole,
    /// and with Errc::unknown_outcome if not. At least one command.
    void submit_all(RedisCommands commands, core::SteadyTime deadline, Done done);

    [[nodiscard]] bool has_output() const noexcept { return !output_.empty(); }
    /// All that waits to be written. From here on it counts as handed to the socket: whether Redis has it is unknown.
    std::string take_output();

    /// Bytes from the socket. A script that the server does not know is submitted again as EVAL, with `retry_deadline`.
    /// Errors: Errc::malformed; what was answered before is in `received`, and the connection must be closed.
    core::Result<void> feed(std::string_view bytes, core::SteadyTime retry_deadline, Received& received);

    /// Of the command that has waited longest for its answer.
    [[nodiscard]] std::optional<core::SteadyTime> deadline() const;
    [[nodiscard]] std::size_t outstanding() const noexcept { return waiting_.size(); }

    /// The connection has ended: everything without an answer ends with Errc::unknown_outcome where it was handed to
    /// the socket, with Errc::unavailable where not. `why` holds no secret.
    std::vector<Finished> end(std::string_view why);

  private:
    struct Waiting {
        core::SteadyTime deadline;
        Done done;
        const RedisScript* script = nullptr;  ///< of an EVALSHA
        std::string command{};                ///< of an EVALSHA: as it was written
        std::size_t before = 0;               ///< answers still to come before the one that counts
        std::string refused{};                ///< the first error among those
    };

    void answer(RedisReply reply, core::SteadyTime retry_deadline, Received& received);
    void retry_as_eval(Waiting waiting, core::SteadyTime deadline);

    const Limits limits_;
    const bool subscribing_;
    RedisReplyReader reader_;
    std::deque<Waiting> waiting_;  // answers come in this order
    std::size_t handed_over_ = 0;  // so many at the front of waiting_ were given to the socket
    std::string output_;
    std::size_t kept_bytes_ = 0;    // in Waiting::command
    std::size_t kept_written_ = 0;  // the part of them that is no more in output_
};

/// What a command takes in the protocol, at most.
std::size_t encoded_size(std::span<const std::string_view> arguments) noexcept;

}  // namespace tollgate::store
