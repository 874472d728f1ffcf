// SpoolWriter: the one thread that writes the spool's files and removes them, many batches with one sync.
#pragma once

#include "job_queue.hpp"
#include "spool_book.hpp"
#include "spool_disk.hpp"

#include <tollgate/core/fault.hpp>

#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <thread>

namespace tollgate::store {

/// Owned by the spool; destroying it finishes what is queued.
///
/// A segment of which a write or a sync failed is never written again: the kernel may have dropped pages and call them
/// clean (see log_rewrite.hpp), so that a later sync of the same file would say nothing about them. What was synced
/// before stays and is handed over; what was not is written once more, to a new segment, and refused when that fails.
class SpoolWriter {
  public:
    /// An empty hold when none was asked for.
    using Done = core::UniqueFunction<void(core::Result<Hold>)>;
    enum class Then : std::uint8_t { hand_over, hold };

    SpoolWriter(SpoolOptions options, SegmentNumber first, std::shared_ptr<SpoolBook> book, SpoolDisk& disk,
                const core::Clock& clock, core::FaultSink& faults);
    ~SpoolWriter();
    SpoolWriter(const SpoolWriter&) = delete;
    SpoolWriter& operator=(const SpoolWriter&) = delete;

    /// `done` on the writer's thread; at once when the queue is full or closed. Errors: limit_exceeded, unavailable,
    /// io.
    void submit(EncodedBatch batch, Then then, Done done);
    /// True from the first write that was refused to the next that would not be, found out without any call.
    [[nodiscard]] bool failed() const noexcept {
        return failing_.load(std::memory_order_acquire) || full_.load(std::memory_order_acquire);
    }

  private:
    struct Job {
        EncodedBatch batch;
        Then then = Then::hand_over;
        Done done;
        std::vector<SpoolBook::NewRecord> records;
        std::optional<core::Error> refusal;
        Hold hold;
        [[nodiscard]] std::size_t weight() const noexcept { return batch.pieces.size(); }
    };
    using Group = std::span<const std::unique_ptr<Job>>;
    struct Active {
        SegmentNumber number = 0;
        SpoolFile file;
        std::uint64_t size = 0;
    };

    void run();
    void process(Group group);
    /// Refuses those for which there is no room; what the others need.
    std::uint64_t admit(Group group);
    core::Result<void> write(Group group, std::uint64_t size);
    core::Result<void> write_to_active(Group group, std::uint64_t size);
    core::Result<void> open_segment();
    void abandon_active();
    void answer(Group group);

    [[nodiscard]] bool make_room(std::uint64_t size);
    void keep_house();
    void try_again();
    void put_away(const SpoolBook::Finished& finished);
    void sync_directory();
    void fail(const core::Error& error, std::uint64_t size);
    void works_again();
    void report(std::string_view what);
    [[nodiscard]] SegmentNumber active_number() const noexcept { return active_ ? active_->number : 0; }

    SpoolOptions options_;
    std::shared_ptr<SpoolBook> book_;
    SpoolDisk& disk_;
    const core::Clock& clock_;
    core::FaultSink& faults_;
    SegmentNumber next_number_;
    std::optional<Active> active_;
    std::atomic<bool> failing_{false};
    std::atomic<bool> full_{false};
    core::Error failure_;             ///< why it is failing
    core::SteadyTime next_try_{};     ///< while it is failing
    std::uint64_t size_failed_ = 0;   ///< what must be written before it is believed to work again
    std::uint64_t size_refused_ = 0;  ///< what there must be room for before it counts as full no more
    std::string last_report_;         ///< an outage is reported once
    std::chrono::steady_clock::time_point last_house_keeping_{};
    std::atomic<std::size_t> queued_candidates_{0};
    JobQueue<Job> queue_;
    std::thread thread_;
};

}  // namespace tollgate::store
