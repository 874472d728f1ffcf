// Implements the division of the descriptor limit.
#include "descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>

namespace tollgate::app {

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t affordable_connections(std::size_t wanted, ops::Log& log) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
    constexpr rlim_t reserve = 512;  // subscribers, the store, the API
    const rlim_t affordable = limit.rlim_cur - std::min(reserve, limit.rlim_cur / 2);
    if (wanted <= affordable) return wanted;
    const auto allowed = std::max<rlim_t>(affordable, 1);
    log.write(ops::Level::warning, "few_descriptors",
              {{"limit", static_cast<std::int64_t>(limit.rlim_cur)},
               {"connections_wanted", static_cast<std::int64_t>(wanted)},
               {"connections_allowed", static_cast<std::int64_t>(allowed)}});
    return allowed;
}

}  // namespace tollgate::app
