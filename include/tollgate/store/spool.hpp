// Spool: a local, fsynced queue of undecided candidates, for when the store of all nodes is away, or before it is
// asked.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/fault.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/core/unique_function.hpp>
#include <tollgate/store/store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace tollgate::store {

struct SpoolOptions {
    std::filesystem::path directory;       ///< made if absent; locked against a second process
    std::uint64_t max_bytes = 4ULL << 30;  ///< of its files; beyond: Errc::limit_exceeded
    std::uint64_t segment_bytes = 16ULL << 20;
    std::size_t max_queued_candidates = 65'536;  ///< that wait for the disk; beyond: Errc::unavailable
    /// How long a candidate that the store has taken is kept all the same, to be handed over again should the store
    /// lose its last seconds (journal mode). While the store is away this time stands still for what it took before.
    std::chrono::milliseconds keep_taken{120'000};
};

/// One time that one store is away.
using OutageId = std::uint64_t;

struct SpoolStatus {
    std::uint64_t events = 0;              ///< candidates that the store has not taken yet
    std::optional<core::WallTime> oldest;  ///< received_at of the oldest of them
    std::uint64_t bytes = 0;               ///< of all files
    bool failed = false;                   ///< the disk refused: nothing more is taken
};

/// Owned by the app, one per node; every function may be called from every thread. It has a thread of its own for the
/// disk: whole batches, one fsync for all that wait.
class Spool {
  public:
    using Done = core::UniqueFunction<void(core::Result<void>)>;

    /// Errors: Errc::io (the directory, the lock and who holds it). What is damaged is set aside and reported, the rest
    /// is kept.
    static core::Result<std::unique_ptr<Spool>> open(SpoolOptions options, const core::Clock& clock,
                                                     core::FaultSink& faults);
    /// Finishes what is queued for the disk.
    virtual ~Spool() = default;

    /// `done` on the spool's thread, once it is on the disk. Errors: limit_exceeded, unavailable, io.
    virtual void append(std::vector<event::Candidate> batch, Done done) = 0;

    /// Hands what it holds to `store`, oldest first, batch by batch, as if just received, for as long as the store
    /// takes it; again and again, whenever something is there. Candidates that the store has taken are gone when
    /// `keep_taken` has passed. Call once. `store` outlives stop_draining().
    virtual void drain_into(Store& store) = 0;
    virtual void stop_draining() = 0;
    /// The store may have forgotten its last seconds (it restarted, or another server took its place): everything that
    /// is still here is handed over again.
    virtual void hand_over_again() = 0;
    /// A store of this node lost its server now. What it had taken until then is kept, longer than `keep_taken` and
    /// also when room is wanted: what of it the server has forgotten turns out when it is back.
    virtual OutageId begin_outage() = 0;
    /// It is back; after hand_over_again(), if that is due.
    virtual void end_outage(OutageId outage) = 0;

    [[nodiscard]] virtual SpoolStatus status() const = 0;
};

enum class SpoolUse : std::uint8_t {
    when_away,  ///< what the store refuses, or leaves unknown, goes to the spool
    always,     ///< "journal": everything goes through the spool first
};

/// `inner` with its accept made safe by `spool`; every other call is passed on. Both outlive it. Answers of candidates
/// that only the spool has say `spooled`. ready() is true while either can take a callback.
std::unique_ptr<Store> make_spooling(Store& inner, Spool& spool, SpoolUse use);

}  // namespace tollgate::store
