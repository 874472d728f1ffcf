// Implements Pull.
#include "pull.hpp"

#include <algorithm>

#include "acknowledgement.hpp"
#include "pull_desk.hpp"

namespace tollgate::app {
namespace {

constexpr unsigned most_restarts = 3;
/// Of all shards together, what is read and not looked at yet, in bytes of bodies.
constexpr std::size_t most_buffered = 4 << 20;

}  // namespace

std::weak_ptr<Pull> Pull::begin(ApiContext& context, PullRequest request, Done done) {
    auto pull = std::make_shared<Pull>(context, std::move(request), std::move(done));
    context.pulls.add(pull);
    pull->look();
    return pull;
}

Pull::Pull(ApiContext& context, PullRequest request, Done done)
    : context_(context),
      request_(std::move(request)),
      done_(std::move(done)),
      timer_(context.loop),
      deadline_(context.stores.clock().steady() + request_.wait),
      grown_(context.stores.control().shard_count(), true),
      marks_(grown_.size(), 0) {}

void Pull::look() {
    last_look_ = context_.stores.clock().steady();
    PullLimits limits;
    limits.events = request_.limit;
    limits.bytes = max_page_bytes;
    page_.emplace(request_.filter, limits, marks_, history_);
    for (store::Shard shard = 0; shard < grown_.size(); ++shard) {
        if (grown_[shard]) page_->look_at(shard);
    }
    grown_.assign(grown_.size(), false);
    go_on();
}

/// The log has another history by now: of what was read nothing counts.
void Pull::start_over() {
    if (++restarts_ > most_restarts) return end(core::Error(core::Errc::unavailable, "the store's log changed while it was read"));
    marks_.assign(marks_.size(), 0);
    history_.reset();
    moved_ = false;
    grown_.assign(grown_.size(), true);
    look();
}

void Pull::go_on() {
    if (failure_) return end(*failure_);
    auto wishes = page_->next();
    if (page_->mixed()) return start_over();
    if (wishes.empty()) return looked();
    outstanding_ = wishes.size();
    for (auto& wish : wishes) grant(wish);
}

template <class T, class Take>
store::Store::Done<T> Pull::answer(Take take) {
    auto then = [self = shared_from_this(), take](core::Result<T> result) {
        if (result) {
            take(*self->page_, std::move(*result));
        } else {
            self->failure_ = result.error();
        }
        if (--self->outstanding_ == 0) self->go_on();
    };
    return on_loop<T>(context_.loop, std::move(then));
}

void Pull::grant(PullWish& wish) {
    auto& store = context_.stores.control();
    const auto shard = wish.shard;
    switch (wish.of) {
        case PullWish::Of::standing: {
            const auto take = [shard](PullPage& page, store::DeliveryState state) { page.take_standing(shard, state); };
            return store.load_delivery(request_.subscriber, shard, answer<store::DeliveryState>(take));
        }
        case PullWish::Of::copies: {
            using Copies = std::vector<store::ParkedEvent>;
            const auto take = [shard](PullPage& page, Copies copies) { page.take_copies(shard, std::move(copies)); };
            return store.read_parked(request_.subscriber, shard, std::move(wish.event_ids), answer<Copies>(take));
        }
        case PullWish::Of::log: {
            const auto take = [shard](PullPage& page, store::LogPage read) { page.take_log(shard, std::move(read)); };
            const auto entries = std::clamp<std::size_t>(request_.limit / grown_.size() + 8, 16, 256);  // they are spread evenly
            const auto bytes = std::clamp<std::size_t>(most_buffered / grown_.size(), 4 << 10, 256 << 10);
            return store.read_log(shard, wish.after, entries, bytes, answer<store::LogPage>(take));
        }
    }
}

void Pull::looked() {
    moved_ = moved_ || page_->moved();
    const bool is_over = hurried_ || context_.pulls.hurried() || context_.stores.clock().steady() >= deadline_;
    if (!page_->events().empty() || page_->cut() || is_over) return finish();
    marks_ = page_->marks();
    history_ = page_->history();
    wait();
}

void Pull::wait() {
    const bool grew = std::ranges::find(grown_, true) != grown_.end();
    const auto until = grew ? std::min(deadline_, last_look_ + pause) : deadline_;
    // Also sets anew what was set: the handler of the one before hears that it was cancelled.
    timer_.expires_after(std::max(until - context_.stores.clock().steady(), core::SteadyTime::duration::zero()));
    timer_.async_wait([self = shared_from_this(), until](boost::system::error_code error) {
        // A cancelled wait may still report success; and a look that is under way goes on by itself.
        if (error || !self->done_ || self->outstanding_ != 0) return;
        if (self->context_.stores.clock().steady() < until) return self->wait();
        if (std::ranges::find(self->grown_, true) == self->grown_.end()) return self->finish();
        self->look();
    });
}

void Pull::log_grew(std::span<const store::Shard> shards) {
    const bool knew = std::ranges::find(grown_, true) != grown_.end();
    for (const auto shard : shards) grown_[shard] = true;
    if (!knew && outstanding_ == 0) wait();
}

void Pull::hurry() {
    hurried_ = true;
    if (done_ && outstanding_ == 0) finish();
}

void Pull::finish() {
    PulledEvents pulled{page_->events(), {page_->history().value_or(0), page_->marks()}, page_->cut()};
    // So that the next pull does not read again what nobody wants. Whether it is kept does not matter.
    if (pulled.events.empty() && moved_) acknowledge(context_, request_.subscriber, pulled.cursor, [](auto) {});
    end(std::move(pulled));
}

void Pull::end(core::Result<PulledEvents> result) {
    const auto self = shared_from_this();
    context_.pulls.remove(self);
    timer_.cancel();
    auto done = std::move(done_);
    done_ = {};
    done(std::move(result));
}

}  // namespace tollgate::app
