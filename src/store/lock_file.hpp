// The store's folder and the lock that keeps a second process out of it.
#pragma once

#include <tollgate/core/result.hpp>

#include <filesystem>

namespace tollgate::store {

/// Makes the folder when it is absent, readable by its owner only, and makes sure that it survives a power cut. Errors:
/// Errc::io.
core::Result<void> make_directory(const std::filesystem::path& directory);

/// Makes `file` when it is absent, readable by its owner only: it will hold what customers are called and paid. Errors:
/// Errc::io.
core::Result<void> make_private_file(const std::filesystem::path& file);

/// Holds flock() on DIRECTORY/lock as long as it lives; the kernel lets go of it however the process ends.
class LockFile {
  public:
    /// Errors: Errc::io; when another process holds it, the message names its pid.
    static core::Result<LockFile> take(const std::filesystem::path& directory);
    ~LockFile();
    LockFile(LockFile&& other) noexcept;
    LockFile& operator=(LockFile&&) = delete;

  private:
    explicit LockFile(int file) : file_(file) {}
    int file_;
};

}  // namespace tollgate::store
