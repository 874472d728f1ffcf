// FaultyDisk: stands between SQLite and the disk and lets its writes and syncs fail when a test says so.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>

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
    /// The write-ahead log takes that many bytes more; of the write that finds no room the first part is there.
    void leave_room(std::size_t bytes) noexcept { room_.store(bytes); }
    void leave_plenty_of_room() noexcept { leave_room(plenty); }
    /// fsync of the write-ahead log fails as on a dying disk; what was written is there all the same.
    void set_log_sync_fails(bool fails) noexcept { log_sync_fails_.store(fails); }
    /// The same of the database file, which only checkpoints sync.
    void set_database_sync_fails(bool fails) noexcept { database_sync_fails_.store(fails); }
    /// Files opened from now on have no shared memory, as on some network file systems: no write-ahead log then.
    void set_without_log(bool without) noexcept { without_log_.store(without); }
    /// A write that is cut off may damage what stands before it in the same sector.
    void set_tears_sectors(bool tears) noexcept { tears_sectors_.store(tears); }
    [[nodiscard]] int log_syncs() const noexcept { return log_syncs_.load(); }
    /// What reached this disk: how many writes of the log, and how many bytes of them found room.
    [[nodiscard]] int log_writes() const noexcept { return log_writes_.load(); }
    [[nodiscard]] std::size_t log_bytes() const noexcept { return log_bytes_.load(); }

    // For the VFS.
    bool tears_sectors() const noexcept { return tears_sectors_.load(); }
    bool without_log() const noexcept { return without_log_.load(); }
    /// How many of the bytes it may write.
    std::size_t room_for(bool is_log, std::size_t size) noexcept {
        if (!is_log) return size;
        ++log_writes_;
        const std::size_t room = full_.load() ? 0 : std::min(size, room_.load());
        if (room_.load() != plenty) room_ -= room;
        log_bytes_ += room;
        return room;
    }
    bool may_sync(bool is_log) noexcept {
        if (is_log) ++log_syncs_;
        return !(is_log ? log_sync_fails_ : database_sync_fails_).load();
    }

  private:
    static constexpr std::size_t plenty = std::numeric_limits<std::size_t>::max();
    std::atomic<bool> full_{false};
    std::atomic<std::size_t> room_{plenty};
    std::atomic<int> log_writes_{0};
    std::atomic<std::size_t> log_bytes_{0};
    std::atomic<bool> without_log_{false};
    std::atomic<bool> tears_sectors_{false};
    std::atomic<bool> log_sync_fails_{false};
    std::atomic<bool> database_sync_fails_{false};
    std::atomic<int> log_syncs_{0};
    sqlite3_vfs* real_ = nullptr;
    sqlite3_vfs vfs_{};
};

}  // namespace tollgate::test
