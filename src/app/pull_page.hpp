// PullPage: one answer to a subscriber that pulls, in the making: which events, in which order, and what to read for them.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tollgate/delivery/filter.hpp>
#include <tollgate/store/store.hpp>

namespace tollgate::app {

struct PullLimits {
    std::size_t events = 100;
    std::size_t bytes = 1 << 20;        ///< of bodies; one that is larger comes alone
    std::size_t looked_at = 20'000;     ///< so that a filter that nothing matches does not read the whole log at once
    std::size_t copies_at_once = 64;    ///< of parked deliveries, for each shard
};

/// What has to be read before the page can go on.
struct PullWish {
    enum class Of : unsigned char { standing, copies, log };
    Of of = Of::standing;
    store::Shard shard = 0;
    store::Position after = 0;           ///< of log
    std::vector<std::string> event_ids;  ///< of copies
};

/// Pure. In each shard first what is parked at or below the cursor (of a subscriber that was posted to once), then the log;
/// the shards merged by the time of acceptance. So one position for each shard says what was given out.
class PullPage {
  public:
    /// `marks`: what an earlier look has passed already, by shard. `history`: the one that they belong to; absent: none was
    /// looked at yet.
    PullPage(delivery::Filter filter, PullLimits limits, std::vector<store::Position> marks, std::optional<store::LogHistory> history);

    /// A shard is looked at when it was named so.
    void look_at(store::Shard shard) { shards_[shard].wanted = true; }

    /// Takes what is known, and says what must be read for more. Nothing: the page is done.
    [[nodiscard]] std::vector<PullWish> next();

    // The answers to what was wished for.
    void take_standing(store::Shard shard, const store::DeliveryState& state);
    void take_copies(store::Shard shard, std::vector<store::ParkedEvent> copies);
    void take_log(store::Shard shard, store::LogPage page);

    /// What was read belongs to two histories of the log: this page is worth nothing.
    [[nodiscard]] bool mixed() const noexcept { return mixed_; }
    [[nodiscard]] std::optional<store::LogHistory> history() const noexcept { return history_; }
    [[nodiscard]] const std::deque<store::LogEntry>& events() const noexcept { return events_; }
    /// It ended at a limit: there may be more.
    [[nodiscard]] bool cut() const noexcept { return cut_; }
    /// By shard: all at or below was given out or is not wanted. 0 where something is parked that was not given out yet.
    [[nodiscard]] std::vector<store::Position> marks() const;
    /// Whether a cursor of the store stands below what was passed.
    [[nodiscard]] bool moved() const;

  private:
    struct ShardPull {
        bool wanted = false;
        bool loaded = false;
        bool ended = false;  ///< nothing was behind `ready` when it was read
        store::Position mark = 0;
        store::Position base = 0;    ///< where the log begins
        store::Position cursor = 0;  ///< the store's
        store::Position read_to = 0;
        std::vector<store::Position> ahead;                            ///< ascending; dealt with
        std::vector<store::Position> owed;                             ///< ascending; parked beyond the cursor
        std::deque<std::pair<store::Position, std::string>> parked;    ///< whose copies are not read yet
        std::deque<store::LogEntry> ready;                             ///< read and not looked at
    };

    void belongs_to(store::LogHistory history);
    void pass_parked(ShardPull& shard);
    [[nodiscard]] std::optional<PullWish> wish_of(store::Shard number) const;
    ShardPull* oldest();
    /// False: the page is full without it.
    bool take_next_of(ShardPull& shard);

    const delivery::Filter filter_;
    const PullLimits limits_;
    std::vector<ShardPull> shards_;
    std::optional<store::LogHistory> history_;
    std::deque<store::LogEntry> events_;
    std::size_t bytes_ = 0;
    std::size_t looked_at_ = 0;
    bool cut_ = false;
    bool mixed_ = false;
};

}  // namespace tollgate::app
