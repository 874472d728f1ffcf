// The log's file with its buffer, the database's file that knows when a transaction is over, and calls that are passed
// on.
#include "gathering_vfs.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace tollgate::store {

namespace {

/// SQLite's VFS for Unix takes no more in one write: it looks at the lowest 17 bits of the size only, and reports a
/// full disk when these are zero.
constexpr std::size_t max_gathered = 0x1ffff;
/// The lock that whoever writes to the log holds (https://sqlite.org/walformat.html#wal_locks).
constexpr int write_lock = 0;

/// Contiguous bytes that SQLite has written and the file does not have yet.
struct Gathered {
    std::unique_ptr<char[]> bytes;  ///< made at the first write: a connection that only copies has none
    std::size_t size = 0;
    sqlite3_int64 start = 0;

    [[nodiscard]] sqlite3_int64 end() const { return start + static_cast<sqlite3_int64>(size); }
    [[nodiscard]] bool goes_on_with(std::size_t more, sqlite3_int64 offset) const {
        return offset == end() && size + more <= max_gathered;
    }
    /// False when it has no room; only an empty one takes what does not go on with it.
    bool take(const void* data, std::size_t more, sqlite3_int64 offset) {
        if (!bytes) bytes.reset(new (std::nothrow) char[max_gathered]);
        if (!bytes || size + more > max_gathered) return false;
        if (size == 0) start = offset;
        std::memcpy(bytes.get() + size, data, more);
        size += more;
        return true;
    }
};

/// A database or its log. SQLite allocates this and, right behind it, the real VFS's own file.
struct File {
    sqlite3_file base{};
    File* partner = nullptr;  ///< the log of a database while it is open, the database of a log
    Gathered gathered;        ///< of a log

