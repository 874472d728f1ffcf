// FaultyDisk: stands between SQLite and the disk and lets its writes and syncs fail when a test says so.
#pragma once

#include <sqlite3.h>

#include <atomic>

namespace tollgate::test {

/// While it lives it is SQLite's default VFS, so every database opened then goes through it. One at a time.
class FaultyDisk {
  public:
    FaultyDisk();
    ~FaultyDisk();
    FaultyDisk(const FaultyDisk&) = delete;
    FaultyDisk& operator=(const FaultyDisk&) = delete;

    /// Writes to the write-ahead log fail as on a full disk.
    void set_full(bool full) noexcept { full_.store(full); }
    /// fsync of the write-ahead log fails as on a dying disk; what was written is there all the same.
    void set_log_sync_fails(bool fails) noexcept { log_sync_fails_.store(fails); }
    /// The same of the database file, which only checkpoints sync.
    void set_database_sync_fails(bool fails) noexcept { database_sync_fails_.store(fails); }
    /// Files opened from now on have no shared memory, as on some network file systems: no write-ahead log then.
    void set_without_log(bool without) noexcept { without_log_.store(without); }
    [[nodiscard]] int log_syncs() const noexcept { return log_syncs_.load(); }

    // For the VFS.
    bool without_log() const noexcept { return without_log_.load(); }
    bool may_write(bool is_log) const noexcept { return !(is_log && full_.load()); }
    bool may_sync(bool is_log) noexcept {
        if (is_log) ++log_syncs_;
        return !(is_log ? log_sync_fails_ : database_sync_fails_).load();
    }

  private:
    std::atomic<bool> full_{false};
    std::atomic<bool> without_log_{false};
    std::atomic<bool> log_sync_fails_{false};
    std::atomic<bool> database_sync_fails_{false};
    std::atomic<int> log_syncs_{0};
    sqlite3_vfs* real_ = nullptr;
    sqlite3_vfs vfs_{};
};

}  // namespace tollgate::test
