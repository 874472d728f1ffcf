// SpoolDrain: the thread that brings what the spool holds to the store, oldest first, one call at a time.
#pragma once

#include "spool_book.hpp"
#include "spool_disk.hpp"

#include <tollgate/core/fault.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
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
    /// Until the store takes or refuses them, or the drain is stopped.
    Verdict bring(const std::vector<Loaded>& loaded);
    core::Result<std::vector<Accepted>> ask(std::vector<event::Candidate> candidates);
    void one_by_one(Hold hold, const std::vector<Loaded>& loaded);
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
    std::string last_report_;
    std::string last_refusal_;
    std::thread thread_;
};

}  // namespace tollgate::store
