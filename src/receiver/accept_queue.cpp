// Implements AcceptQueue.
#include "accept_queue.hpp"

#include <boost/asio/post.hpp>
#include <iterator>
#include <utility>

namespace tollgate::receiver {

AcceptQueue::AcceptQueue(boost::asio::io_context& loop, store::Store& store, AcceptListener& listener, ReceiverLimits limits)
    : loop_(loop), store_(store), listener_(&listener), limits_(limits) {}

bool AcceptQueue::push(WaitingCallback& callback) {
    if (pending_ + callback.candidates.size() > limits_.max_pending) return false;
    pending_ += callback.candidates.size();
    waiting_.push_back(std::move(callback));
    schedule();
    return true;
}

void AcceptQueue::schedule() {
    if (busy_ || waiting_.empty()) return;
    busy_ = true;
    boost::asio::post(loop_, [self = shared_from_this()] { self->flush(); });
}

void AcceptQueue::flush() {
    std::vector<event::Candidate> batch;
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
            listener_->not_accepted(callback, result.error());
            continue;
        }
        const auto first = result->begin() + static_cast<std::ptrdiff_t>(used);
        used += callback.references.size();
        mine.assign(std::make_move_iterator(first),
                    std::make_move_iterator(result->begin() + static_cast<std::ptrdiff_t>(used)));
        listener_->accepted(callback, mine);
    }
}

}  // namespace tollgate::receiver
