// flock() on DIRECTORY/lock; the holder's pid stands in the file.
#include "lock_file.hpp"

#include <sys/file.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace tollgate::store {

namespace {

core::Error io_error(std::string what, int number) {
    return {core::Errc::io, std::move(what) + ": " + std::generic_category().message(number)};
}

/// A new name in a folder is durable only after the folder itself is synced.
core::Result<void> sync_directory(const std::filesystem::path& directory) {
    const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return io_error("cannot open " + directory.string(), errno);
    const int failed = ::fsync(file) == 0 ? 0 : errno;
    ::close(file);
    if (failed != 0) return io_error("cannot sync " + directory.string(), failed);
    return {};
}

std::string holder_of(int file) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(file, text.data(), text.size(), 0);
    std::string pid;
    for (ssize_t i = 0;
         i < size && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9'; ++i) {
        pid += text[static_cast<std::size_t>(i)];
    }
    return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

core::Result<void> make_directory(const std::filesystem::path& directory) {
    std::filesystem::path path = std::filesystem::absolute(directory).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    std::error_code failed;
    std::filesystem::path existing = path;
    while (!std::filesystem::exists(existing, failed) && existing.has_relative_path())
        existing = existing.parent_path();
    const bool made = std::filesystem::create_directories(path, failed);
    if (failed) return core::Error(core::Errc::io, "cannot make " + directory.string() + ": " + failed.message());
    if (!made) return {};
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, failed);
    if (failed) return core::Error(core::Errc::io, "cannot protect " + directory.string() + ": " + failed.message());
    while (path != existing) {
        path = path.parent_path();
        if (auto synced = sync_directory(path); !synced) return synced;
    }
    return {};
}

core::Result<void> make_private_file(const std::filesystem::path& file) {
    const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (made < 0) return io_error("cannot open " + file.string(), errno);
    ::close(made);
    return {};
}

core::Result<LockFile> LockFile::take(const std::filesystem::path& directory) {
    const std::filesystem::path path = directory / "lock";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return io_error("cannot open " + path.string(), errno);
    LockFile lock(file);
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return io_error("cannot lock " + path.string(), errno);
        return core::Error(core::Errc::io, "the store in " + directory.string() + " is in use by " + holder_of(file) +
                                               "; one process at a time");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        return io_error("cannot write " + path.string(), errno);
    }
    return lock;
}

LockFile::LockFile(LockFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

LockFile::~LockFile() {
    if (file_ >= 0) ::close(file_);
}

}  // namespace tollgate::store
