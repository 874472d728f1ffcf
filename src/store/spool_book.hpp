// SpoolBook: which candidates are on the disk, and what is to become of each; no file is touched here.
#pragma once

#include "spool_format.hpp"

#include <tollgate/store/spool.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace tollgate::store {

class SpoolBook;

/// Candidates that somebody brings to the store right now, so that nobody else does. Given back by its destructor,
/// whatever happened, unless the store has taken them. May outlive the spool.
class Hold {
  public:
    struct Range {
        SegmentNumber segment = 0;
        std::size_t first = 0;
        std::size_t count = 0;
    };

    Hold() = default;
    Hold(std::shared_ptr<SpoolBook> book, std::uint64_t epoch, std::vector<Range> ranges)
        : book_(std::move(book)), epoch_(epoch), ranges_(std::move(ranges)) {}
    ~Hold();
    Hold(Hold&& other) noexcept = default;
    Hold& operator=(Hold&&) = delete;

    /// The store answered for all of them.
    void taken();
    void swap(Hold& other) noexcept {
        std::swap(book_, other.book_);
        std::swap(epoch_, other.epoch_);
        std::swap(ranges_, other.ranges_);
    }

  private:
    friend class SpoolBook;
    std::shared_ptr<SpoolBook> book_;
    std::uint64_t epoch_ = 0;
    std::vector<Range> ranges_;
};

/// Why a file is kept under another name when all that can be read of it is taken.
enum class SetAside : std::uint8_t { no, refused, damaged };

/// Shared by the disk's thread, the drain and everybody who holds candidates; every function may be called from every
/// thread. 12 bytes of memory a candidate on the disk.
class SpoolBook : public std::enable_shared_from_this<SpoolBook> {
  public:
    explicit SpoolBook(const core::Clock& clock) : clock_(clock) {}

    /// `bytes`: of a file; one that is only counted has no segment.
    void count_bytes(std::int64_t bytes);
    void add_segment(SegmentNumber number, std::uint64_t bytes, SetAside aside);
    struct NewRecord {
        std::uint32_t offset = 0;
        core::WallTime received_at{};
    };
    /// Durable from now on, and to be handed over. The segment grows by `bytes`.
    void add(SegmentNumber segment, const std::vector<NewRecord>& records, std::uint64_t bytes);
    /// The same, but in the hands of the caller.
    Hold add_held(SegmentNumber segment, const std::vector<NewRecord>& records, std::uint64_t bytes);

    /// Where a record lies; it ends before `end`.
    struct Place {
        SegmentNumber segment = 0;
        std::size_t index = 0;
        std::uint32_t offset = 0;
        std::uint64_t end = 0;
    };
    struct Batch {
        Hold hold;
        std::vector<Place> places;
    };
    /// The oldest that wait; no places when none does.
    Batch take_batch(std::size_t max_count, std::uint64_t max_bytes);
    /// Of one of a batch that is already held; the batch's hold says nothing about it any more.
    Hold split(Hold& hold, const Place& place);
    /// It cannot be handed over: it stays in its file, which is set aside when the others are taken.
    void leave(Hold hold, SetAside aside);
    void hand_over_again();
    OutageId begin_outage();
    void end_outage(OutageId outage);

    /// Waits until something waits to be handed over, or stop_waiting(), or the time is up.
    void wait_for_work(std::chrono::milliseconds at_most);
    /// Waits out the time, or until stop_waiting().
    void pause(std::chrono::milliseconds time);
    void stop_waiting();
    [[nodiscard]] bool stopped() const;
    /// The spool ends: from now on holds may still be settled, but nobody asks.
    void close();

    struct Finished {
        SegmentNumber number = 0;
        std::uint64_t bytes = 0;
        SetAside aside = SetAside::no;
    };
    /// Segments with nothing left to hand over, of which the last candidate was taken `kept_for` ago; the book forgets
    /// them, their bytes are still counted. `quiet_for`: the same for `active`, which is still written. Not those of
    /// which something was taken in the last `kept_for` before an outage that has not ended.
    std::vector<Finished> release_finished(std::chrono::milliseconds kept_for, SegmentNumber active,
                                           std::chrono::milliseconds quiet_for);
    /// The oldest of those, however short a time ago it was finished, if it makes room: not one that is to be set
    /// aside.
    std::optional<Finished> release_oldest_finished(std::chrono::milliseconds kept_for);
    [[nodiscard]] bool empty() const;

    [[nodiscard]] std::uint64_t bytes() const;
    /// Without `failed`.
    [[nodiscard]] SpoolStatus status() const;

  private:
    friend class Hold;
    enum class State : std::uint8_t { waiting, held, taken, left };
    struct Record {
        std::uint32_t offset = 0;
        std::int32_t received_after_ms = 0;  ///< the segment's first; saturated: 24 days
        State state = State::waiting;
    };
    struct Segment {
        std::uint64_t bytes = 0;
        SetAside aside = SetAside::no;
        core::WallTime first_received_at{};
        std::vector<Record> records;
        std::size_t not_taken = 0;  ///< waiting and held
        std::size_t waiting = 0;
        std::size_t first_waiting = 0;    ///< none before it waits
        std::size_t first_not_taken = 0;  ///< all before it are taken
        core::SteadyTime since{};         ///< nothing of it was taken before
        core::SteadyTime last_taken_at{};
    };

    Hold::Range add_locked(SegmentNumber number, const std::vector<NewRecord>& records, std::uint64_t bytes,
                           State state);
    void settle(const Hold& hold, bool taken);
    [[nodiscard]] bool may_be_forgotten(const Segment& segment, std::chrono::milliseconds kept_for) const;
    void change(Segment& segment, std::size_t index, State to);

    const core::Clock& clock_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stopped_ = false;
    bool closed_ = false;
    std::uint64_t epoch_ = 1;
    std::uint64_t bytes_ = 0;
    std::size_t waiting_ = 0;
    std::map<SegmentNumber, Segment> segments_;
    OutageId last_outage_ = 0;
    std::map<OutageId, core::SteadyTime> outages_;  ///< when each began
};

}  // namespace tollgate::store
