// Implements AcceptQueue.
#include "accept_queue.hpp"

#include <boost/asio/post.hpp>
#include <algorithm>
#include <iterator>
#include <utility>

namespace tollgate::receiver {

AcceptQueue::AcceptQueue(boost::asio::io_context& loop, store::Store& store, const core::Clock& clock,
                         AcceptListener& listener, ReceiverLimits limits)
    : loop_(loop), store_(store), clock_(clock), listener_(&listener), limits_(limits), watch_timer_(loop) {}

bool AcceptQueue::push(WaitingCallback& callback) {
    if (pending_ + callback.candidates.size() > limits_.max_pending) return false;
    pending_ += callback.candidates.size();
    waiting_.push_back(std::move(callback));
    schedule();
    if (!watching_) watch();
    return true;
}

void AcceptQueue::schedule() {
    if (busy_ || waiting_.empty()) return;
    busy_ = true;
    boost::asio::post(loop_, [self = shared_from_this()] { self->flush(); });
}

void AcceptQueue::flush() {
    std::vector<event::Candidate> batch;
    batch.reserve(std::min(pending_, limits_.max_batch));
    in_flight_.reserve(waiting_.size());
    while (!waiting_.empty()) {
        auto& next = waiting_.front();
        if (!batch.empty() && batch.size() + next.candidates.size() > limits_.max_batch) break;
        next.references.reserve(next.candidates.size());
        for (auto& candidate : next.candidates) {
            next.references.push_back(candidate.facts.reference);
            batch.push_back(std::move(candidate));
        }
        next.candidates.clear();
        in_flight_.push_back(std::move(next));
        waiting_.pop_front();
    }
    // The store answers on a thread of its own, or at once; either way the answer is handled on this loop, later.
    store_.accept(std::move(batch), [self = shared_from_this()](core::Result<std::vector<store::Accepted>> result) mutable {
        auto& loop = self->loop_;
        boost::asio::post(loop, [self = std::move(self), result = std::move(result)]() mutable {
            self->finished(std::move(result));
        });
    });
}

void AcceptQueue::finished(core::Result<std::vector<store::Accepted>> result) {
    auto callbacks = std::exchange(in_flight_, {});
    busy_ = false;
    for (const auto& callback : callbacks) pending_ -= callback.references.size();
    schedule();
    if (listener_ == nullptr) return;

    std::vector<store::Accepted> mine;
    std::size_t used = 0;
    for (auto& callback : callbacks) {
        if (result.has_error()) {
            if (!callback.answered) listener_->not_accepted(callback, result.error());
            continue;
        }
        const auto first = result->begin() + static_cast<std::ptrdiff_t>(used);
        used += callback.references.size();
        mine.assign(std::make_move_iterator(first),
                    std::make_move_iterator(result->begin() + static_cast<std::ptrdiff_t>(used)));
        if (!callback.answered) listener_->accepted(callback, mine);
    }
}

void AcceptQueue::watch() {
    watching_ = true;
    watch_timer_.expires_after(limits_.max_wait / 4);
    watch_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self) return;
        const auto now = self->clock_.steady();
        self->give_up_on_late(self->in_flight_, now);
        for (auto& callback : self->waiting_) self->give_up_on_late({&callback, 1}, now);
        self->watching_ = false;
        if (self->pending_ > 0) self->watch();
    });
}

void AcceptQueue::give_up_on_late(std::span<WaitingCallback> callbacks, core::SteadyTime now) {
    const core::Error late(core::Errc::timed_out, "the store has not answered in time");
    for (auto& callback : callbacks) {
        if (callback.answered || now - callback.arrived < limits_.max_wait || listener_ == nullptr) continue;
        // The provider repeats it; should the store have taken it after all, the repeat is a duplicate.
        callback.answered = true;
        listener_->not_accepted(callback, late);
    }
}

}  // namespace tollgate::receiver
