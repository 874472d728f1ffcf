// The stable name of this node among all that share a store.
#pragma once

#include <tollgate/core/result.hpp>

#include <filesystem>
#include <string>

namespace tollgate::store {

/// "HOST-16HEX": the host's name, and a number drawn once and kept in DIRECTORY/node, so that a process that starts again
/// takes over at once what the one before it held. A folder that was copied to another host makes another name. Whoever
/// calls holds the folder's lock. Errors: Errc::io.
core::Result<std::string> node_name(const std::filesystem::path& directory);

}  // namespace tollgate::store
