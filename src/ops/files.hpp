// Files: reading a small one whole.
#pragma once

#include <tollgate/core/result.hpp>

#include <cstdint>
#include <string>

namespace tollgate::ops {

/// Its bytes. Errors: Errc::io (what the system says), Errc::limit_exceeded; the message names neither the file nor its
/// content.
core::Result<std::string> read_whole_file(const std::string& path, std::uint64_t most_bytes);

}  // namespace tollgate::ops
