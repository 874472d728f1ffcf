// What every provider's samples are made of: fresh references, times, and names that are looked up.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/result.hpp>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::provider {

/// 2 * `size` random hex digits; `size` is at most 64.
std::string random_hex(std::size_t size);
/// Twelve of them: enough that no two samples ever meet.
std::string fresh_reference();
/// RFC 3339, milliseconds, so long before now.
std::string time_before(std::chrono::seconds ago);

/// The one of `names` that is called `which`; the first when `which` is empty. Errors: Errc::not_found, with all names.
core::Result<std::string_view> find_sample(std::string_view provider, std::span<const std::string_view> names,
                                           std::string_view which);

}  // namespace tollgate::provider
