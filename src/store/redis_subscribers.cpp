// Reading how far every subscriber is: heads, names, then a script for each name.
#include "redis_subscribers.hpp"

#include "redis_delivery.hpp"
#include "redis_records.hpp"
#include "redis_scripts.hpp"

#include <algorithm>
#include <charconv>

namespace tollgate::store {

namespace {

/// False: no number.
template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc{} && end == text.data() + text.size();
}

}  // namespace

SubscribersReading::SubscribersReading(ScriptRunner& runner, std::string prefix, Shard shards, Done done)
    : runner_(runner), prefix_(std::move(prefix)), shards_(shards), done_(std::move(done)) {}

void SubscribersReading::start() {
    runner_.run(redis_scripts::heads, {std::to_string(shards_)},
                [self = shared_from_this()](core::Result<RedisReply> reply) {
                    if (!reply) return self->done_(reply.error());
                    self->take_heads(*reply);
                });
}

void SubscribersReading::take_heads(const RedisReply& reply) {
    if (!reply.is_array() || reply.elements.size() != shards_) return done_(unexpected_answer("heads"));
    for (const RedisReply& each : reply.elements) {
        const auto head = read_position(each.text);
        if (!head) return done_(head.error());
        heads_.push_back(std::to_string(*head));
    }
    read_names();
}

void SubscribersReading::read_names() {
    runner_.ask({"HKEYS", prefix_ + ":subscribers"}, [self = shared_from_this()](core::Result<RedisReply> reply) {
        if (!reply) return self->done_(reply.error());
        self->take_names(*reply);
    });
}

void SubscribersReading::take_names(const RedisReply& reply) {
    if (!reply.is_array()) return done_(unexpected_answer("HKEYS"));
    for (const RedisReply& each : reply.elements) names_.push_back(each.text);
    std::sort(names_.begin(), names_.end());
    read_next();
}

void SubscribersReading::read_next() {
    if (next_ == names_.size()) return done_(std::move(found_));
    std::vector<std::string> arguments{names_[next_]};
    arguments.insert(arguments.end(), heads_.begin(), heads_.end());
    runner_.run(redis_scripts::standing, std::move(arguments),
                [self = shared_from_this()](core::Result<RedisReply> reply) {
                    if (!reply) return self->done_(reply.error());
                    self->take(*reply);
                });
}

void SubscribersReading::take(const RedisReply& reply) {
    const std::string& name = names_[next_++];
    if (reply.is_array() && reply.elements.empty()) return read_next();
    if (!reply.is_array() || reply.elements.size() != 4) return done_(unexpected_answer("standing"));
    SubscriberStanding standing;
    standing.subscriber = name;
    standing.parked = static_cast<std::uint64_t>(reply.elements[2].integer);
    standing.dead_letters = static_cast<std::uint64_t>(reply.elements[3].integer);
    if (!read_number(reply.elements[0].text, standing.behind)) return done_(unexpected_answer("standing"));
    if (const std::string& oldest = reply.elements[1].text; !oldest.empty()) {
        std::int64_t at = 0;
        if (!read_number(oldest, at)) return done_(unexpected_answer("standing"));
        standing.oldest_at = core::WallTime{std::chrono::milliseconds{at}};
    }
    found_.push_back(std::move(standing));
    read_next();
}

}  // namespace tollgate::store
