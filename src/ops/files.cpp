// Files: reading a small one whole, over the plain system calls, which say why they fail.
#include "files.hpp"

#include <tollgate/ops/config.hpp>

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace tollgate::ops {

core::Result<std::string> read_whole_file(const std::string& path, std::uint64_t most_bytes) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return core::Error(core::Errc::io, std::generic_category().message(errno));
    std::string bytes;
    std::array<char, 16 * 1024> buffer{};
    ssize_t count = 0;
    do {
        count = ::read(file, buffer.data(), buffer.size());
        if (count > 0) bytes.append(buffer.data(), static_cast<std::size_t>(count));
    } while ((count > 0 && bytes.size() <= most_bytes) || (count < 0 && errno == EINTR));
    const int reason = errno;
    ::close(file);
    if (count < 0) return core::Error(core::Errc::io, std::generic_category().message(reason));
    if (bytes.size() > most_bytes) {
        return core::Error(core::Errc::limit_exceeded, "larger than " + format_size(most_bytes));
    }
    return bytes;
}

}  // namespace tollgate::ops
