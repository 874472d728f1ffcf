// Descriptors: every connection is one, and the process may have only so many.
#pragma once

#include <tollgate/ops/log.hpp>

#include <cstddef>

namespace tollgate::app {

/// Lifts the soft limit to the hard one: the usual soft limit is a tenth of the connections that the defaults allow.
void raise_descriptor_limit();

/// How many connections peers may have when `wanted` (at least 1) are configured: the process's limit, less what the
/// store, the API and the deliveries need, so that a flood of connections leaves those alone. Logs when that is fewer
/// than `wanted`.
std::size_t affordable_connections(std::size_t wanted, ops::Log& log);

}  // namespace tollgate::app
