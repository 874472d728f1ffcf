// Unsaved: what was decided about one shard's deliveries and is not yet known to be in the store.
#pragma once

#include <tollgate/store/store.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::delivery {

/// Changes gather in `pending`; take() hands them to a save and keeps them as `sent` until the save is confirmed. When
/// it is not, they are joined with what came since and go with the next one. Part of a DeliveryPolicy.
class Unsaved {
  public:
    /// A success of the window: only counted, cursor and ahead say it.
    void delivered() { ++pending_count_; }
    void park(store::Park park);
    void reschedule(store::Position position, store::Reschedule reschedule);
    /// A parked delivery that was delivered.
    void finish(store::Position position, std::string event_id);
    void bury(store::Position position, store::Bury bury);

    /// The event of a delivery whose park is not confirmed yet; null when the store has it, or it was never parked.
    [[nodiscard]] const store::LogEntry* copy_of(store::Position position) const;

    /// Adds everything pending to `update`. Nothing may be sent already.
    void take(store::DeliveryUpdate& update);
    void confirmed();
    /// The save may or may not have happened.
    void failed();

    [[nodiscard]] bool has_pending() const noexcept { return pending_count_ != 0; }
    /// Decisions that a crash would repeat.
    [[nodiscard]] std::size_t count() const noexcept { return pending_count_ + sent_count_; }

  private:
    /// All that is to be told about one delivery, in the order in which the store applies it.
    struct Change {
        std::optional<store::Park> park;
        bool park_was_sent = false;  ///< the store may know it as it was then
        std::vector<store::Reschedule> reschedules;
        bool finished = false;
        std::string finished_id;
        std::optional<store::Bury> bury;
    };
    static Change join(Change older, Change newer);

    std::map<store::Position, Change> pending_;
    std::map<store::Position, Change> sent_;
    std::size_t pending_count_ = 0;
    std::size_t sent_count_ = 0;
};

}  // namespace tollgate::delivery
