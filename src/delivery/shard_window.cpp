// ShardWindow: cursor, order per payment, and what may be attempted.
#include "shard_window.hpp"

#include <algorithm>
#include <cassert>

namespace tollgate::delivery {

void ShardWindow::load(store::Position cursor, const std::vector<store::Position>& done) {
    cursor_ = cursor;
    last_read_ = cursor;
    for (const store::Position position : done) {
        if (position > cursor) done_.insert(position);
    }
}

bool ShardWindow::is_new(store::Position position) const {
    return position > last_read_ && !done_.contains(position) && !slots_.contains(position);
}

void ShardWindow::add(store::LogEntry entry, std::uint64_t payment) {
    assert(is_new(entry.position));
    const store::Position position = entry.position;
    bytes_ += entry.body.size();
    by_payment_.emplace(payment, position);
    Slot slot;
    slot.entry = std::move(entry);
    slot.payment = payment;
    if (const auto rest = rests_kept_.extract(position)) {
        slot.rests_until = rest.mapped();
        resting_.emplace(rest.mapped(), position);
    }
    slots_.emplace(position, std::move(slot));
}

void ShardWindow::read_to(store::Position position) {
    last_read_ = std::max(last_read_, position);
    advance();
}

std::vector<store::LogEntry> ShardWindow::rewind() {
    std::vector<store::LogEntry> forgotten;
    for (auto slot = slots_.begin(); slot != slots_.end();) {
        if (slot->second.in_flight) {
            ++slot;
            continue;
        }
        bytes_ -= slot->second.entry.body.size();
        by_payment_.erase({slot->second.payment, slot->first});
        if (slot->second.rests_until) rests_kept_.emplace(slot->first, *slot->second.rests_until);
        forgotten.push_back(std::move(slot->second.entry));
        slot = slots_.erase(slot);
    }
    ready_.clear();
    resting_.clear();
    behind_parked_.clear();
    resting_payments_.clear();
    last_read_ = cursor_;
    return forgotten;
}

void ShardWindow::settle(std::uint64_t payment, bool parked) {
    behind_parked_.erase(payment);
    resting_payments_.erase(payment);
    auto line = by_payment_.lower_bound({payment, 0});
    if (line == by_payment_.end() || line->first != payment) return;
    const Slot& first = slots_.at(line->second);
    if (parked) {
        behind_parked_.insert(payment);
    } else if (first.rests_until && !in_flight_.contains(payment)) {
        resting_payments_.insert(payment);
    }
    const Turn turn{first.turn, first.entry.position};
    if (parked || first.rests_until || in_flight_.contains(payment) || held_.contains(payment)) {
        ready_.erase(turn);
    } else {
        ready_.insert(turn);
    }
    // After a rewind an older one may have come in front of one that was ready.
    for (++line; line != by_payment_.end() && line->first == payment; ++line) {
        ready_.erase({slots_.at(line->second).turn, line->second});
    }
}

const Slot* ShardWindow::next_ready() const {
    if (ready_.empty()) return nullptr;
    return &slots_.at(ready_.begin()->second);
}

const Slot& ShardWindow::start() {
    assert(!ready_.empty());
    Slot& slot = slots_.at(ready_.begin()->second);
    ready_.erase(ready_.begin());
    slot.in_flight = true;
    in_flight_.insert(slot.payment);
    return slot;
}

void ShardWindow::put_back(store::Position position, std::optional<core::SteadyTime> rests_until) {
    Slot& slot = slots_.at(position);
    assert(slot.in_flight);
    slot.in_flight = false;
    ++slot.turn;
    in_flight_.erase(slot.payment);
    slot.rests_until = rests_until;
    if (rests_until) resting_.emplace(*rests_until, position);
}

void ShardWindow::end_rests(core::SteadyTime now) {
    while (!resting_.empty() && resting_.begin()->first <= now) {
        Slot& slot = slots_.at(resting_.begin()->second);
        resting_.erase(resting_.begin());
        slot.rests_until.reset();
        settle(slot.payment, behind_parked_.contains(slot.payment));
    }
}

std::optional<core::SteadyTime> ShardWindow::next_rest_end() const {
    if (resting_.empty()) return std::nullopt;
    return resting_.begin()->first;
}

void ShardWindow::forget_turns() {
    for (auto& [position, slot] : slots_) slot.turn = 0;
    std::set<Turn> ready;
    for (const auto& [turn, position] : ready_) ready.emplace(0, position);
    ready_ = std::move(ready);
}

store::LogEntry ShardWindow::finish(store::Position position) {
    const auto found = slots_.find(position);
    assert(found != slots_.end());
    Slot& slot = found->second;
    if (slot.in_flight) in_flight_.erase(slot.payment);
    ready_.erase({slot.turn, position});
    if (slot.rests_until) resting_.erase({*slot.rests_until, position});
    by_payment_.erase({slot.payment, position});
    bytes_ -= slot.entry.body.size();
    store::LogEntry entry = std::move(slot.entry);
    slots_.erase(found);
    done_.insert(position);
    moved_ = true;
    advance();
    return entry;
}

const Slot* ShardWindow::find(store::Position position) const {
    const auto found = slots_.find(position);
    return found == slots_.end() ? nullptr : &found->second;
}

std::vector<core::WallTime> ShardWindow::received_times() const {
    std::vector<core::WallTime> times;
    for (const auto& [position, slot] : slots_) times.push_back(slot.entry.received_at);
    return times;
}

bool ShardWindow::holds_any_of(std::uint64_t payment) const {
    const auto first = by_payment_.lower_bound({payment, 0});
    return first != by_payment_.end() && first->first == payment;
}

std::optional<store::Position> ShardWindow::first_waiting(std::uint64_t payment) const {
    for (auto line = by_payment_.lower_bound({payment, 0}); line != by_payment_.end() && line->first == payment;
         ++line) {
        if (!slots_.at(line->second).in_flight) return line->second;
    }
    return std::nullopt;
}

void ShardWindow::advance() {
    // After a rewind events in flight may lie beyond what was read again: the cursor must not jump to just before them.
    store::Position reached = last_read_;
    if (!slots_.empty()) reached = std::min(reached, slots_.begin()->first - 1);
    if (reached <= cursor_) return;
    cursor_ = reached;
    done_.erase(done_.begin(), done_.upper_bound(cursor_));
    rests_kept_.erase(rests_kept_.begin(), rests_kept_.upper_bound(cursor_));
    moved_ = true;
}

}  // namespace tollgate::delivery
