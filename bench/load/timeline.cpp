// Only the second that runs needs a histogram: its percentiles are taken when the next one begins.
#include "timeline.hpp"

#include <algorithm>

namespace tollgate::load {
namespace {

constexpr std::size_t longest = 24 * 60 * 60;

bool is_empty(const Second& second) {
    return second.begun == 0 && second.acked == 0 && second.refused == 0 && second.lost == 0;
}

}  // namespace

std::uint32_t Timeline::number_of(core::SteadyTime now) const {
    return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(std::max(now, start_) - start_).count());
}

Second& Timeline::at(core::SteadyTime now) {
    const std::uint32_t number = number_of(now);
    if (number > open_.number) {
        previous_ = current();
        if (!is_empty(open_) && closed_.size() < longest) closed_.push_back(previous_);
        open_ = Second{};
        open_.number = number;
        open_us_ = Histogram{};
    }
    return open_;
}

void Timeline::begun(core::SteadyTime now) {
    ++at(now).begun;
}

void Timeline::acked(core::SteadyTime now, std::uint64_t latency_us) {
    ++at(now).acked;
    open_us_.record(latency_us);
}

void Timeline::refused(core::SteadyTime now) {
    ++at(now).refused;
}

void Timeline::lost(core::SteadyTime now) {
    ++at(now).lost;
}

Second Timeline::current() const {
    Second second = open_;
    second.ack_p50_us = open_us_.percentile(0.5);
    second.ack_p99_us = open_us_.percentile(0.99);
    second.ack_max_us = open_us_.max();
    return second;
}

std::vector<Second> Timeline::seconds() const {
    std::vector<Second> all = closed_;
    if (!is_empty(open_) && all.size() < longest) all.push_back(current());
    return all;
}

Second Timeline::last(core::SteadyTime now) const {
    const std::uint32_t running = number_of(now);
    if (running == 0) return {};
    if (open_.number + 1 == running) return current();
    if (previous_.number + 1 == running) return previous_;
    Second silent;
    silent.number = running - 1;
    return silent;
}

void write_timeline(core::JsonWriter& json, const std::vector<Second>& seconds) {
    json.begin_array();
    for (const Second& second : seconds) {
        json.begin_object().key("second").unsigned_integer(second.number);
        json.key("begun").unsigned_integer(second.begun).key("acked").unsigned_integer(second.acked);
        json.key("refused").unsigned_integer(second.refused).key("lost").unsigned_integer(second.lost);
        json.key("ack_p50_us").unsigned_integer(second.ack_p50_us).key("ack_p99_us").unsigned_integer(second.ack_p99_us);
        json.key("ack_max_us").unsigned_integer(second.ack_max_us).end_object();
    }
    json.end_array();
}

}  // namespace tollgate::load
