// What all status APIs do before they ask: checking credentials, and putting ids where they may stand.
#pragma once

#include <tollgate/provider/provider.hpp>

#include <span>
#include <string>
#include <string_view>

namespace tollgate::provider {

/// Errors: Errc::invalid_argument for a credential that is missing, empty or none of `known`.
core::Result<void> check_credentials(const StatusSettings& settings, std::span<const SettingKey> known,
                                     std::string_view provider);

/// The value of a credential; empty when there is none.
std::string_view credential_of(const StatusSettings& settings, std::string_view name) noexcept;

/// Whether an HTTP header can carry `text`, which is not empty, as it is (RFC 9110, section 5.5): blanks around a value
/// are not part of it.
bool fits_a_header(std::string_view text) noexcept;

/// `id` as one segment of a path: all but unreserved characters percent-encoded (RFC 3986, section 2.3). Errors:
/// Errc::invalid_argument for "", "." and "..", which lead elsewhere however they are spelt.
core::Result<std::string> path_segment(std::string_view id);

}  // namespace tollgate::provider
