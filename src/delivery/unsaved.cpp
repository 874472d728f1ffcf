// Unsaved: merging changes so that every outcome of a save is harmless.
#include "unsaved.hpp"

#include <cassert>
#include <iterator>
#include <utility>

namespace tollgate::delivery {

namespace {

/// What the store keeps of a delivery's failures; more would be thrown away there.
constexpr std::size_t kept_failures = 10;

template <class T>
void append_capped(std::vector<T>& list, T item) {
    if (list.size() >= kept_failures) list.erase(list.begin());
    list.push_back(std::move(item));
}

}  // namespace

void Unsaved::park(store::Park park) {
    const store::Position position = park.delivery.position;
    pending_[position].park = std::move(park);
    ++pending_count_;
}

void Unsaved::reschedule(store::Position position, store::Reschedule reschedule) {
    Change& change = pending_[position];
    ++pending_count_;
    // A park that the store may already have changes nothing when it comes again, so only an unsent one can be amended.
    if (change.park && !change.park_was_sent) {
        change.park->delivery.attempts = reschedule.attempts;
        change.park->delivery.next_attempt_at = reschedule.next_attempt_at;
        if (reschedule.failure) append_capped(change.park->failures, std::move(*reschedule.failure));
        return;
    }
    append_capped(change.reschedules, std::move(reschedule));
}

void Unsaved::finish(store::Position position, std::string event_id) {
    Change change;
    change.finished = true;
    change.finished_id = std::move(event_id);
    pending_[position] = std::move(change);
    ++pending_count_;
}

void Unsaved::bury(store::Position position, store::Bury bury) {
    pending_[position].bury = std::move(bury);
    ++pending_count_;
}

const store::LogEntry* Unsaved::copy_of(store::Position position) const {
    for (const auto* changes : {&pending_, &sent_}) {
        const auto found = changes->find(position);
        if (found != changes->end() && found->second.park) return &found->second.park->event;
    }
    return nullptr;
}

void Unsaved::take(store::DeliveryUpdate& update) {
    assert(sent_.empty() && sent_count_ == 0);
    for (auto& [position, change] : pending_) {
        if (change.park) {
            update.park.push_back(*change.park);
            change.park_was_sent = true;
        }
        update.reschedule.insert(update.reschedule.end(), change.reschedules.begin(), change.reschedules.end());
        if (change.finished) update.finished.push_back(change.finished_id);
        if (change.bury) update.bury.push_back(*change.bury);
    }
    sent_ = std::exchange(pending_, {});
    sent_count_ = std::exchange(pending_count_, 0);
}

void Unsaved::confirmed() {
    sent_.clear();
    sent_count_ = 0;
}

void Unsaved::failed() {
    for (auto& [position, newer] : std::exchange(pending_, {})) {
        const auto older = sent_.find(position);
        if (older == sent_.end()) {
            sent_.emplace(position, std::move(newer));
        } else {
            older->second = join(std::move(older->second), std::move(newer));
        }
    }
    pending_ = std::exchange(sent_, {});
    pending_count_ += std::exchange(sent_count_, 0);
}

Unsaved::Change Unsaved::join(Change older, Change newer) {
    // Delivered: the cursor is past it, and a park that was not applied needs no more be.
    if (newer.finished) return newer;
    older.reschedules.insert(older.reschedules.end(), std::make_move_iterator(newer.reschedules.begin()),
                             std::make_move_iterator(newer.reschedules.end()));
    if (older.reschedules.size() > kept_failures) {
        older.reschedules.erase(older.reschedules.begin(),
                                older.reschedules.end() - static_cast<std::ptrdiff_t>(kept_failures));
    }
    if (newer.bury) older.bury = std::move(newer.bury);
    return older;
}

}  // namespace tollgate::delivery
