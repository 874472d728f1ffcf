// Reading what is due: names from the two sets, then the payments themselves, then what has to be put right.
#include "redis_due.hpp"

#include "due_place.hpp"
#include "redis_delivery.hpp"
#include "redis_records.hpp"
#include "redis_scripts.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::store {

namespace {

/// A value has some kilobytes at most times, and Redis answers nobody else meanwhile.
constexpr std::size_t most_at_once = 256;

std::string number(core::WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}

}  // namespace

DueReading::DueReading(ScriptRunner& runner, core::FaultSink& faults, std::string prefix, Shard shard,
                       core::WallTime now, std::size_t limit, Done done)
    : runner_(runner),
      faults_(faults),
      prefix_(std::move(prefix)),
      shard_(shard),
      now_(now),
      limit_(limit),
      done_(std::move(done)) {}

std::string DueReading::key(std::string_view name) const {
    std::string key = prefix_;
    return key.append(":{").append(std::to_string(shard_)).append("}:").append(name);
}

void DueReading::start() {
    read_names();
}

void DueReading::read_names() {
    if (found_.size() >= limit_) return finish();
    const std::size_t count = std::min(limit_ - found_.size(), most_at_once);
    runner_.ask({"ZRANGE", key(due_set(urgent_)), "-inf", number(now_), "BYSCORE", "LIMIT", std::to_string(looked_),
                 std::to_string(count)},
                [self = shared_from_this()](core::Result<RedisReply> reply) {
                    if (!reply) return self->done_(reply.error());
                    self->take_names(*reply);
                });
}

void DueReading::take_names(const RedisReply& reply) {
    if (!reply.is_array()) return done_(unexpected_answer("ZRANGE"));
    if (reply.elements.empty()) {
        if (!std::exchange(urgent_, false)) return finish();
        looked_ = 0;
        return read_names();
    }
    std::vector<std::string> names;
    std::vector<std::string> command{"MGET"};
    for (const RedisReply& each : reply.elements) {
        command.push_back(key("p:") + each.text);
        names.push_back(each.text);
    }
    runner_.ask(std::move(command),
                [self = shared_from_this(), names = std::move(names)](core::Result<RedisReply> values) {
                    if (!values) return self->done_(values.error());
                    self->take_values(names, *values);
                });
}

void DueReading::take_values(const std::vector<std::string>& names, const RedisReply& reply) {
    if (!reply.is_array() || reply.elements.size() != names.size()) return done_(unexpected_answer("MGET"));
    for (std::size_t i = 0; i < names.size(); ++i) take(names[i], reply.elements[i].text);
    looked_ += names.size();
    read_names();
}

void DueReading::take(const std::string& name, const std::string& value) {
    if (!seen_.insert(name).second) return;
    const std::size_t colon = name.find(':');
    if (value.empty() || colon == std::string::npos) return correct(name, value, "", "");
    const auto payment = decode_payment(value);
    if (!payment) return;  // for people, who hear of it with its next callback: it stays as it is
    const auto state = event::unpack(payment->state);
    if (!state) return;
    const auto place = due_place_of(*state);
    if (!place) return correct(name, value, "", "");
    if (place->urgent != urgent_ || place->due > now_) {
        std::string at = number(place->due);
        return place->urgent ? correct(name, value, "", std::move(at)) : correct(name, value, std::move(at), "");
    }
    found_.push_back({name.substr(0, colon), name.substr(colon + 1), state->kind, *state->expectation});
}

void DueReading::correct(const std::string& name, const std::string& value, std::string due, std::string held) {
    corrections_.push_back(name);
    corrections_.push_back(value);
    corrections_.push_back(std::move(due));
    corrections_.push_back(std::move(held));
}

/// Whoever asked need not wait for what is put right.
void DueReading::finish() {
    if (!corrections_.empty()) {
        corrections_.insert(corrections_.begin(), std::to_string(shard_));
        runner_.run(redis_scripts::correct_due, std::move(corrections_),
                    [self = shared_from_this()](core::Result<RedisReply> reply) {
                        if (reply || reply.error().code != core::Errc::internal)
                            return;  // the next reading tries again
                        self->faults_.fault("store.read_due", reply.error().message);
                    });
    }
    done_(std::move(found_));
}

}  // namespace tollgate::store
