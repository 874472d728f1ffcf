// SpoolDisk: what the spool asks of the file system, in one place, so that tests can make it fail.
#pragma once

#include <tollgate/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// An open file; closed with its owner.
class SpoolFile {
  public:
    SpoolFile() = default;
    explicit SpoolFile(int number) : number_(number) {}
    ~SpoolFile();
    SpoolFile(SpoolFile&& other) noexcept;
    SpoolFile& operator=(SpoolFile&& other) noexcept;
    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

  private:
    int number_ = -1;
};

/// The real disk. Safe to call from every thread; every error is Errc::io.
class SpoolDisk {
  public:
    virtual ~SpoolDisk() = default;

    /// A file that must not exist yet, readable by its owner only.
    virtual core::Result<SpoolFile> create(const std::filesystem::path& path);
    /// Of an existing file or a new one.
    virtual core::Result<SpoolFile> open_to_append(const std::filesystem::path& path);
    virtual core::Result<SpoolFile> open_to_read(const std::filesystem::path& path);
    /// All of `bytes`, or an error; then some of them may be there.
    virtual core::Result<void> write(const SpoolFile& file, std::uint64_t offset, std::string_view bytes);
    virtual core::Result<void> truncate(const SpoolFile& file, std::uint64_t size);
    virtual core::Result<void> sync(const SpoolFile& file);
    virtual core::Result<void> sync_directory(const std::filesystem::path& directory);
    /// Up to `size` bytes; fewer at the end of the file.
    virtual core::Result<std::string> read(const SpoolFile& file, std::uint64_t offset, std::size_t size);
    virtual core::Result<std::uint64_t> size(const SpoolFile& file);
    virtual core::Result<void> remove(const std::filesystem::path& path);
    /// Replaces what is there.
    virtual core::Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to);
};

}  // namespace tollgate::store
