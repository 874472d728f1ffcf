// What the files of the Unipesa provider share: names, the meaning of its callbacks, signing, asking and samples.
#pragma once

#include "unipesa_grammar.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/provider/provider.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::provider::unipesa {

inline constexpr std::string_view provider_name = "unipesa";
inline constexpr std::string_view merchant_setting = "merchant_id";
inline constexpr std::string_view currency_setting = "currency";

/// The value of a setting; empty when the source has none.
std::string_view setting_of(const SourceSettings& settings, std::string_view key) noexcept;

/// Errors: Errc::invalid_argument for a setting that is missing, unknown or wrong.
core::Result<void> check_settings(const std::vector<std::pair<std::string, std::string>>& values);

/// Of an operation_type; nothing for one that is not documented.
std::optional<event::Kind> kind_of(std::string_view operation_type);

/// What a genuine callback says. `texts`: its values as they were signed; `body`: the same as JSON, for the details;
/// `currency`: of callbacks that name none, empty when unknown. Errors: why it cannot be understood.
core::Result<std::vector<event::Candidate>> understand(const FieldTexts& texts, core::JsonValue body,
                                                       std::string_view currency);

/// StatusEntry::make and its credentials.
core::Result<std::unique_ptr<StatusApi>> make_status(StatusSettings settings);
std::span<const SettingKey> status_credentials() noexcept;

core::Result<SignedRequest> sign(const SourceSettings& settings, std::string body);
core::Result<std::string> sample(const SourceSettings& settings, std::string_view which);
std::span<const std::string_view> sample_names() noexcept;

}  // namespace tollgate::provider::unipesa
