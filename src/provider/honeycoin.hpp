// What the files of the HoneyCoin provider share: names, the meaning of its callbacks, and samples.
#pragma once

#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/provider/provider.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::provider::honeycoin {

inline constexpr std::string_view provider_name = "honeycoin";

/// What a callback's body says. Errors: why it cannot be understood.
core::Result<std::vector<event::Candidate>> understand(core::JsonValue body);

core::Result<std::string> sample(const SourceSettings& settings, std::string_view which);
std::span<const std::string_view> sample_names() noexcept;

}  // namespace tollgate::provider::honeycoin
