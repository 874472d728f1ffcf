// What the files of the Startbutton provider share: names, the meaning of its callbacks and status answers,
// signing and samples.
#pragma once

#include "secrets.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/provider/provider.hpp>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::provider::startbutton {

inline constexpr std::string_view provider_name = "startbutton";
/// A success whose settlement has not come within this time is asked about.
inline constexpr std::string_view settlement_setting = "expect_settlement";
inline constexpr std::string_view signature_header = "x-startbutton-signature";
/// A token that charges the customer's card again: a secret. Documented as authorizationCode; for secrets.hpp.
inline constexpr std::string_view secret_member = "authorizationCode";
inline constexpr SecretName secret_name("authorizationcode");

/// Decimals of Startbutton's fractional units: 2 whatever ISO 4217 says (UGX 300000 is 3000 shillings), unless
/// overridden.
class Exponents {
  public:
    /// Errors: Errc::invalid_argument, when the currency is not a code or the exponent not 0 to 6.
    core::Result<void> set(std::string_view currency, std::string_view exponent);
    [[nodiscard]] unsigned of(std::string_view currency) const noexcept;
    /// Whether currencies differ, so that digits without a currency could be any number.
    [[nodiscard]] bool differ() const noexcept { return !overrides_.empty(); }

  private:
    std::vector<std::pair<std::string, unsigned>> overrides_;
};

/// From SourceSettings::values. Errors: Errc::invalid_argument, "KEY: what would be right", also for other settings.
core::Result<Exponents> read_exponents(const std::vector<std::pair<std::string, std::string>>& values);

/// What a callback's body says. Errors: why it cannot be understood.
core::Result<std::vector<event::Candidate>> understand(core::JsonValue body, const Exponents& exponents);

/// What a status answer says of a transaction of this kind, whose status was read as `transition`; settled stands for
/// succeeded and settled. Errors: why it cannot be understood.
core::Result<std::vector<event::Candidate>> understand_status(core::JsonValue body, event::Kind kind,
                                                              event::TransitionName transition,
                                                              const Exponents& exponents);

/// How it is asked.
StatusEntry status_entry() noexcept;

core::Result<SignedRequest> sign(const SourceSettings& settings, std::string body);
core::Result<std::string> sample(const SourceSettings& settings, std::string_view which);
std::span<const std::string_view> sample_names() noexcept;

}  // namespace tollgate::provider::startbutton
