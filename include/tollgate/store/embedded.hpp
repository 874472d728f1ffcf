// The embedded engine: SQLite, one process, one machine, whole batches with one fsync each.
#pragma once

#include <tollgate/core/fault.hpp>
#include <tollgate/store/observer.hpp>
#include <tollgate/store/store.hpp>

#include <filesystem>
#include <memory>

namespace tollgate::store {

struct EmbeddedOptions {
    std::filesystem::path directory;  ///< made if absent; holds tollgate.db and a lock against a second process
    Shard shards = 16;                ///< 1 to 4096; fixed when the store is made
    std::size_t max_queued_candidates = 65'536;  ///< beyond, accept() answers Errc::unavailable: the edge sheds
    /// So many names of payments (one more for every other id) wait in memory for their place in the index, while as
    /// many are on their way into it: 5 MiB. The more go there together, the fewer pages each of them costs: of an index
    /// with two million names every page takes seven of these. After a restart they are read from the payments. Whether
    /// any payment has a name is asked of a filter of all names first: 1.5 to 6 bytes for each, 48 MB at most.
    std::size_t max_young_names = 65'536;
};

/// Errors: Errc::io (the directory, the lock: who holds it), invalid_argument (made with another number of shards),
/// malformed (not a store of ours, or of a newer version). Destroying it finishes what is queued.
core::Result<std::unique_ptr<Store>> open_embedded(EmbeddedOptions options, const core::Clock& clock,
                                                   core::FaultSink& faults, StoreObserver& observer);

}  // namespace tollgate::store
