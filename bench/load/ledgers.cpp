// Bookkeeping of both ledgers: everything is an index into one array, nothing is judged here.
#include "ledgers.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <limits>

namespace tollgate::load {

Tick RunClock::tick(core::SteadyTime time) const noexcept {
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(time - start_).count();
    if (passed < 0) return 1;
    const auto ticks = static_cast<std::uint64_t>(passed) / tick_us + 1;
    return static_cast<Tick>(std::min<std::uint64_t>(ticks, latest_tick));
}

std::uint32_t SenderLedger::begin(bool forged, bool is_reversed) {
    const auto payment = static_cast<std::uint32_t>(payments_.size());
    Payment& begun = payments_.emplace_back();
    begun.forged = forged;
    begun.is_reversed = is_reversed;
    issued_.store(payment + 1, std::memory_order_release);
    return payment;
}

void SenderLedger::sent(std::uint32_t payment, Step step) {
    bool& sent = payments_[payment].sent[index_of(step)];
    if (!sent) ++sent_count_;
    sent = true;
}

bool SenderLedger::acked(std::uint32_t payment, Step step, Tick now) {
    Tick& acked = payments_[payment].acked[index_of(step)];
    if (acked != 0) return false;
    acked = now;
    ++acked_count_;
    return true;
}

void SubscriberLedger::take(const Delivery& delivery, Tick now) {
    const std::uint64_t id = std::max<std::uint64_t>(core::stable_hash({delivery.id}), 1);
    const auto payment = references_.parse(delivery.reference);
    if (!payment || *payment >= sender_.issued()) {
        take_again(strangers_, id);
        return;
    }
    const auto& types = stories_.of(*payment).event_types;
    const auto type = std::ranges::find(types, delivery.type);
    if (type == types.end()) {
        take_again(strangers_, id);
        return;
    }
    if (receipts_.size() <= *payment) receipts_.resize(*payment + std::size_t{1});
    Receipt& receipt = receipts_[*payment];
    const auto slot = static_cast<std::size_t>(type - types.begin());
    if (receipt.ids[slot] == id) {
        ++repeats_;
        return;
    }
    if (receipt.ids[slot] != 0) {
        take_again(second_ids_, id);
        return;
    }
    receipt.ids[slot] = id;
    receipt.first[slot] = now;
    distinct_.fetch_add(1, std::memory_order_relaxed);
    // Strictly increasing per payment: an equal one is as wrong as a lower one, and a missing one counts as 0.
    if (delivery.sequence <= receipt.highest_sequence) ++out_of_order_;
    receipt.highest_sequence = std::max(receipt.highest_sequence, delivery.sequence);
}

void SubscriberLedger::refuse(const Delivery& delivery) {
    const auto payment = references_.parse(delivery.reference);
    if (!payment || *payment >= sender_.issued() || delivery.type != stories_.of(*payment).event_types.front()) return;
    if (receipts_.size() <= *payment) receipts_.resize(*payment + std::size_t{1});
    std::uint8_t& failed = receipts_[*payment].first_failed;
    if (failed < std::numeric_limits<std::uint8_t>::max()) ++failed;
}

void SubscriberLedger::take_again(std::unordered_set<std::uint64_t>& ids, std::uint64_t id) {
    if (ids.insert(id).second) {
        distinct_.fetch_add(1, std::memory_order_relaxed);
    } else {
        ++repeats_;
    }
}

}  // namespace tollgate::load
