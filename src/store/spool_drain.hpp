// SpoolDrain: the thread that brings what the spool holds to the store, oldest first, one call at a time.
#pragma once

#include "batch_size.hpp"
#include "spool_book.hpp"
#include "spool_disk.hpp"

#include <tollgate/core/fault.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::store {

/// Owned by the spool. Destroying it waits for nothing but its own thread: an answer that is still out is dropped, and
/// what it was about is handed over again by the next process.
class SpoolDrain {
  public:
    SpoolDrain(std::filesystem::path directory, std::uint64_t max_bytes, std::shared_ptr<SpoolBook> book,
               SpoolDisk& disk, core::FaultSink& faults, Store& store);
    ~SpoolDrain();
    SpoolDrain(const SpoolDrain&) = delete;
    SpoolDrain& operator=(const SpoolDrain&) = delete;

  private:
    /// A candidate as it lies on the disk; the store consumes what it is given, so each try decodes it anew.
    struct Loaded {
        SpoolBook::Place place;
        core::WallTime received_at{};
        std::string bytes;
    };
    enum class Verdict : std::uint8_t { taken, refused, stopped };

    void run();
    void hand_over(SpoolBook::Batch batch);
    /// False: stopped.
    [[nodiscard]] bool load(SpoolBook::Batch& batch, std::vector<Loaded>& loaded);
    std::optional<std::string> read(const SpoolBook::Place& place);
    /// Until the store takes or refuses them, or the drain is stopped. In their order, as many at once as it has time
    /// for; what it took is no more in `rest`.
    Verdict bring(std::span<const Loaded>& rest);
    Verdict bring_part(std::span<const Loaded>& rest);
    core::Result<std::vector<Accepted>> ask(std::vector<event::Candidate> candidates);
    /// What to make of an answer that came after so long.
    void learn_from(const core::Result<std::vector<Accepted>>& answers, std::size_t bytes, BatchSize::Duration took);
    void one_by_one(Hold hold, std::span<const Loaded> loaded);
    /// Keeps a copy in the segment's file of refused candidates.
    core::Result<void> keep_refused(const Loaded& loaded);
    void report(std::string_view what);

    std::filesystem::path directory_;
    std::uint64_t max_bytes_;
    std::shared_ptr<SpoolBook> book_;
    SpoolDisk& disk_;
    core::FaultSink& faults_;
    Store& store_;
    SegmentNumber open_number_ = 0;
    SpoolFile open_file_;
    BatchSize size_;
    std::string last_report_;
    std::string last_refusal_;
    std::thread thread_;
};

}  // namespace tollgate::store
