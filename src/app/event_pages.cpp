// Implements EventPages.
#include "event_pages.hpp"

#include <algorithm>

#include <tollgate/delivery/filter.hpp>

namespace tollgate::app {
namespace {

/// Of one request, so that a filter that nothing matches does not read the whole log at once.
constexpr std::size_t most_looked_at = 20'000;
/// Of all shards together, what is read and not looked at yet, in bytes of bodies.
constexpr std::size_t most_buffered = 4 << 20;

}  // namespace

void EventPages::read(ApiContext& context, EventsWanted wanted, Done done) {
    const auto pages = std::make_shared<EventPages>(context, std::move(wanted), std::move(done));
    if (pages->wanted_.latest) return pages->find_ends();
    pages->go_on();
}

EventPages::EventPages(ApiContext& context, EventsWanted wanted, Done done)
    : context_(context), wanted_(std::move(wanted)), done_(std::move(done)), shards_(context.stores.control().shard_count()) {
    const bool is_filtered = !wanted_.source.empty() || !wanted_.type.empty();
    const auto share = wanted_.limit / shards_.size() + 8;  // events are spread evenly
    entries_at_once_ = is_filtered ? 256 : std::clamp<std::size_t>(share, 16, 256);
    bytes_at_once_ = std::clamp<std::size_t>(most_buffered / shards_.size(), 4 << 10, 256 << 10);
    page_.next = wanted_.latest ? EventCursor(shards_.size(), 0) : std::move(wanted_.after);
    for (std::size_t i = 0; i < shards_.size(); ++i) shards_[i].read_to = page_.next[i];
}

/// The last ones are among the last ones of each shard.
void EventPages::find_ends() {
    const bool is_filtered = !wanted_.source.empty() || !wanted_.type.empty();
    const auto back = is_filtered ? std::max(wanted_.limit, most_looked_at / shards_.size()) : wanted_.limit;
    waiting_ = shards_.size();
    for (store::Shard shard = 0; shard < shards_.size(); ++shard) {
        auto then = [self = shared_from_this(), shard, back](core::Result<store::LogPage> log) {
            if (!log) {
                self->failure_ = log.error();
            } else {
                const auto start = log->head > back ? log->head - back : 0;
                self->shards_[shard].read_to = self->page_.next[shard] = start;
            }
            if (--self->waiting_ == 0) self->go_on();
        };
        context_.stores.control().read_log(shard, 0, 1, 1, on_loop<store::LogPage>(context_.loop, std::move(then)));
    }
}

void EventPages::go_on() {
    for (;;) {
        if (failure_) return fail(*failure_);
        // Which event is the oldest is known when every shard that has one shows its next.
        if (refill()) return;
        auto* const shard = oldest();
        if (shard == nullptr || !look_at(*shard)) return finish();
    }
}

bool EventPages::refill() {
    std::vector<store::Shard> empty;
    for (store::Shard shard = 0; shard < shards_.size(); ++shard) {
        if (shards_[shard].read.empty() && !shards_[shard].ended) empty.push_back(shard);
    }
    waiting_ = empty.size();
    for (const auto shard : empty) {
        auto then = [self = shared_from_this(), shard](core::Result<store::LogPage> log) {
            auto& of = self->shards_[shard];
            if (!log) {
                self->failure_ = log.error();
            } else if (log->entries.empty()) {
                of.ended = true;
            } else {
                of.read_to = log->entries.back().position;
                of.ended = of.read_to >= log->head;
                std::ranges::move(log->entries, std::back_inserter(of.read));
            }
            if (--self->waiting_ == 0) self->go_on();
        };
        context_.stores.control().read_log(shard, shards_[shard].read_to, entries_at_once_, bytes_at_once_,
                                           on_loop<store::LogPage>(context_.loop, std::move(then)));
    }
    return !empty.empty();
}

EventPages::ShardLog* EventPages::oldest() {
    ShardLog* oldest = nullptr;
    for (auto& shard : shards_) {
        if (shard.read.empty()) continue;
        if (oldest == nullptr || shard.read.front().accepted_at < oldest->read.front().accepted_at) oldest = &shard;
    }
    return oldest;
}

bool EventPages::look_at(ShardLog& shard) {
    auto& event = shard.read.front();
    const bool wanted = is_wanted(event);
    auto& events = page_.events;
    if (!wanted_.latest) {
        if (events.size() == wanted_.limit || looked_at_ == most_looked_at) return false;
        if (wanted && !events.empty() && bytes_ + event.body.size() > max_page_bytes) return false;
    }
    ++looked_at_;
    page_.next[static_cast<std::size_t>(&shard - shards_.data())] = event.position;
    if (wanted) {
        bytes_ += event.body.size();
        events.push_back(std::move(event));
    }
    shard.read.pop_front();
    while (events.size() > wanted_.limit || (events.size() > 1 && bytes_ > max_page_bytes)) {
        bytes_ -= events.front().body.size();
        events.pop_front();
    }
    return true;
}

bool EventPages::is_wanted(const store::LogEntry& event) const {
    return (wanted_.source.empty() || event.source == wanted_.source) &&
           (wanted_.type.empty() || delivery::matches(wanted_.type, event.type));
}

void EventPages::fail(const core::Error& error) {
    done_(error);
}

void EventPages::finish() {
    page_.more = std::ranges::any_of(shards_, [](const ShardLog& shard) { return !shard.read.empty() || !shard.ended; });
    done_(std::move(page_));
}

}  // namespace tollgate::app
