// ShardWindow: what a subscriber holds of one shard's log between its cursor and the place it has read to.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/store/store.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tollgate::delivery {

/// An event of the log that is neither delivered nor parked nor dead.
struct Slot {
    store::LogEntry entry;
    std::uint64_t payment = 0;
    std::uint32_t turn = 0;  ///< how often it was put back: the others of the window go first
    bool in_flight = false;
    std::optional<core::SteadyTime> rests_until;  ///< the subscriber asked for it (Retry-After)
};

/// Keeps the cursor, the positions done beyond it, and which events may be attempted: the first of each payment that
/// waits for nothing. Part of a DeliveryPolicy.
class ShardWindow {
  public:
    /// From what the store kept; `done` are positions beyond the cursor that need no more work, in any order.
    void load(store::Position cursor, const std::vector<store::Position>& done);

    /// Whether the log's event at `position` is still to be looked at: neither read before nor done.
    [[nodiscard]] bool is_new(store::Position position) const;
    /// A new and wanted event. Call settle() for its payment afterwards.
    void add(store::LogEntry entry, std::uint64_t payment);
    /// The log was read up to here; what was not added is not wanted.
    void read_to(store::Position position);
    /// Back to the cursor: forgets every event that is not in flight, and returns them. The log is to be read again.
    /// What rests goes on resting if it comes back: the subscriber asked for it.
    std::vector<store::LogEntry> rewind();

    /// Nothing of the payment may be attempted until release(). Call settle() afterwards.
    void hold(std::uint64_t payment) { held_.insert(payment); }
    void release(std::uint64_t payment) { held_.erase(payment); }

    /// Works out anew what of a payment may be attempted. `parked`: it has parked deliveries, so its events here wait.
    void settle(std::uint64_t payment, bool parked);
    /// Of the events that may be attempted, the one put back least, then the oldest; null when there is none.
    [[nodiscard]] const Slot* next_ready() const;
    /// Marks next_ready() as being attempted.
    const Slot& start();
    /// The attempt left no trace: to be settled again, behind the others, and when its rest is over.
    void put_back(store::Position position, std::optional<core::SteadyTime> rests_until);
    /// What has rested may be attempted again.
    void end_rests(core::SteadyTime now);
    [[nodiscard]] std::optional<core::SteadyTime> next_rest_end() const;
    /// All are equal again, so the oldest goes first.
    void forget_turns();
    /// Delivered, parked or dead; returns the event. Call settle() for its payment afterwards.
    store::LogEntry finish(store::Position position);
    [[nodiscard]] const Slot* find(store::Position position) const;

    /// Of every event here.
    [[nodiscard]] std::vector<core::WallTime> received_times() const;
    [[nodiscard]] bool holds_any_of(std::uint64_t payment) const;
    /// The first event of a payment that is not in flight.
    [[nodiscard]] std::optional<store::Position> first_waiting(std::uint64_t payment) const;
    /// Payments with events here that wait behind a parked delivery.
    [[nodiscard]] const std::set<std::uint64_t>& behind_parked() const noexcept { return behind_parked_; }
    /// Payments whose first event here rests, and none of which is in flight.
    [[nodiscard]] const std::set<std::uint64_t>& resting() const noexcept { return resting_payments_; }
    /// Whether the payment's events here wait for more than their turn, and would hold the cursor meanwhile.
    [[nodiscard]] bool holds_cursor(std::uint64_t payment) const {
        return behind_parked_.contains(payment) || resting_payments_.contains(payment);
    }
    /// Nothing here is in flight or may be attempted.
    [[nodiscard]] bool stuck() const noexcept { return ready_.empty() && in_flight_.empty(); }

    [[nodiscard]] store::Position cursor() const noexcept { return cursor_; }
    [[nodiscard]] store::Position last_read() const noexcept { return last_read_; }
    /// Done beyond the cursor.
    [[nodiscard]] const std::set<store::Position>& ahead() const noexcept { return done_; }
    [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// Whether cursor or ahead moved since the last unmark.
    [[nodiscard]] bool moved() const noexcept { return moved_; }
    void mark_moved(bool moved) noexcept { moved_ = moved; }

  private:
    using Turn = std::pair<std::uint32_t, store::Position>;
    void advance();

    store::Position cursor_ = 0;
    store::Position last_read_ = 0;
    bool moved_ = false;
    std::size_t bytes_ = 0;
    std::map<store::Position, Slot> slots_;
    std::set<store::Position> done_;
    std::set<std::pair<std::uint64_t, store::Position>> by_payment_;
    std::set<Turn> ready_;
    std::set<std::pair<core::SteadyTime, store::Position>> resting_;
    std::map<store::Position, core::SteadyTime> rests_kept_;  ///< of events that a rewind forgot
    std::unordered_set<std::uint64_t> in_flight_;             ///< payments
    std::unordered_set<std::uint64_t> held_;                  ///< payments
    std::set<std::uint64_t> behind_parked_;
    std::set<std::uint64_t> resting_payments_;
};

}  // namespace tollgate::delivery
