// YoungNames: two generations, one that fills and one that goes into the index.
#include "young_names.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace tollgate::store {

namespace {

constexpr std::size_t least_slots = 1'024;

/// The high bits as well: neighbours in the index are not neighbours here.
std::size_t first_slot(std::uint64_t hash, std::size_t slots) noexcept {
    return static_cast<std::size_t>(hash ^ (hash >> 32)) & (slots - 1);
}

bool comes_before(const NamedPayment& a, const NamedPayment& b) noexcept {
    return std::tie(a.hash, a.id) < std::tie(b.hash, b.id);
}

}  // namespace

void NameTable::add(NamedPayment payment) {
    if (2 * (used_ + 1) > slots_.size()) {
        rebuild(std::max(least_slots, 2 * slots_.size()), std::numeric_limits<std::int64_t>::max());
    }
    std::size_t slot = first_slot(payment.hash, slots_.size());
    while (slots_[slot].id != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = payment;
    ++used_;
}

void NameTable::find(std::uint64_t hash, std::vector<std::int64_t>& ids) const {
    if (slots_.empty()) return;
    std::size_t slot = first_slot(hash, slots_.size());
    for (; slots_[slot].id != 0; slot = (slot + 1) & (slots_.size() - 1)) {
        if (slots_[slot].hash == hash && slots_[slot].id != erased) ids.push_back(slots_[slot].id);
    }
}

void NameTable::erase(NamedPayment payment) {
    if (slots_.empty()) return;
    std::size_t slot = first_slot(payment.hash, slots_.size());
    for (; slots_[slot].id != 0; slot = (slot + 1) & (slots_.size() - 1)) {
        if (slots_[slot] == payment) slots_[slot].id = erased;
    }
}

void NameTable::erase_above(std::int64_t id) {
    if (!slots_.empty()) rebuild(slots_.size(), id);
}

void NameTable::rebuild(std::size_t slots, std::int64_t up_to) {
    std::vector<NamedPayment> old = std::exchange(slots_, std::vector<NamedPayment>(slots));
    used_ = 0;
    for (const NamedPayment& payment : old) {
        if (payment.id > 0 && payment.id <= up_to) add(payment);
    }
}

std::vector<NamedPayment> NameTable::in_order() const {
    std::vector<NamedPayment> all;
    all.reserve(used_);
    for (const NamedPayment& payment : slots_) {
        if (payment.id > 0) all.push_back(payment);
    }
    std::sort(all.begin(), all.end(), comes_before);
    return all;
}

void NameTable::append_hashes(std::vector<std::uint64_t>& hashes) const {
    for (const NamedPayment& payment : slots_) {
        if (payment.id > 0) hashes.push_back(payment.hash);
    }
}

std::vector<std::uint64_t> YoungNames::hashes() const {
    // Nobody but this thread changes them.
    std::vector<std::uint64_t> all;
    waiting_.append_hashes(all);
    leaving_.append_hashes(all);
    return all;
}

std::vector<std::int64_t> YoungNames::find(std::uint64_t hash) const {
    std::vector<std::int64_t> ids;
    const std::lock_guard lock(mutex_);
    waiting_.find(hash, ids);
    leaving_.find(hash, ids);
    return ids;
}

void YoungNames::add(NamedPayment payment) {
    last_id_ = payment.id;
    ++added_;
    const std::lock_guard lock(mutex_);
    waiting_.add(payment);
}

std::span<const NamedPayment> YoungNames::next(std::size_t most) {
    const auto rest = std::span(order_).subspan(leaving_now_);
    const auto slice = rest.first(std::min(most, rest.size()));
    leaving_now_ += slice.size();
    return slice;
}

std::int64_t YoungNames::complete_up_to() const noexcept {
    return leaving_now_ > left_ && leaving_now_ == order_.size() ? boundary_ : 0;
}

void YoungNames::commit() {
    committed_id_ = last_id_;
    added_ = 0;
    left_ = leaving_now_;
    drop_forgotten();
    if (left_ != order_.size()) return;
    order_.clear();
    left_ = leaving_now_ = 0;
    // Nobody but this thread changes them, so that they can be read without the lock.
    const bool is_full = waiting_.size() >= most_;
    if (leaving_.size() == 0 && !is_full) return;
    if (is_full) {
        order_ = waiting_.in_order();
        boundary_ = committed_id_;
    }
    const std::lock_guard lock(mutex_);
    leaving_.clear();
    if (is_full) std::swap(waiting_, leaving_);
}

/// What goes into the index later must not bring back what is gone.
void YoungNames::drop_forgotten() {
    if (forgotten_.empty()) return;
    for (const NamedPayment& gone : forgotten_) {
        const auto from = order_.begin() + static_cast<std::ptrdiff_t>(left_);
        const auto place = std::lower_bound(from, order_.end(), gone, comes_before);
        if (place != order_.end() && *place == gone) order_.erase(place);
    }
    const std::lock_guard lock(mutex_);
    for (const NamedPayment& gone : forgotten_) {
        waiting_.erase(gone);
        leaving_.erase(gone);
    }
    forgotten_.clear();
}

void YoungNames::rollback() {
    added_ = 0;
    leaving_now_ = left_;
    forgotten_.clear();
    if (last_id_ == committed_id_) return;
    last_id_ = committed_id_;
    const std::lock_guard lock(mutex_);
    waiting_.erase_above(committed_id_);
}

}  // namespace tollgate::store
