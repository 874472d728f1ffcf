// The two ledgers: what the sender sent and saw acknowledged, and what the subscriber was given.
#pragma once

#include "references.hpp"
#include "story.hpp"

#include <tollgate/core/clock.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace tollgate::load {

/// Units of 10 us since the run's start, from 1; 0 means never, and the highest any time after 11 hours. Half the memory
/// of a time point.
using Tick = std::uint32_t;
inline constexpr std::uint64_t tick_us = 10;
inline constexpr Tick latest_tick = std::numeric_limits<Tick>::max();

/// One run's time; safe to use from every thread.
class RunClock {
  public:
    explicit RunClock(core::SteadyTime start) noexcept : start_(start) {}
    [[nodiscard]] core::SteadyTime start() const noexcept { return start_; }
    [[nodiscard]] Tick tick(core::SteadyTime time) const noexcept;

  private:
    core::SteadyTime start_;
};

/// On the sender's thread, but for issued(); 12 bytes a payment.
class SenderLedger {
  public:
    struct Payment {
        std::array<Tick, step_count> acked{};
        std::array<bool, step_count> sent{};  ///< at least one attempt left; never set for a forged one
        bool forged = false;
        bool is_reversed = false;  ///< the first callback leaves after the second one's ACK, or never
    };

    /// A new payment; its number. At most 2^32 - 1.
    std::uint32_t begin(bool forged, bool is_reversed = false);
    void sent(std::uint32_t payment, Step step);
    /// A complete 200 was received. True for the first of this callback.
    bool acked(std::uint32_t payment, Step step, Tick now);

    [[nodiscard]] bool is_acked(std::uint32_t payment, Step step) const {
        return payments_[payment].acked[index_of(step)] != 0;
    }
    [[nodiscard]] const std::deque<Payment>& payments() const noexcept { return payments_; }
    /// Different callbacks, forged ones left out.
    [[nodiscard]] std::uint64_t sent_count() const noexcept { return sent_count_; }
    [[nodiscard]] std::uint64_t acked_count() const noexcept { return acked_count_; }
    /// How many payments have been begun; safe to call from every thread.
    [[nodiscard]] std::uint32_t issued() const noexcept { return issued_.load(std::memory_order_acquire); }

  private:
    std::deque<Payment> payments_;
    std::uint64_t sent_count_ = 0;
    std::uint64_t acked_count_ = 0;
    std::atomic<std::uint32_t> issued_{0};
};

/// What a delivery says; the views are its body's.
struct Delivery {
    std::string_view id;
    std::string_view reference;  ///< empty: none
    std::string_view type;
    std::uint32_t sequence = 0;  ///< 0: none
};

/// On the subscriber's thread, but for distinct(); 32 bytes a payment.
class SubscriberLedger {
  public:
    struct Receipt {
        std::array<std::uint64_t, step_count> ids{};  ///< digest of the event's id; 0: not delivered
        std::array<Tick, step_count> first{};         ///< when it came first
        std::uint32_t highest_sequence = 0;
        std::uint8_t first_failed = 0;  ///< attempts of the first event that were answered with a failure, at most 255
    };

    /// `sender` tells which payments exist and must outlive this.
    SubscriberLedger(References references, Stories stories, const SenderLedger& sender)
        : references_(references), stories_(std::move(stories)), sender_(sender) {}

    /// A delivery that was answered with success.
    void take(const Delivery& delivery, Tick now);
    /// One that was answered with a failure.
    void refuse(const Delivery& delivery);

    [[nodiscard]] const std::deque<Receipt>& receipts() const noexcept { return receipts_; }
    /// Events that belong to no payment of this run, or are of a type that its story does not have.
    [[nodiscard]] std::uint64_t strangers() const noexcept { return strangers_.size(); }
    /// Events whose payment and type had come under another id before.
    [[nodiscard]] std::uint64_t different_ids() const noexcept { return second_ids_.size(); }
    [[nodiscard]] std::uint64_t repeats() const noexcept { return repeats_; }
    [[nodiscard]] std::uint64_t out_of_order() const noexcept { return out_of_order_; }
    /// Different event ids; safe to call from every thread.
    [[nodiscard]] std::uint64_t distinct() const noexcept { return distinct_.load(std::memory_order_relaxed); }

  private:
    void take_again(std::unordered_set<std::uint64_t>& ids, std::uint64_t id);

    References references_;
    Stories stories_;
    const SenderLedger& sender_;
    std::deque<Receipt> receipts_;
    std::unordered_set<std::uint64_t> strangers_;
    std::unordered_set<std::uint64_t> second_ids_;
    std::uint64_t repeats_ = 0;
    std::uint64_t out_of_order_ = 0;
    std::atomic<std::uint64_t> distinct_{0};
};

}  // namespace tollgate::load
