// Putting words where a request can carry them.
#pragma once

#include <tollgate/core/result.hpp>

#include <string>
#include <string_view>

namespace tollgate::provider {

/// Whether an HTTP header can carry `text`, which is not empty, as it is (RFC 9110, section 5.5): blanks around a value
/// are not part of it.
bool fits_a_header(std::string_view text) noexcept;

/// `id` as one segment of a path: all but unreserved characters percent-encoded (RFC 3986, section 2.3). Errors:
/// Errc::invalid_argument for "", "." and "..", which lead elsewhere however they are spelt.
core::Result<std::string> path_segment(std::string_view id);

}  // namespace tollgate::provider
