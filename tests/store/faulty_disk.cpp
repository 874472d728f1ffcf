// A VFS that passes everything on to the real one, but for the writes and syncs that are to fail.
#include "store/faulty_disk.hpp"

#include <cstddef>
#include <new>

namespace tollgate::test {

namespace {

/// SQLite allocates this and, right behind it, the real VFS's own file.
struct File {
    sqlite3_file base{};
    FaultyDisk* disk = nullptr;
    bool is_log = false;

    [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
static_assert(sizeof(File) % alignof(std::max_align_t) == 0 || sizeof(File) % alignof(void*) == 0);

File& self(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return self(file).real();
}

int close_file(sqlite3_file* file) {
    return real(file)->pMethods->xClose(real(file));
}
int read_file(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), data, size, offset);
}
int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    const auto wanted = static_cast<std::size_t>(size);
    const std::size_t room = self(file).disk->room_for(self(file).is_log, wanted);
    if (room == 0) return SQLITE_FULL;
    const int code = real(file)->pMethods->xWrite(real(file), data, static_cast<int>(room), offset);
    return code == SQLITE_OK && room < wanted ? SQLITE_FULL : code;
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return real(file)->pMethods->xTruncate(real(file), size);
}
int sync_file(sqlite3_file* file, int flags) {
    if (!self(file).disk->may_sync(self(file).is_log)) return SQLITE_IOERR_FSYNC;
    return real(file)->pMethods->xSync(real(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
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
    const int all = real(file)->pMethods->xDeviceCharacteristics(real(file));
    return self(file).disk->tears_sectors() ? all & ~SQLITE_IOCAP_POWERSAFE_OVERWRITE : all;
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
    real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

constexpr sqlite3_io_methods methods{2,           close_file,  read_file,       write_file,  truncate_file,
                                     sync_file,   file_size,   lock_file,       unlock_file, check_reserved,
                                     control,     sector_size, characteristics, shm_map,     shm_lock,
                                     shm_barrier, shm_unmap,   nullptr,         nullptr};

constexpr sqlite3_io_methods methods_without_log = [] {
    sqlite3_io_methods methods_of_first_version = methods;
    methods_of_first_version.iVersion = 1;
    return methods_of_first_version;
}();

/// The real VFS: its functions find their own data by the pointer that they are given.
sqlite3_vfs* real_vfs = nullptr;

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    File* const wrapper = new (file) File;
    wrapper->disk = static_cast<FaultyDisk*>(vfs->pAppData);
    wrapper->is_log = (flags & SQLITE_OPEN_WAL) != 0;
    const int code = real_vfs->xOpen(real_vfs, name, wrapper->real(), flags, flags_out);
    if (code == SQLITE_OK) wrapper->base.pMethods = wrapper->disk->without_log() ? &methods_without_log : &methods;
    return code;
}

}  // namespace

FaultyDisk::FaultyDisk() : real_(sqlite3_vfs_find(nullptr)) {
    real_vfs = real_;
    // The unix VFS uses nothing of the structure but what is copied here.
    vfs_ = *real_;
    vfs_.pNext = nullptr;
    vfs_.zName = "tollgate-faulty";
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = open_file;
    sqlite3_vfs_register(&vfs_, 1);
}

FaultyDisk::~FaultyDisk() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
}

}  // namespace tollgate::test
