// Pairs answers with commands, by their order, and knows what the end of a connection means for each.
#include "redis_session.hpp"

#include <tollgate/core/crypto.hpp>

#include <openssl/evp.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace tollgate::store {

namespace {

/// "$" + length + CRLF before an argument and CRLF behind it.
constexpr std::size_t argument_overhead = 1 + 20 + 2 + 2;

std::string sha1_of(std::string_view text) {
    std::array<std::uint8_t, 20> digest;
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) {
        throw std::runtime_error("SHA-1 is not available");
    }
    return core::to_hex(digest);
}

std::string bulk(std::string_view text) {
    return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

/// Since RESP2 has no other sign: ["message", CHANNEL, PAYLOAD]. No answer to a command of a subscriber looks so.
bool is_message(const RedisReply& reply) {
    return reply.is_array() && reply.elements.size() == 3 && reply.elements[0].text == "message" &&
           reply.elements[2].is_text();
}

}  // namespace

RedisScript::RedisScript(std::string text) : text_(std::move(text)), sha1_(sha1_of(text_)) {}

std::size_t encoded_size(std::span<const std::string_view> arguments) noexcept {
    std::size_t size = argument_overhead;
    for (const std::string_view argument : arguments) size += argument.size() + argument_overhead;
    return size;
}

core::Result<void> RedisSession::room_for(std::size_t bytes) const {
    if (waiting_.size() >= limits_.max_outstanding) {
        return core::Error(core::Errc::unavailable, "too many commands wait for Redis");
    }
    const std::size_t used = output_.size() + kept_written_;
    if (used >= limits_.max_bytes || bytes > limits_.max_bytes - used) {
        return core::Error(core::Errc::unavailable, "too many bytes wait for Redis");
    }
    return {};
}

void RedisSession::submit(std::span<const std::string_view> arguments, core::SteadyTime deadline, Done done) {
    append_command(output_, arguments);
    waiting_.push_back(Waiting{deadline, std::move(done)});
}

void RedisSession::submit_all(RedisCommands commands, core::SteadyTime deadline, Done done) {
    waiting_.push_back(Waiting{deadline, std::move(done)});
    waiting_.back().before = commands.count() - 1;
    if (output_.empty()) {
        output_ = commands.take_bytes();
    } else {
        output_.append(commands.bytes());
    }
}

void RedisSession::submit_script(const RedisScript& script, std::span<const std::string_view> keys,
                                 std::span<const std::string_view> arguments, core::SteadyTime deadline, Done done) {
    const std::string key_count = std::to_string(keys.size());
    std::vector<std::string_view> all{"EVALSHA", script.sha1(), key_count};
    all.reserve(all.size() + keys.size() + arguments.size());
    all.insert(all.end(), keys.begin(), keys.end());
    all.insert(all.end(), arguments.begin(), arguments.end());
    Waiting waiting{deadline, std::move(done), &script};
    append_command(waiting.command, all);
    output_.append(waiting.command);
    kept_bytes_ += waiting.command.size();
    waiting_.push_back(std::move(waiting));
}

std::string RedisSession::take_output() {
    handed_over_ = waiting_.size();
    kept_written_ = kept_bytes_;
    return std::exchange(output_, {});
}

core::Result<void> RedisSession::feed(std::string_view bytes, core::SteadyTime retry_deadline, Received& received) {
    while (!bytes.empty()) {
        if (const auto fed = reader_.feed(bytes); !fed) return fed.error();
        for (;;) {
            auto reply = reader_.next();
            if (!reply) return reply.error();
            if (!*reply) break;
            if (subscribing_ && is_message(**reply)) {
                received.messages.push_back(std::move((*reply)->elements[2].text));
                continue;
            }
            // Commands that are not yet written have no answer.
            if (handed_over_ == 0) {
                const bool is_goodbye = (*reply)->is_error();
                return is_goodbye ? error_of(**reply)
                                  : core::Error(core::Errc::malformed, "Redis answered what nobody asked");
            }
            answer(std::move(**reply), retry_deadline, received);
        }
    }
    return {};
}

void RedisSession::answer(RedisReply reply, core::SteadyTime retry_deadline, Received& received) {
    if (reply.is_error() && reply.text.find("READONLY") != std::string::npos &&
        error_of(reply).code == core::Errc::unavailable) {
        received.readonly = error_of(reply).message;
    }
    Waiting& first = waiting_.front();
    if (first.before > 0) {
        --first.before;
        if (reply.is_error() && first.refused.empty()) first.refused = std::move(reply.text);
        return;
    }
    Waiting waiting = std::move(first);
    waiting_.pop_front();
    --handed_over_;
    if (!waiting.refused.empty()) {
        const bool nothing_done = reply.is_error() && reply.text.starts_with("EXECABORT");
        RedisReply refused;
        refused.type = RedisReply::Type::error;
        refused.text = std::move(waiting.refused);
        if (!nothing_done) {
            core::Error unknown(core::Errc::unknown_outcome, error_of(refused).message);
            received.finished.push_back(Finished{std::move(waiting.done), std::move(unknown)});
            return;
        }
        reply = std::move(refused);  // says more than that the whole was given up
    }
    kept_bytes_ -= waiting.command.size();
    kept_written_ -= waiting.command.size();
    if (waiting.script != nullptr && reply.is_error() && reply.text.starts_with("NOSCRIPT")) {
        retry_as_eval(std::move(waiting), retry_deadline);
        return;
    }
    received.finished.push_back(Finished{std::move(waiting.done), std::move(reply)});
}

/// EVAL has as many arguments as EVALSHA, and the same behind the first two. The limits do not count: it had its place.
void RedisSession::retry_as_eval(Waiting waiting, core::SteadyTime deadline) {
    const std::string head = bulk("EVALSHA") + bulk(waiting.script->sha1());
    const std::size_t count_end = waiting.command.find("\r\n") + 2;
    output_.append(waiting.command, 0, count_end);
    output_.append(bulk("EVAL")).append(bulk(waiting.script->text()));
    output_.append(waiting.command, count_end + head.size());
    waiting_.push_back(Waiting{deadline, std::move(waiting.done)});
}

std::optional<core::SteadyTime> RedisSession::deadline() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.front().deadline;
}

std::vector<RedisSession::Finished> RedisSession::end(std::string_view why) {
    std::vector<Finished> finished;
    finished.reserve(waiting_.size());
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
        const bool handed_over = i < handed_over_;
        core::Error error(handed_over ? core::Errc::unknown_outcome : core::Errc::unavailable,
                          (handed_over ? "Redis did not answer: " : "not sent to Redis: ") + std::string(why));
        finished.push_back(Finished{std::move(waiting_[i].done), std::move(error)});
    }
    waiting_.clear();
    handed_over_ = 0;
    kept_bytes_ = 0;
    kept_written_ = 0;
    output_.clear();
    return finished;
}

}  // namespace tollgate::store
