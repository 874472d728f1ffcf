// SimulatedReceiver: gathers, hands over, and answers what the store answered.
#include "simulation/receiver.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::simulation {

void SimulatedReceiver::receive(const Sending& sending) {
    waiting_.push_back(sending);
    schedule();
}

void SimulatedReceiver::schedule() {
    if (busy_ || waiting_.empty()) return;
    busy_ = true;
    pulse_.after(milliseconds(world_.below(3)), [this] { flush(); });
}

void SimulatedReceiver::flush() {
    const auto taken = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), max_batch));
    in_flight_.assign(waiting_.begin(), taken);
    waiting_.erase(waiting_.begin(), taken);
    std::vector<event::Candidate> batch;
    for (const Sending& sending : in_flight_) {
        for (event::Candidate candidate : truths_.reports[sending.report].candidates) {
            candidate.facts.received_at = world_.wall();
            batch.push_back(std::move(candidate));
        }
    }
    store_.accept(std::move(batch), [this](core::Result<std::vector<store::Accepted>> result) { finished(result); });
}

void SimulatedReceiver::finished(const core::Result<std::vector<store::Accepted>>& result) {
    // Unknown counts as not stored: the provider repeats, and a repeat of what was stored after all is a duplicate.
    const bool durable = result.has_value();
    busy_ = false;
    for (const Sending& sending : std::exchange(in_flight_, {})) answer_(sending, durable);
    schedule();
}

}  // namespace tollgate::simulation
