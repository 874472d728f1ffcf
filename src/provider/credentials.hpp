// What all status APIs do with their credentials: checking them, and keeping them out of what the provider says.
#pragma once

#include "shared_secrets.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/provider/provider.hpp>

#include <span>
#include <string_view>

namespace tollgate::provider {

/// Whether StatusSettings::credentials are exactly `keys`, each a value that can go into a header (printable ASCII
/// without blanks). Errors: Errc::invalid_argument, "KEY: what would be right", without any value.
core::Result<void> check_credentials(const StatusSettings& settings, std::span<const SettingKey> keys,
                                     std::string_view provider);

/// The value of one that has been checked. A view into `settings`.
std::string_view credential(const StatusSettings& settings, std::string_view key) noexcept;

/// An answer's body, parsed when none of the secrets are in it any more: a provider may well repeat what it was sent.
/// The value lives until the parser's next parse(). Errors: as those of JsonParser::parse(), and Errc::malformed when
/// it is no object; nothing in the message is from the body.
core::Result<core::JsonValue> parse_answer(core::JsonParser& parser, const SharedSecrets& secrets,
                                           std::string_view body);

}  // namespace tollgate::provider
