// ParkedIndex: queues by due time over records by payment.
#include "parked_index.hpp"

#include <algorithm>
#include <cassert>

namespace tollgate::delivery {

namespace {

bool holds_claim(const ParkedRecord& record) noexcept {
    return record.stage == Stage::claimed || record.stage == Stage::ready;
}

bool same_line(const ParkedKey& key, store::Shard shard, std::uint64_t payment) noexcept {
    return key.shard == shard && key.payment == payment;
}

}  // namespace

void ParkedIndex::insert(const ParkedKey& key, ParkedRecord record, core::SteadyTime now) {
    // One that only waited for another is due from now on, whenever that was; one that was asked to wait, later.
    if (record.kind() == AttemptKind::first) record.due = std::max(record.due, now);
    [[maybe_unused]] const bool inserted = records_.emplace(key, std::move(record)).second;
    assert(inserted && "a delivery is parked once");
    refresh(key.shard, key.payment);
}

void ParkedIndex::erase(const ParkedKey& key, core::SteadyTime now) {
    const auto found = records_.find(key);
    assert(found != records_.end());
    if (holds_claim(found->second)) --claimed_[index(found->second.kind())];
    leave_queue(*found);
    const auto behind = records_.erase(found);
    // A first attempt that only waited for its predecessor is due from now on, behind those due already.
    const bool any_behind = behind != records_.end() && same_line(behind->first, key.shard, key.payment);
    if (any_behind && !behind->second.queued && behind->second.kind() == AttemptKind::first) {
        behind->second.due = std::max(behind->second.due, now);
    }
    refresh(key.shard, key.payment);
}

void ParkedIndex::wait_again(const ParkedKey& key, std::uint32_t attempts, core::SteadyTime due) {
    ParkedRecord& record = records_.at(key);
    assert(record.stage == Stage::in_flight);
    record.stage = Stage::waiting;
    record.attempts = attempts;
    record.due = due;
    refresh(key.shard, key.payment);
}

std::optional<ParkedKey> ParkedIndex::claim(AttemptKind kind, core::SteadyTime now) {
    auto& queue = queue_[index(kind)];
    if (queue.empty() || queue.begin()->first > now) return std::nullopt;
    const ParkedKey key = queue.begin()->second;
    const auto found = records_.find(key);
    leave_queue(*found);
    found->second.stage = Stage::claimed;
    ++claimed_[index(kind)];
    return key;
}

void ParkedIndex::give_copy(const ParkedKey& key, store::LogEntry copy) {
    ParkedRecord& record = records_.at(key);
    assert(record.stage == Stage::claimed);
    record.stage = Stage::ready;
    record.copy = std::make_unique<store::LogEntry>(std::move(copy));
    ready_[index(record.kind())].push_back(key);
}

std::optional<ParkedKey> ParkedIndex::next_ready(AttemptKind kind) {
    auto& ready = ready_[index(kind)];
    while (!ready.empty()) {
        const ParkedRecord* record = find(ready.front());
        if (record != nullptr && record->stage == Stage::ready) return ready.front();
        ready.pop_front();
    }
    return std::nullopt;
}

std::pair<ParkedKey, store::LogEntry> ParkedIndex::start(AttemptKind kind) {
    const std::optional<ParkedKey> key = next_ready(kind);
    assert(key);
    ready_[index(kind)].pop_front();
    ParkedRecord& record = records_.at(*key);
    record.stage = Stage::in_flight;
    --claimed_[index(kind)];
    const std::unique_ptr<store::LogEntry> copy = std::move(record.copy);
    return {*key, std::move(*copy)};
}

void ParkedIndex::hold(store::Shard shard, std::uint64_t payment) {
    held_.emplace(shard, payment);
    refresh(shard, payment);
}

void ParkedIndex::release(store::Shard shard, std::uint64_t payment) {
    held_.erase({shard, payment});
    refresh(shard, payment);
}

void ParkedIndex::shelve(store::Shard shard, bool shelved) {
    if (shelved) {
        forget_claims(shard);
        shelved_.insert(shard);
    } else {
        shelved_.erase(shard);
    }
    std::optional<std::uint64_t> refreshed;
    for (auto item = line(shard, 0); item != records_.end() && item->first.shard == shard; ++item) {
        if (refreshed == item->first.payment) continue;
        refreshed = item->first.payment;
        refresh(shard, *refreshed);
    }
}

std::vector<core::WallTime> ParkedIndex::drop(store::Shard shard) {
    forget_claims(shard);
    std::vector<core::WallTime> received_times;
    for (auto item = line(shard, 0); item != records_.end() && item->first.shard == shard;) {
        received_times.push_back(item->second.received_at);
        leave_queue(*item);
        item = records_.erase(item);
    }
    std::erase_if(held_, [&](const auto& held) { return held.first == shard; });
    shelved_.erase(shard);
    return received_times;
}

void ParkedIndex::forget_claims(store::Shard shard) {
    for (auto item = line(shard, 0); item != records_.end() && item->first.shard == shard; ++item) {
        ParkedRecord& record = item->second;
        if (!holds_claim(record)) continue;
        --claimed_[index(record.kind())];
        record.stage = Stage::waiting;
        record.copy.reset();
    }
    for (auto& ready : ready_) std::erase_if(ready, [&](const ParkedKey& key) { return key.shard == shard; });
}

ParkedRecord* ParkedIndex::find(const ParkedKey& key) {
    const auto found = records_.find(key);
    return found == records_.end() ? nullptr : &found->second;
}

bool ParkedIndex::holds_any_of(store::Shard shard, std::uint64_t payment) const {
    return first_of(shard, payment).has_value();
}

std::optional<ParkedKey> ParkedIndex::first_of(store::Shard shard, std::uint64_t payment) const {
    const auto first = records_.lower_bound({shard, payment, 0});
    if (first == records_.end() || !same_line(first->first, shard, payment)) return std::nullopt;
    return first->first;
}

bool ParkedIndex::has_later(const ParkedKey& key) const {
    const auto later = records_.upper_bound(key);
    return later != records_.end() && same_line(later->first, key.shard, key.payment);
}

std::optional<core::SteadyTime> ParkedIndex::next_due(AttemptKind kind) const {
    const auto& queue = queue_[index(kind)];
    if (queue.empty()) return std::nullopt;
    return queue.begin()->first;
}

/// Normally the first of a payment is the one at work. A new filter may bring an older one in front of it: that one
/// waits.
void ParkedIndex::refresh(store::Shard shard, std::uint64_t payment) {
    const auto first = line(shard, payment);
    bool at_work = held_.contains({shard, payment}) || shelved_.contains(shard);
    for (auto item = first; item != records_.end() && same_line(item->first, shard, payment); ++item) {
        if (item != first) leave_queue(*item);
        at_work = at_work || item->second.stage != Stage::waiting;
    }
    if (first == records_.end() || !same_line(first->first, shard, payment)) return;
    ParkedRecord& record = first->second;
    if (at_work) {
        leave_queue(*first);
    } else if (!record.queued) {
        queue_[index(record.kind())].emplace(record.due, first->first);
        record.queued = true;
    }
}

void ParkedIndex::leave_queue(Records::value_type& item) {
    auto& [key, record] = item;
    if (!record.queued) return;
    queue_[index(record.kind())].erase({record.due, key});
    record.queued = false;
}

}  // namespace tollgate::delivery
