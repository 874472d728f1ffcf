// Implements Replay: dead letters, and what both they and the log come to: queueing.
#include "replay.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace tollgate::app {
namespace {

constexpr std::chrono::milliseconds ask_again{100};
/// Ranges that retention left among the dead letters are in the way of those behind them: so many more are read at most.
constexpr std::size_t most_dead_letters = 2'000;

}  // namespace

void Replay::run(ApiContext& context, ReplayWanted wanted, Done done) {
    const auto replay = std::make_shared<Replay>(context, std::move(wanted), std::move(done));
    switch (replay->wanted_.kind) {
        case ReplayWanted::Kind::dead_letters:
            return replay->read_dead_letters(max_events);
        case ReplayWanted::Kind::event:
            // What is dead may have left the log.
            return replay->look_among_dead_letters();
        case ReplayWanted::Kind::range:
            if (!replay->wanted_.after) return replay->find_starts();
            return replay->read_log();
    }
}

Replay::Replay(ApiContext& context, ReplayWanted wanted, Done done)
    : context_(context),
      wanted_(std::move(wanted)),
      done_(std::move(done)),
      parts_(context.stores.control().shard_count()),
      deadline_(context.stores.clock().steady() + patience),
      timer_(context.loop) {
    if (!wanted_.after) return;
    for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].read_to = (*wanted_.after)[i];
}

template <class T, class F>
store::Store::Done<T> Replay::then(F go_on) {
    return on_loop<T>(context_.loop, [self = shared_from_this(), go_on = std::move(go_on)](core::Result<T> result) mutable {
        go_on(*self, std::move(result));
    });
}

void Replay::read_dead_letters(std::size_t limit) {
    only_dead_ = true;
    using Letters = std::vector<store::DeadLetter>;
    auto taken = [limit](Replay& self, core::Result<Letters> letters) {
        if (!letters) return self.fail(letters.error());
        self.take_dead_letters(std::move(*letters), limit);
    };
    context_.stores.control().read_dead_letters(wanted_.subscriber, limit, then<Letters>(std::move(taken)));
}

void Replay::take_dead_letters(std::vector<store::DeadLetter> letters, std::size_t limit) {
    const auto ranges = static_cast<std::size_t>(std::ranges::count_if(letters, [](const auto& each) { return !each.event; }));
    const bool cut = letters.size() == limit;
    if (cut && ranges == letters.size() && limit < most_dead_letters) return read_dead_letters(std::min(limit * 4, most_dead_letters));
    report_.expired_ranges = ranges;
    report_.more = cut && ranges < letters.size();
    for (auto& letter : letters) {
        if (!letter.event) continue;
        if (is_full()) {
            report_.more = true;
            break;
        }
        ++events_;
        bytes_ += letter.event->body.size();
        parts_.at(letter.shard).events.push_back(std::move(*letter.event));
    }
    for (auto& part : parts_) std::ranges::sort(part.events, {}, &store::LogEntry::position);
    queue();
}

void Replay::look_among_dead_letters() {
    using Letter = std::optional<store::DeadLetter>;
    auto taken = [](Replay& self, core::Result<Letter> letter) {
        if (!letter) return self.fail(letter.error());
        if (!*letter || !(*letter)->event) return self.read_log();
        self.found_ = true;
        self.parts_.at((*letter)->shard).events.push_back(std::move(*(*letter)->event));
        self.queue();
    };
    context_.stores.control().find_dead_letter(wanted_.subscriber, wanted_.event_id, then<Letter>(std::move(taken)));
}

bool Replay::is_full() const noexcept {
    return events_ >= max_events || (events_ != 0 && bytes_ >= max_bytes);
}

/// Every shard at once; those that are still worked are asked for again until they are free.
void Replay::queue() {
    std::vector<store::Shard> open;
    for (store::Shard shard = 0; shard < parts_.size(); ++shard) {
        if (!parts_[shard].events.empty() && !parts_[shard].asked) open.push_back(shard);
    }
    if (open.empty()) return finish();
    waiting_ = open.size();
    for (const auto shard : open) queue(shard);
}

void Replay::queue(store::Shard shard) {
    store::Requeue request;
    request.subscriber = wanted_.subscriber;
    request.shard = shard;
    request.events = parts_[shard].events;
    request.only_dead = only_dead_;
    request.max_parked = std::max<std::size_t>(max_waiting / parts_.size(), 1);
    request.due = context_.stores.clock().wall();
    auto done = [shard](Replay& self, const core::Result<store::Requeued>& result) { self.queued(shard, result); };
    context_.stores.control().requeue(std::move(request), then<store::Requeued>(std::move(done)));
}

void Replay::queued(store::Shard shard, const core::Result<store::Requeued>& result) {
    auto& part = parts_[shard];
    if (result) {
        part.asked = true;
        report_.queued += result->queued;
        report_.already_queued += result->parked;
        report_.not_delivered_yet += result->to_come;
        if (result->looked_at < part.events.size()) {
            report_.full = report_.more = true;
            part.read_to = part.events[result->looked_at].position - 1;
        }
    } else if (result.error().code != core::Errc::fenced) {
        failure_ = result.error();
    }
    if (--waiting_ == 0) round_ended();
}

void Replay::round_ended() {
    if (failure_) return fail(*failure_);
    const bool all = std::ranges::all_of(parts_, [](const Part& part) { return part.events.empty() || part.asked; });
    if (all) return finish();
    if (context_.stores.clock().steady() >= deadline_) {
        return fail({core::Errc::timed_out, "attempts for " + wanted_.subscriber + " that are under way have not ended yet; " +
                                                std::to_string(report_.queued) + " events were queued, ask again for the others"});
    }
    timer_.expires_after(ask_again);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error) self->queue();
    });
}

void Replay::fail(const core::Error& error) {
    done_(error);
}

void Replay::finish() {
    if (wanted_.kind == ReplayWanted::Kind::event && !found_ && report_.not_wanted == 0 && !report_.more) {
        return fail({core::Errc::not_found, "no event " + wanted_.event_id + " in the log, as far as it is retained, nor among the dead letters of " +
                                                wanted_.subscriber + "; what waits for its next attempt comes by itself"});
    }
    if (report_.more && wanted_.kind != ReplayWanted::Kind::dead_letters) {
        report_.next.emplace();
        for (const auto& part : parts_) report_.next->push_back(part.read_to);
    }
    done_(std::move(report_));
}

}  // namespace tollgate::app
