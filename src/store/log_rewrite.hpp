// Makes what the write-ahead log seems to hold what the disk holds, before the log is trusted and continued.
#pragma once

#include <tollgate/core/result.hpp>

#include <filesystem>

namespace tollgate::store {

/// Writes every byte of the write-ahead log beside `database` once more, in place, and syncs it. To be called while no
/// connection is open; does nothing when there is no log. Errors: Errc::io.
///
/// After a failed fsync the kernel may drop the pages that it could not write and keep them in its cache as clean. A
/// process that then restarts, the machine being up, reads a sound log from the cache, appends to it, and its own
/// fsyncs succeed without ever writing the older pages: a power cut later leaves a hole in the log, recovery stops
/// there, and everything behind the hole is lost although it was answered. Written again, the pages are dirty again,
/// and the sync covers them; if the machine loses power meanwhile, each sector holds what it held before or what it
/// should.
///
/// The database file needs no such care. Only checkpoints write it, and the log starts over only after a sync of the
/// database succeeded; after one that failed the whole log is copied once more, since the next open counts from its
/// beginning, and the pages are dirty again by that.
core::Result<void> rewrite_log(const std::filesystem::path& database);

}  // namespace tollgate::store
