// GatheringVfs: lets SQLite write a commit to the write-ahead log with few large writes instead of two for every page.
#pragma once

#include <sqlite3.h>

#include <string>

namespace tollgate::store {

/// SQLite writes each frame of its write-ahead log with two calls, 24 bytes and then a page: some 170 system calls for
/// a group of 32 callbacks. This VFS stands between SQLite and the VFS that is the default one when it is made, keeps
/// what is written to the log back while it is contiguous, and hands it on in one piece. Of the database itself it only
/// sees when the lock for writing goes; every other file is left alone.
///
/// Only for connections with `PRAGMA synchronous = FULL`. There SQLite syncs the log in every commit before it
/// publishes the commit in the shared index of the log, and a sync hands on everything first. So nobody else, in this
/// process or in another, is ever sent to a frame that is not in the file; and what a crash takes with it was in no
/// commit.
///
/// What the file holds is at all times a beginning of what SQLite wrote, in SQLite's order. When handing on fails, the
/// write or the sync that caused it reports the error and all that was kept back is dropped: SQLite gives up the
/// transaction on such an error and writes the next one from the last committed frame on. So SQLITE_FULL out of a sync
/// means, as it does out of a write, that the commit frame is not whole in the file: it is the last that was written.
///
/// One for each connection, which it outlives, under a name of its own: it stands on the VFS that is the default one at
/// that moment.
class GatheringVfs {
  public:
    GatheringVfs();
    ~GatheringVfs();
    GatheringVfs(const GatheringVfs&) = delete;
    GatheringVfs& operator=(const GatheringVfs&) = delete;

    /// For sqlite3_open_v2().
    [[nodiscard]] const char* name() const noexcept { return name_.c_str(); }

  private:
    std::string name_;
    sqlite3_vfs vfs_{};
};

}  // namespace tollgate::store
