// ParkedIndex: every parked delivery of a subscriber, by payment in the order of the log, and which of them is due.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/store/store.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::delivery {

struct ParkedKey {
    store::Shard shard = 0;
    std::uint64_t payment = 0;
    store::Position position = 0;

    friend auto operator<=>(const ParkedKey&, const ParkedKey&) = default;
};

/// A parked delivery without an attempt that counts only waited for the one before it, or as long as the subscriber
/// asked during an outage; the retry budget is about the others.
enum class AttemptKind : std::uint8_t { first, retry };

/// waiting -> claimed (its copy is being fetched) -> ready (copy at hand) -> in_flight -> waiting or gone.
enum class Stage : std::uint8_t { waiting, claimed, ready, in_flight };

struct ParkedRecord {
    std::string event_id;
    event::Happening happening = event::Happening::pending;
    std::uint32_t attempts = 0;
    core::SteadyTime due{};
    core::WallTime received_at{};  ///< an estimate until the copy was seen
    Stage stage = Stage::waiting;
    bool queued = false;  ///< in the queue of those that are or will be due
    std::unique_ptr<store::LogEntry> copy;

    [[nodiscard]] AttemptKind kind() const noexcept { return attempts == 0 ? AttemptKind::first : AttemptKind::retry; }
};

/// Only the first delivery of a payment is ever queued, and none while another of its payment is past waiting. Part of
/// a DeliveryPolicy. Every call costs at most a logarithm of all, and the number of one payment's deliveries.
class ParkedIndex {
  public:
    void insert(const ParkedKey& key, ParkedRecord record, core::SteadyTime now);
    /// Delivered or dead: the next of its payment is due at once, unless it was asked to wait.
    void erase(const ParkedKey& key, core::SteadyTime now);
    /// After an attempt: waits again, for `due`.
    void wait_again(const ParkedKey& key, std::uint32_t attempts, core::SteadyTime due);

    /// The longest due of a kind leaves the queue, to be given its copy.
    std::optional<ParkedKey> claim(AttemptKind kind, core::SteadyTime now);
    void give_copy(const ParkedKey& key, store::LogEntry copy);
    /// The first that has its copy.
    std::optional<ParkedKey> next_ready(AttemptKind kind);
    /// Takes the copy of next_ready() for an attempt.
    std::pair<ParkedKey, store::LogEntry> start(AttemptKind kind);

    /// Nothing of the payment comes due until release().
    void hold(store::Shard shard, std::uint64_t payment);
    void release(store::Shard shard, std::uint64_t payment);

    /// While a shard is shelved nothing of it comes due; copies at hand or asked for are forgotten.
    void shelve(store::Shard shard, bool shelved);
    /// Forgets all of a shard, and returns when each event of it was received.
    std::vector<core::WallTime> drop(store::Shard shard);

    [[nodiscard]] ParkedRecord* find(const ParkedKey& key);
    [[nodiscard]] bool holds_any_of(store::Shard shard, std::uint64_t payment) const;
    [[nodiscard]] std::optional<ParkedKey> first_of(store::Shard shard, std::uint64_t payment) const;
    [[nodiscard]] bool has_later(const ParkedKey& key) const;

    [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
    /// Claimed or ready: copies held or asked for.
    [[nodiscard]] std::size_t claimed(AttemptKind kind) const noexcept { return claimed_[index(kind)]; }
    /// When the first in the queue is due.
    [[nodiscard]] std::optional<core::SteadyTime> next_due(AttemptKind kind) const;

  private:
    using Records = std::map<ParkedKey, ParkedRecord>;
    static constexpr std::size_t index(AttemptKind kind) noexcept { return static_cast<std::size_t>(kind); }
    void refresh(store::Shard shard, std::uint64_t payment);
    void leave_queue(Records::value_type& item);
    void forget_claims(store::Shard shard);
    [[nodiscard]] Records::iterator line(store::Shard shard, std::uint64_t payment) {
        return records_.lower_bound({shard, payment, 0});
    }

    Records records_;
    std::array<std::set<std::pair<core::SteadyTime, ParkedKey>>, 2> queue_;
    std::array<std::deque<ParkedKey>, 2> ready_;  ///< may hold keys that are gone
    std::array<std::size_t, 2> claimed_{};
    std::set<std::pair<store::Shard, std::uint64_t>> held_;
    std::set<store::Shard> shelved_;
};

}  // namespace tollgate::delivery
