// World: a heap of actions, and time that jumps from one to the next.
#include "simulation/world.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::simulation {

milliseconds World::elapsed() const {
    return std::chrono::duration_cast<milliseconds>(clock_.steady() - start_);
}

milliseconds World::span(milliseconds shortest, milliseconds longest) {
    unsigned doublings = 0;
    while (shortest * (2 << doublings) < longest) ++doublings;
    const milliseconds low = shortest * (1 << below(doublings + 1));
    const milliseconds high = std::min(low * 2, longest);
    return low + milliseconds(below(static_cast<std::uint64_t>((high - low).count()) + 1));
}

void World::after(milliseconds delay, Action action) {
    queue_.push_back({clock_.steady() + delay, ++queued_, std::move(action)});
    std::push_heap(queue_.begin(), queue_.end(), is_later);
}

void World::after(milliseconds delay, std::weak_ptr<void> owner, Action action) {
    after(delay, [owner = std::move(owner), action = std::move(action)]() mutable {
        if (!owner.expired()) action();
    });
}

bool World::step(core::SteadyTime until) {
    if (queue_.empty() || queue_.front().at > until) return false;
    std::pop_heap(queue_.begin(), queue_.end(), is_later);
    Queued next = std::move(queue_.back());
    queue_.pop_back();
    advance_to(next.at);
    ++steps_;
    next.action();
    return true;
}

void World::advance_to(core::SteadyTime time) {
    // Whole milliseconds only: all delays are.
    if (time > clock_.steady()) clock_.advance(std::chrono::duration_cast<milliseconds>(time - clock_.steady()));
}

}  // namespace tollgate::simulation
