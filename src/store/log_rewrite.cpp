// Reads a piece, writes the same piece, and syncs once at the end.
#include "log_rewrite.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace tollgate::store {

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20;

class File {
  public:
    explicit File(const std::filesystem::path& path) : number_(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {}
    ~File() {
        if (number_ >= 0) ::close(number_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int number() const noexcept { return number_; }

  private:
    int number_;
};

core::Error failed_to(const char* what, const std::filesystem::path& path) {
    const std::string why = std::generic_category().message(errno);
    return {core::Errc::io, std::string("cannot ") + what + " " + path.string() + ": " + why};
}

}  // namespace

core::Result<void> rewrite_log(const std::filesystem::path& database) {
    const std::filesystem::path path = database.string() + "-wal";
    const File file(path);
    if (file.number() < 0) {
        if (errno == ENOENT) return {};
        return failed_to("open", path);
    }
    std::vector<char> piece(piece_size);
    off_t offset = 0;
    for (;;) {
        const ssize_t size = ::pread(file.number(), piece.data(), piece.size(), offset);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return failed_to("read", path);
        if (size == 0) break;
        const ssize_t written = ::pwrite(file.number(), piece.data(), static_cast<std::size_t>(size), offset);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return failed_to("write", path);
        // Of a short write the rest comes with the next piece.
        offset += written;
    }
    if (::fsync(file.number()) != 0) return failed_to("sync", path);
    return {};
}

}  // namespace tollgate::store
