// Redis's protocol (RESP2) as bytes: commands out, replies in; hiredis reads what comes.
#pragma once

#include "redis_reply.hpp"

#include <tollgate/core/result.hpp>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

struct redisReader;

namespace tollgate::store {

/// Appends one command. Arguments may hold any bytes.
void append_command(std::string& out, std::span<const std::string_view> arguments);

/// Several commands that are written together, of which the last one's answer counts: a transaction up to its EXEC, or
/// a WATCH with the question behind it. Written once, straight into the bytes that go out.
class RedisCommands {
  public:
    void add(std::initializer_list<std::string_view> arguments);
    /// For a command whose arguments are many: exactly so many calls of argument() follow.
    void begin(std::size_t arguments);
    void argument(std::string_view bytes);

    void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::string take_bytes() noexcept { return std::exchange(bytes_, {}); }

  private:
    std::string bytes_;
    std::size_t count_ = 0;
};

/// Takes bytes as they come and gives replies as they are complete. After an error it is of no use any more.
class RedisReplyReader {
  public:
    /// Of one reply. What is larger is no answer to any command of ours, but bytes of somebody else, or a bug.
    static constexpr std::size_t max_reply_bytes = 64 << 20;
    static constexpr std::size_t max_reply_elements = 1 << 20;  ///< of all its arrays together

    RedisReplyReader();
    ~RedisReplyReader();
    RedisReplyReader(const RedisReplyReader&) = delete;
    RedisReplyReader& operator=(const RedisReplyReader&) = delete;

    /// Takes at most 16 KiB of `bytes` off its front. Then next() until there is none. Errors: Errc::malformed.
    core::Result<void> feed(std::string_view& bytes);
    /// Nothing: the rest has not come yet. Errors: Errc::malformed; the message holds nothing of the reply.
    core::Result<std::optional<RedisReply>> next();

  private:
    struct Functions;
    struct Free {
        void operator()(redisReader* reader) const noexcept;
    };
    std::size_t elements_ = 0;    ///< of the reply that is being read
    std::size_t unfinished_ = 0;  ///< bytes since the last reply was complete
    std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace tollgate::store
