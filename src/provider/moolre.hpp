// What the files of the Moolre provider share: where its callbacks carry the secret, what they and its status
// answers mean, and samples.
#pragma once

#include "form.hpp"
#include "secrets.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/provider/provider.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::provider::moolre {

inline constexpr std::string_view provider_name = "moolre";
inline constexpr std::string_view default_currency = "GHS";
inline constexpr std::string_view secret_member = "secret";
inline constexpr SecretName secret_name("secret");

/// Integrators see both JSON and forms, whatever the content type says; a JSON object begins with a brace, and no name
/// of a form does.
bool is_json(std::string_view body) noexcept;

/// Where a body carries its secret: beside the other fields, or among them in `data`.
struct SecretPlace {
    std::string value;  ///< decoded
    /// In the body; of JSON with the quotes.
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Looks for nothing but the secret; what else the body says is not looked at. `parser` allows duplicate keys, so that
/// they are seen. Errors: why there is not exactly one place, or not a string in it (nothing in the message is from the
/// body).
core::Result<SecretPlace> find_secret(std::string_view body, core::JsonParser& parser);

/// The body with `secret` in its place, or in a new one where it has none. Errors: Errc::invalid_argument when it has
/// several, or is neither a JSON object nor a form.
core::Result<std::string> with_secret(std::string body, std::string_view secret);

/// The body with *** for the value of every field whose name mentions the secret.
std::string masked_form(std::string_view body);

/// What a callback's body says; a form as form_json() gives it. Errors: why it cannot be understood.
core::Result<std::vector<event::Candidate>> understand(core::JsonValue body, std::string_view currency);

/// Ids are documented as strings; a merchant's own number may come back as a JSON number, whose digits are the same.
std::optional<std::string> id_field(core::JsonValue value);
/// A member of a body or of its `data`; absent when neither has it. Errors: it is there twice, and they differ.
core::Result<core::JsonValue> find_member(core::JsonValue body, std::string_view name);
/// What txstatus says, in either spelling: succeeded, pending or failed; nothing when it is absent. Errors: it is not
/// documented, or contradicts itself.
core::Result<std::optional<event::TransitionName>> status_of(core::JsonValue body);
/// `code` and `message`, as far as a body has them.
event::Reason reason_of(core::JsonValue body);

/// The account's currency, from SourceSettings::values. Errors: Errc::invalid_argument, "KEY: what would be right",
/// also for other settings.
core::Result<std::string> read_currency(const std::vector<std::pair<std::string, std::string>>& values);

/// How it is asked.
StatusEntry status_entry() noexcept;

core::Result<std::string> sample(const SourceSettings& settings, std::string_view which);
std::span<const std::string_view> sample_names() noexcept;

}  // namespace tollgate::provider::moolre
