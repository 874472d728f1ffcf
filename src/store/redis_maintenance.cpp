// The ceilings, shard by shard; every step is atomic and may be done by several nodes at once.
#include "redis_maintenance.hpp"

#include "redis_delivery.hpp"
#include "redis_scripts.hpp"

#include <algorithm>
#include <charconv>

namespace tollgate::store {

namespace {

constexpr std::uint64_t rows_at_once = 500;
constexpr std::uint64_t rows_by_size = 200;  // few, so that all shards are trimmed to about the same age
constexpr std::uint64_t payments_at_once = 500;

std::string number(core::WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}

std::uint64_t to_count(std::string_view text) {
    std::uint64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

}  // namespace

RedisMaintenance::RedisMaintenance(ScriptRunner& runner, Shard shards, RetentionPolicy policy, core::WallTime now,
                                   Done done)
    : runner_(runner), shards_(shards), policy_(policy), now_(now), done_(std::move(done)) {}

void RedisMaintenance::start() {
    trim_by_age(0);
}

void RedisMaintenance::fail(core::Error error) {
    done_(std::move(error));
}

void RedisMaintenance::trim_by_age(Shard shard) {
    if (policy_.retention.count() == 0 || shard == shards_) return trim_by_size();
    trim(shard, number(now_ - policy_.retention), "", [self = shared_from_this(), shard](std::uint64_t trimmed) {
        self->trim_by_age(trimmed > 0 ? shard : shard + 1);
    });
}

void RedisMaintenance::trim_by_size() {
    if (policy_.max_size_bytes == 0) return forget(0);
    runner_.run(redis_scripts::log_sizes, {std::to_string(shards_)},
                [self = shared_from_this()](core::Result<RedisReply> reply) {
                    if (!reply) return self->fail(reply.error());
                    self->trim_oldest(*reply);
                });
}

void RedisMaintenance::trim_oldest(const RedisReply& sizes) {
    if (!sizes.is_array() || sizes.elements.size() != 2) return fail(unexpected_answer("log_sizes"));
    const std::uint64_t used = to_count(sizes.elements[0].text);
    std::optional<Shard> oldest;
    std::uint64_t oldest_at = 0;
    const std::vector<RedisReply>& firsts = sizes.elements[1].elements;
    for (Shard shard = 0; shard < firsts.size(); ++shard) {
        if (firsts[shard].text.empty()) continue;
        const std::uint64_t at = to_count(firsts[shard].text);
        if (oldest && at >= oldest_at) continue;
        oldest = shard;
        oldest_at = at;
    }
    if (used <= policy_.max_size_bytes || !oldest) return forget(0);
    trim(*oldest, "", std::to_string(used - policy_.max_size_bytes),
         [self = shared_from_this()](std::uint64_t trimmed) { trimmed > 0 ? self->trim_by_size() : self->forget(0); });
}

void RedisMaintenance::trim(Shard shard, std::string before, std::string bytes,
                            core::UniqueFunction<void(std::uint64_t)> then) {
    const std::uint64_t rows = bytes.empty() ? rows_at_once : rows_by_size;
    std::vector<std::string> arguments{std::to_string(shard), std::move(before), std::move(bytes), std::to_string(rows),
                                       number(now_)};
    runner_.run(redis_scripts::trim, std::move(arguments),
                [self = shared_from_this(), then = std::move(then)](core::Result<RedisReply> reply) mutable {
                    if (!reply) return self->fail(reply.error());
                    const auto trimmed = self->read_trimmed(*reply);
                    if (!trimmed) return self->fail(trimmed.error());
                    then(*trimmed);
                });
}

core::Result<std::uint64_t> RedisMaintenance::read_trimmed(const RedisReply& reply) {
    if (!reply.is_array() || reply.elements.size() % 2 != 1) return unexpected_answer("trim");
    const auto trimmed = static_cast<std::uint64_t>(reply.elements.front().integer);
    report_.trimmed_events += trimmed;
    for (std::size_t i = 1; i < reply.elements.size(); i += 2) {
        const std::string& name = reply.elements[i].text;
        const auto known = std::find_if(report_.expired.begin(), report_.expired.end(),
                                        [&](const auto& expired) { return expired.subscriber == name; });
        const std::uint64_t lost = to_count(reply.elements[i + 1].text);
        if (known == report_.expired.end()) {
            report_.expired.push_back({name, lost});
        } else {
            known->events += lost;
        }
    }
    return trimmed;
}

void RedisMaintenance::forget(Shard shard) {
    if (policy_.state_retention.count() == 0 || shard == shards_) return measure();
    std::vector<std::string> arguments{std::to_string(shard), number(now_ - policy_.state_retention),
                                       std::to_string(payments_at_once)};
    runner_.run(redis_scripts::forget, std::move(arguments),
                [self = shared_from_this(), shard](core::Result<RedisReply> reply) {
                    if (!reply) return self->fail(reply.error());
                    if (!reply->is_array() || reply->elements.size() != 2)
                        return self->fail(unexpected_answer("forget"));
                    self->report_.forgotten_payments += static_cast<std::uint64_t>(reply->elements[1].integer);
                    self->forget(reply->elements[0].integer > 0 ? shard : shard + 1);
                });
}

void RedisMaintenance::measure() {
    runner_.ask({"INFO", "memory"}, [self = shared_from_this()](core::Result<RedisReply> reply) {
        if (!reply) return self->fail(reply.error());
        constexpr std::string_view name = "used_memory:";
        const std::size_t found = reply->text.find(name);
        if (found != std::string::npos)
            self->report_.size_bytes = to_count(std::string_view(reply->text).substr(found + name.size()));
        self->done_(std::move(self->report_));
    });
}

}  // namespace tollgate::store
