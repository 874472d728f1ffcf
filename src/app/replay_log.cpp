// Implements Replay: finding what is wanted in the log.
#include "replay.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::app {
namespace {

constexpr std::size_t entries_at_once = 256;
constexpr std::size_t bytes_at_once = 512 << 10;
/// The log is in the order in which events were accepted, by clocks that may have been set meanwhile: so far off they may be.
constexpr std::chrono::minutes clock_margin{10};

/// `go_on` may be a method's: what it is called on lives until then.
template <class F>
auto log_answer(boost::asio::io_context& loop, std::shared_ptr<Replay> self, F go_on) {
    return on_loop<store::LogPage>(loop, [self = std::move(self), go_on = std::move(go_on)](core::Result<store::LogPage> log) mutable {
        go_on(std::move(log));
    });
}

}  // namespace

/// Where in each shard the range begins: by halves, since positions grow with time.
void Replay::find_starts() {
    waiting_ = parts_.size();
    for (store::Shard shard = 0; shard < parts_.size(); ++shard) {
        auto look = [this, shard](core::Result<store::LogPage> log) {
            if (!log || log->entries.empty()) {
                if (!log) failure_ = log.error();
                parts_[shard].ended = true;
                if (--waiting_ == 0) read_log();
                return;
            }
            const auto first = log->entries.front().position;
            narrow(shard, first - 1, log->head);
        };
        context_.stores.control().read_log(shard, 0, 1, 1, log_answer(context_.loop, shared_from_this(), std::move(look)));
    }
}

/// The last position at or below which everything is too old lies from `low` to `high`.
void Replay::narrow(store::Shard shard, store::Position low, store::Position high) {
    if (low >= high) {
        parts_[shard].read_to = low;
        if (--waiting_ == 0) read_log();
        return;
    }
    const auto middle = low + (high - low) / 2;
    auto look = [this, shard, low, high, middle](core::Result<store::LogPage> log) {
        if (!log) {
            failure_ = log.error();
            return narrow(shard, low, low);
        }
        const bool is_old = !log->entries.empty() && log->entries.front().accepted_at < wanted_.since - clock_margin;
        if (is_old) return narrow(shard, std::max(middle + 1, log->entries.front().position), high);
        narrow(shard, low, middle);
    };
    context_.stores.control().read_log(shard, middle, 1, 1, log_answer(context_.loop, shared_from_this(), std::move(look)));
}

/// Shard by shard, page by page, until the step is full or all was looked at.
void Replay::read_log() {
    if (failure_) return fail(*failure_);
    const auto open = std::ranges::find_if(parts_, [](const Part& part) { return !part.ended; });
    if (open == parts_.end() || found_) return queue();
    if (is_full() || looked_at_ >= max_looked_at) {
        report_.more = true;
        return queue();
    }
    const auto shard = static_cast<store::Shard>(open - parts_.begin());
    auto look = [this, shard](core::Result<store::LogPage> log) {
        auto& part = parts_[shard];
        if (!log) return fail(log.error());
        for (auto& event : log->entries) {
            if (part.ended || !look_at(part, event)) break;
        }
        if (log->entries.empty() || part.read_to >= log->head) part.ended = true;
        read_log();
    };
    context_.stores.control().read_log(shard, parts_[shard].read_to, entries_at_once, bytes_at_once,
                                       log_answer(context_.loop, shared_from_this(), std::move(look)));
}

bool Replay::look_at(Part& part, store::LogEntry& event) {
    const bool of_range = wanted_.kind == ReplayWanted::Kind::range;
    if (of_range && event.accepted_at >= wanted_.until + clock_margin) {
        part.ended = true;
        return false;
    }
    if (is_full() || looked_at_ >= max_looked_at) return false;
    ++looked_at_;
    part.read_to = event.position;
    const bool chosen = of_range ? event.accepted_at >= wanted_.since && event.accepted_at < wanted_.until
                                 : event.event_id == wanted_.event_id;
    if (!chosen) return true;
    // Of one event what came first is found first; that it came before on less says nothing when that has left the log.
    if (!of_range) event.raised_from.reset();
    if (!wanted_.filter.wants(event)) {
        // It may come again, better proven.
        ++report_.not_wanted;
        return true;
    }
    if (!of_range) {
        found_ = true;
        report_.not_wanted = 0;  // it is wanted as it came later
    }
    ++events_;
    bytes_ += event.body.size();
    part.events.push_back(std::move(event));
    return of_range;
}

}  // namespace tollgate::app
