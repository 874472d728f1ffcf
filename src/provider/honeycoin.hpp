// What the files of the HoneyCoin provider share: names, the meaning of its words, asking for a status, and samples.
#pragma once

#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/provider/provider.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::provider::honeycoin {

inline constexpr std::string_view provider_name = "honeycoin";

/// What a callback's body says. Errors: why it cannot be understood.
core::Result<std::vector<event::Candidate>> understand(core::JsonValue body);

/// What callbacks and status answers have in common. Words in any case: the status API writes some in capitals. Nothing
/// for a word that no document knows.
std::optional<event::Kind> kind_of(core::JsonValue type);
std::optional<event::TransitionName> transition_of(core::JsonValue status);

/// The step that a pending transaction waits for; nothing when it only waits. `taken`: members of `data` that became
/// facts. Errors: Errc::malformed for a step that is not documented, or one that nobody could take.
core::Result<std::optional<event::Action>> step_of(core::JsonValue data, std::vector<std::string_view>& taken);

/// References but the transaction's own, method, and why it failed.
void read_facts(core::JsonValue data, event::TransitionName transition, event::Facts& facts,
                std::vector<std::string_view>& taken);

/// StatusEntry::make and its credentials.
core::Result<std::unique_ptr<StatusApi>> make_status(StatusSettings settings);
std::span<const SettingKey> status_credentials() noexcept;

core::Result<std::string> sample(const SourceSettings& settings, std::string_view which);
std::span<const std::string_view> sample_names() noexcept;

}  // namespace tollgate::provider::honeycoin
