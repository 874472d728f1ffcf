// Reading what is due: names from the sets, then the payments themselves, then what has to be put right.
#include "redis_due.hpp"

#include "due_place.hpp"
#include "redis_delivery.hpp"
#include "redis_records.hpp"
#include "redis_scripts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tollgate::store {

namespace {

/// A value has some kilobytes at most times, and Redis answers nobody else meanwhile.
constexpr std::size_t most_at_once = 256;
/// Two sizes of each source in each.
constexpr Shard shards_at_once = 64;

std::string number(core::WallTime time) {
    return std::to_string(time.time_since_epoch().count());
}

}  // namespace

DueReading::DueReading(ScriptRunner& runner, core::FaultSink& faults, std::string prefix, Shard shard,
                       std::vector<DueWish> wishes, Done done)
    : runner_(runner),
      faults_(faults),
      prefix_(std::move(prefix)),
      shard_(shard),
      wishes_(std::move(wishes)),
      done_(std::move(done)) {
    for (std::size_t wish = 0; wish < wishes_.size(); ++wish) {
        for (const bool urgent : {true, false}) {
            if (!urgent && wishes_[wish].held_only) continue;
            for (const DueRange& range : wishes_[wish].when) {
                Search& search = searches_.emplace_back();
                search.wish = wish;
                search.urgent = urgent;
                search.range = range;
            }
        }
    }
}

std::string DueReading::key(std::string_view name) const {
    std::string key = prefix_;
    return key.append(":{").append(std::to_string(shard_)).append("}:").append(name);
}

void DueReading::start() {
    read_names();
}

std::size_t DueReading::room_of(std::size_t wish) const {
    std::size_t found = 0;
    for (const Search& search : searches_) {
        if (search.wish == wish) found += search.found.size();
    }
    return wishes_[wish].limit - std::min(found, wishes_[wish].limit);
}

void DueReading::read_names() {
    std::vector<std::string> arguments{std::to_string(shard_)};
    asked_.clear();
    for (std::size_t index = 0; index < searches_.size(); ++index) {
        Search& search = searches_[index];
        search.asked = search.is_over ? 0 : std::min(room_of(search.wish), most_at_once);
        if (search.asked == 0) continue;
        asked_.push_back(index);
        arguments.push_back(due_set(search.urgent, wishes_[search.wish].source));
        arguments.push_back(number(search.range.after));
        arguments.push_back(number(search.range.until));
        arguments.push_back(std::to_string(search.looked));
        arguments.push_back(std::to_string(search.asked));
    }
    if (asked_.empty()) return finish();
    runner_.run(redis_scripts::due_names, std::move(arguments),
                [self = shared_from_this()](core::Result<RedisReply> reply) {
                    if (!reply) return self->done_(reply.error());
                    self->take_names(*reply);
                });
}

void DueReading::take_names(const RedisReply& reply) {
    if (!reply.is_array() || reply.elements.size() != asked_.size()) return done_(unexpected_answer("read_due"));
    members_.clear();
    read_ = 0;
    for (std::size_t i = 0; i < asked_.size(); ++i) {
        Search& search = searches_[asked_[i]];
        const std::vector<RedisReply>& names = reply.elements[i].elements;
        search.looked += names.size();
        search.is_over = names.size() < search.asked;
        for (const RedisReply& each : names) {
            members_.push_back({asked_[i], wishes_[search.wish].source + ':' + each.text});
        }
    }
    read_values();
}

void DueReading::read_values() {
    reading_ = std::min(members_.size() - read_, most_at_once);
    if (reading_ == 0) return read_names();
    std::vector<std::string> command{"MGET"};
    for (std::size_t i = read_; i < read_ + reading_; ++i) command.push_back(key("p:") + members_[i].name);
    runner_.ask(std::move(command), [self = shared_from_this()](core::Result<RedisReply> reply) {
        if (!reply) return self->done_(reply.error());
        self->take_values(*reply);
    });
}

void DueReading::take_values(const RedisReply& reply) {
    if (!reply.is_array() || reply.elements.size() != reading_) return done_(unexpected_answer("MGET"));
    for (std::size_t i = 0; i < reading_; ++i) take(members_[read_ + i], reply.elements[i].text);
    read_ += reading_;
    read_values();
}

void DueReading::take(const Member& member, const std::string& value) {
    if (!seen_.insert(member.name).second) return;
    if (value.empty()) return correct(member, value, "", "");
    const auto payment = decode_payment(value);
    if (!payment) return;  // for people, who hear of it with its next callback: it stays as it is
    const auto state = event::unpack(payment->state);
    if (!state) return;
    const auto place = due_place_of(*state);
    if (!place) return correct(member, value, "", "");
    Search& search = searches_[member.search];
    if (place->urgent != search.urgent || place->due <= search.range.after || place->due > search.range.until) {
        std::string at = number(place->due);
        return place->urgent ? correct(member, value, "", std::move(at)) : correct(member, value, std::move(at), "");
    }
    const auto [source, reference] = halves_of(member.name);
    search.found.push_back({std::string(source), std::string(reference), state->kind, *state->expectation});
}

void DueReading::correct(const Member& member, const std::string& value, std::string due, std::string held) {
    corrections_.push_back(member.name);
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
    std::vector<DueExpectation> found;
    std::vector<std::size_t> taken(wishes_.size(), 0);
    for (Search& search : searches_) {
        for (DueExpectation& each : search.found) {
            if (taken[search.wish]++ < wishes_[search.wish].limit) found.push_back(std::move(each));
        }
    }
    done_(std::move(found));
}

void WaitingCounting::count() {
    const Shard end = std::min(next_ + shards_at_once, shards_);
    std::vector<std::string> arguments{std::to_string(next_), std::to_string(end)};
    next_ = end;
    runner_.run(redis_scripts::count_waiting, std::move(arguments),
                [self = shared_from_this()](core::Result<RedisReply> reply) {
                    if (!reply) return self->done_(reply.error());
                    self->take(*reply);
                });
}

void WaitingCounting::take(const RedisReply& reply) {
    for (const RedisReply& each : reply.elements) {
        if (each.elements.size() != 3) return done_(unexpected_answer("count_waiting"));
        WaitingCount& count = counts_[each.elements[0].text];
        count.open += static_cast<std::uint64_t>(each.elements[1].integer);
        count.held += static_cast<std::uint64_t>(each.elements[2].integer);
    }
    if (next_ < shards_) return count();
    std::vector<WaitingCount> counts;
    for (auto& [source, count] : counts_) {
        if (count.open == 0) continue;
        count.source = source;
        counts.push_back(std::move(count));
    }
    done_(std::move(counts));
}

}  // namespace tollgate::store
