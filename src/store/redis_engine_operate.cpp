// RedisEngine: what operators do with a subscriber, each a script.
#include "redis_delivery.hpp"
#include "redis_engine.hpp"
#include "redis_records.hpp"
#include "redis_scripts.hpp"
#include "still_worked.hpp"

#include <algorithm>

namespace tollgate::store {

namespace {

ParkedDelivery delivery_of(const LogEntry& event, core::WallTime due) {
    return {event.event_id, payment_key(event.source, event.reference), event.position, event.happening, 0, due};
}

/// The first word of a script's answer. Errors: not_found for an empty one, malformed.
core::Result<std::string> first_word(const RedisReply& reply, std::string_view script, std::string_view subscriber) {
    if (reply.is_array() && reply.elements.empty()) return unknown_subscriber(subscriber);
    if (!reply.is_array()) return unexpected_answer(script);
    return reply.elements.front().text;
}

core::Result<Requeued> read_requeued(const RedisReply& reply, const Requeue& request) {
    const auto word = first_word(reply, "requeue", request.subscriber);
    if (!word) return word.error();
    if (*word == "held") return still_worked(request.shard);
    if (*word != "ok" || reply.elements.size() != 6) return unexpected_answer("requeue");
    const auto count = [&reply](std::size_t index) {
        return static_cast<std::size_t>(std::max<std::int64_t>(reply.elements[index].integer, 0));
    };
    return Requeued{count(1), count(2), count(3), count(4), count(5)};
}

}  // namespace

void RedisEngine::set_pause(const std::string& subscriber, const std::string& why, Store::Done<void> done) {
    run(redis_scripts::set_pause, {subscriber, why},
        [subscriber, done = std::move(done)](core::Result<RedisReply> reply) mutable {
            if (!reply) return done(reply.error());
            const auto word = first_word(*reply, "set_pause", subscriber);
            if (!word) return done(word.error());
            done(core::Result<void>{});
        });
}

void RedisEngine::requeue(const Requeue& request, Store::Done<Requeued> done) {
    std::vector<std::string> arguments{
        std::to_string(request.shard), request.subscriber, request.only_dead ? "1" : "0",
        std::to_string(request.max_parked),
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(recall_lifetime).count())};
    for (const LogEntry& event : request.events) {
        arguments.push_back(event.event_id);
        arguments.push_back(std::to_string(event.position));
        arguments.push_back(encode_parked(delivery_of(event, request.due)));
        arguments.push_back(encode_copy(event));
    }
    Requeue asked;  // without the events, which the answer does not need
    asked.subscriber = request.subscriber;
    asked.shard = request.shard;
    run(redis_scripts::requeue, std::move(arguments),
        [asked = std::move(asked), done = std::move(done)](core::Result<RedisReply> reply) mutable {
            if (!reply) return done(reply.error());
            done(read_requeued(*reply, asked));
        });
}

void RedisEngine::forget_subscriber(const std::string& subscriber, Store::Done<bool> done) {
    run(redis_scripts::forget_subscriber, {std::to_string(options_.shards), subscriber},
        [subscriber, done = std::move(done)](core::Result<RedisReply> reply) mutable {
            if (!reply) return done(reply.error());
            const auto word = first_word(*reply, "forget_subscriber", subscriber);
            if (!word) return done(word.error());
            if (*word == "worked") return done(still_worked(subscriber));
            done(false);
        });
}

}  // namespace tollgate::store
