// The credentials that a status API is asked with.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/provider/provider.hpp>

#include <span>
#include <string_view>

namespace tollgate::provider {

/// Whether StatusSettings::credentials are exactly `keys`, each a value that can go into a header. Errors: Errc::invalid_argument, "KEY: what would be right", without any value.
core::Result<void> check_credentials(const StatusSettings& settings, std::span<const SettingKey> keys,
                                     std::string_view provider);

/// The value of one that has been checked. A view into `settings`.
std::string_view credential(const StatusSettings& settings, std::string_view key) noexcept;

}  // namespace tollgate::provider
