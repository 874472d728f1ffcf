// Checking a source's settings: what every provider wants of its secrets, and how a complaint is worded.
#pragma once

#include <tollgate/provider/provider.hpp>

#include <string>
#include <string_view>

namespace tollgate::provider {

/// Of a setting; `message` is "KEY: what would be right".
core::Error wrong_setting(std::string message);

/// Errors: Errc::invalid_argument for secrets that are missing or empty.
core::Result<void> check_secrets(const SourceSettings& settings, std::string_view provider);
/// What a sample is signed with. Errors: Errc::invalid_argument without one.
core::Result<std::string_view> first_secret(const SourceSettings& settings, std::string_view provider);

/// Three capital letters.
bool is_currency_code(std::string_view text) noexcept;

}  // namespace tollgate::provider
