// The calls of POSIX behind SpoolDisk.
#include "spool_disk.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace tollgate::store {

namespace {

core::Error cannot(const std::string& what, int number = errno) {
    return {core::Errc::io, "the spool cannot " + what + ": " + std::generic_category().message(number)};
}

core::Result<SpoolFile> open(const std::filesystem::path& path, int flags) {
    const int number = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (number < 0) return cannot("open " + path.string());
    return SpoolFile(number);
}

}  // namespace

SpoolFile::~SpoolFile() {
    if (number_ >= 0) ::close(number_);
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

SpoolFile& SpoolFile::operator=(SpoolFile&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

core::Result<SpoolFile> SpoolDisk::create(const std::filesystem::path& path) {
    return open(path, O_RDWR | O_CREAT | O_EXCL);
}

core::Result<SpoolFile> SpoolDisk::open_to_append(const std::filesystem::path& path) {
    return open(path, O_RDWR | O_CREAT);
}

core::Result<SpoolFile> SpoolDisk::open_to_read(const std::filesystem::path& path) {
    return open(path, O_RDONLY);
}

core::Result<void> SpoolDisk::write(const SpoolFile& file, std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(file.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return cannot("write", written == 0 ? ENOSPC : errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return {};
}

core::Result<void> SpoolDisk::truncate(const SpoolFile& file, std::uint64_t size) {
    if (::ftruncate(file.number(), static_cast<off_t>(size)) != 0) return cannot("cut a file");
    return {};
}

core::Result<void> SpoolDisk::sync(const SpoolFile& file) {
    // Syncs the size as well when it has grown: without it the bytes could not be read back.
    if (::fdatasync(file.number()) != 0) return cannot("sync a file");
    return {};
}

core::Result<void> SpoolDisk::sync_directory(const std::filesystem::path& directory) {
    auto file = open(directory, O_RDONLY | O_DIRECTORY);
    if (!file) return file.error();
    if (::fsync(file->number()) != 0) return cannot("sync " + directory.string());
    return {};
}

core::Result<std::string> SpoolDisk::read(const SpoolFile& file, std::uint64_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t filled = 0;
    while (filled < size) {
        const ssize_t count =
            ::pread(file.number(), bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return cannot("read");
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    bytes.resize(filled);
    return bytes;
}

core::Result<std::uint64_t> SpoolDisk::size(const SpoolFile& file) {
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return cannot("read the size of a file");
    return static_cast<std::uint64_t>(status.st_size);
}

core::Result<void> SpoolDisk::remove(const std::filesystem::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return cannot("remove " + path.string());
    return {};
}

core::Result<void> SpoolDisk::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (std::rename(from.c_str(), to.c_str()) != 0) return cannot("rename " + from.string());
    return {};
}

}  // namespace tollgate::store