    [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
static_assert(sizeof(File) % 8 == 0 && alignof(File) <= 8, "SQLite's own alignment");

File& self(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return self(file).real();
}

/// Whatever comes of it, nothing is kept: written later it might overwrite what somebody else has committed meanwhile.
int hand_on(File& log) {
    if (log.gathered.size == 0) return SQLITE_OK;
    const int size = static_cast<int>(log.gathered.size);
    log.gathered.size = 0;
    return log.real()->pMethods->xWrite(log.real(), log.gathered.bytes.get(), size, log.gathered.start);
}

int close_file(sqlite3_file* file) {
    const int code = real(file)->pMethods->xClose(real(file));
    std::destroy_at(&self(file));
    return code;
}
/// What is kept back still was never synced, so it is in no commit.
int close_log(sqlite3_file* file) {
    self(file).partner->partner = nullptr;
    return close_file(file);
}

int read_file(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), data, size, offset);
}
/// A transaction reads its own frames after they have left the cache. Handing on here instead would not do: SQLite does
/// not give up a transaction for every failed read.
int read_log(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    const Gathered& gathered = self(file).gathered;
    const sqlite3_int64 end = offset + size;
    const sqlite3_int64 first = std::max(offset, gathered.start);
    const sqlite3_int64 last = std::min(end, gathered.end());
    if (gathered.size == 0 || first >= last) return read_file(file, data, size, offset);
    int code = SQLITE_OK;
    if (first != offset || last != end) {
        code = read_file(file, data, size, offset);
        // The file ends before what is kept back, which reaches to the end of what was asked for.
        if (code == SQLITE_IOERR_SHORT_READ && last == end) code = SQLITE_OK;
        if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return code;
    }
    std::memcpy(static_cast<char*>(data) + (first - offset), gathered.bytes.get() + (first - gathered.start),
                static_cast<std::size_t>(last - first));
    return code;
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    return real(file)->pMethods->xWrite(real(file), data, size, offset);
}
int write_log(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    File& log = self(file);
    const auto length = static_cast<std::size_t>(size);
    if (!log.gathered.goes_on_with(length, offset)) {
        if (const int code = hand_on(log); code != SQLITE_OK) return code;
    }
    if (log.gathered.take(data, length, offset)) return SQLITE_OK;
    return write_file(file, data, size, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return real(file)->pMethods->xTruncate(real(file), size);
}
int truncate_log(sqlite3_file* file, sqlite3_int64 size) {
    if (const int code = hand_on(self(file)); code != SQLITE_OK) return code;
    return truncate_file(file, size);
}

int sync_file(sqlite3_file* file, int flags) {
    return real(file)->pMethods->xSync(real(file), flags);
}
int sync_log(sqlite3_file* file, int flags) {
    if (const int code = hand_on(self(file)); code != SQLITE_OK) return code;
    return sync_file(file, flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
int log_size(sqlite3_file* file, sqlite3_int64* size) {
    const int code = file_size(file, size);
    if (code == SQLITE_OK && self(file).gathered.size > 0) *size = std::max(*size, self(file).gathered.end());
    return code;
}

int lock_file(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_reserved(sqlite3_file* file, int* result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int control(sqlite3_file* file, int operation, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
    return real(file)->pMethods->xSectorSize(real(file));
}
int characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}
/// The locks of the log are taken on the database. When the one for writing goes, what is kept back is of a transaction
/// that was rolled back (a commit has synced); from here on others may write to the same place.
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    const bool writing_ends = offset == write_lock && (flags & SQLITE_SHM_UNLOCK) != 0;
    if (writing_ends && self(file).partner != nullptr) self(file).partner->gathered.size = 0;
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
    real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}
int fetch(sqlite3_file* file, sqlite3_int64 offset, int size, void** memory) {
    return real(file)->pMethods->xFetch(real(file), offset, size, memory);
}
int unfetch(sqlite3_file* file, sqlite3_int64 offset, void* memory) {
    return real(file)->pMethods->xUnfetch(real(file), offset, memory);
}

/// SQLite goes by the version in what it calls: what the real file lacks is not called.
constexpr sqlite3_io_methods database_methods(int version) {
    return {version,   close_file,  read_file,      write_file, truncate_file, sync_file,       file_size,
            lock_file, unlock_file, check_reserved, control,    sector_size,   characteristics, shm_map,
            shm_lock,  shm_barrier, shm_unmap,      fetch,      unfetch};
}
constexpr sqlite3_io_methods log_methods(int version) {
    sqlite3_io_methods methods = database_methods(version);
    methods.xClose = close_log;
    methods.xRead = read_log;
    methods.xWrite = write_log;
    methods.xTruncate = truncate_log;
    methods.xSync = sync_log;
    methods.xFileSize = log_size;
    return methods;
}
constexpr std::array<sqlite3_io_methods, 3> of_databases{database_methods(1), database_methods(2), database_methods(3)};
constexpr std::array<sqlite3_io_methods, 3> of_logs{log_methods(1), log_methods(2), log_methods(3)};

sqlite3_vfs* real_vfs(sqlite3_vfs* vfs) {
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

/// The database of a log whose writes may be kept back, null otherwise. Where a torn write can damage its neighbours
/// SQLite fills up the last sector with copies of the commit frame, and writes the last part of these after the sync.
File* database_to_gather_for(const char* log_name) {
    sqlite3_file* const database = sqlite3_database_file_object(log_name);
    const bool ours = std::any_of(of_databases.begin(), of_databases.end(),
                                  [&](const sqlite3_io_methods& each) { return database->pMethods == &each; });
    if (!ours || (characteristics(database) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) == 0) return nullptr;
    return &self(database);
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    sqlite3_vfs* const below = real_vfs(vfs);
    File* const database = (flags & SQLITE_OPEN_WAL) != 0 ? database_to_gather_for(name) : nullptr;
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0 && database == nullptr) {
        return below->xOpen(below, name, file, flags, flags_out);
    }
    File* const opened = new (file) File;
    const int code = below->xOpen(below, name, opened->real(), flags, flags_out);
    const sqlite3_io_methods* const methods = opened->real()->pMethods;
    if (code != SQLITE_OK) {
        // One that failed and has methods wants to be closed all the same.
        if (methods != nullptr) methods->xClose(opened->real());
        return code;
    }
    const auto version = static_cast<std::size_t>(std::clamp(methods->iVersion, 1, 3));
    opened->base.pMethods = &(database == nullptr ? of_databases : of_logs)[version - 1];
    if (database != nullptr) {
        opened->partner = database;
        database->partner = opened;
    }
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    return real_vfs(vfs)->xDelete(real_vfs(vfs), name, sync_directory);
}
int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
    return real_vfs(vfs)->xAccess(real_vfs(vfs), name, flags, result);
}
int full_path(sqlite3_vfs* vfs, const char* name, int size, char* path) {
    return real_vfs(vfs)->xFullPathname(real_vfs(vfs), name, size, path);
}
int randomness(sqlite3_vfs* vfs, int size, char* bytes) {
    return real_vfs(vfs)->xRandomness(real_vfs(vfs), size, bytes);
}
int sleep_for(sqlite3_vfs* vfs, int microseconds) {
    return real_vfs(vfs)->xSleep(real_vfs(vfs), microseconds);
}
int current_time(sqlite3_vfs* vfs, double* days) {
    return real_vfs(vfs)->xCurrentTime(real_vfs(vfs), days);
}
int current_time_ms(sqlite3_vfs* vfs, sqlite3_int64* milliseconds) {
    return real_vfs(vfs)->xCurrentTimeInt64(real_vfs(vfs), milliseconds);
}
int last_error(sqlite3_vfs* vfs, int size, char* text) {
    return real_vfs(vfs)->xGetLastError(real_vfs(vfs), size, text);
}

}  // namespace

GatheringVfs::GatheringVfs() : name_("tollgate-gathering-" + std::to_string(reinterpret_cast<std::uintptr_t>(this))) {
    sqlite3_vfs* const below = sqlite3_vfs_find(nullptr);
    vfs_.iVersion = below->iVersion >= 2 && below->xCurrentTimeInt64 != nullptr ? 2 : 1;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + below->szOsFile;
    vfs_.mxPathname = below->mxPathname;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = below;
    vfs_.xOpen = open_file;
    vfs_.xDelete = delete_file;
    vfs_.xAccess = access_file;
    vfs_.xFullPathname = full_path;
    vfs_.xRandomness = randomness;
    vfs_.xSleep = sleep_for;
    vfs_.xCurrentTime = current_time;
    vfs_.xGetLastError = last_error;
    vfs_.xCurrentTimeInt64 = current_time_ms;
    sqlite3_vfs_register(&vfs_, 0);
}

GatheringVfs::~GatheringVfs() {
    sqlite3_vfs_unregister(&vfs_);
}

}  // namespace tollgate::store
