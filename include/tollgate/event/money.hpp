// Money: the provider's digits and a scaled integer, never a floating-point number.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tollgate/core/result.hpp>

namespace tollgate::event {

/// Decimals of an ISO 4217 currency ("KES" 2, "UGX" 0, "TND" 3), or nothing when the code is unknown or, like gold (XAU), has
/// no minor unit. Source: ISO 4217:2015, list one, as of 2026.
std::optional<unsigned> iso_decimals(std::string_view currency) noexcept;

/// A non-negative amount. Immutable once made.
class Money {
  public:
    /// From a decimal in major units ("3000.00", "25", "0.5"). Digits as sent are kept; zeros are added up to the currency's
    /// ISO decimals. `currency` empty: unknown. A known-to-the-provider code that ISO lacks is kept, with `minor` absent.
    /// Errors: Errc::malformed for a sign, an exponent, more than 30 digits (added zeros count, so that value() can always be
    /// read back), white space, leading zeros ("007"), a bare point (".5", "5."), or a currency that is not [A-Z]{3}.
    static core::Result<Money> from_major(std::string_view digits, std::string_view currency);
    /// From an integer count of 10^-exponent units ("300000", exponent 2 -> "3000.00"). Errors as above, and
    /// Errc::invalid_argument for an exponent above 6.
    static core::Result<Money> from_scaled(std::string_view digits, unsigned exponent, std::string_view currency);

    /// Reads back what value() and currency() said, digit by digit: as from_major(), but no zeros are added. So what was kept
    /// while ISO 4217 lacked a code stays readable, and the same, once the code is there.
    static core::Result<Money> from_stored(std::string_view value, std::string_view currency);

    /// Decimal string in major units.
    [[nodiscard]] const std::string& value() const noexcept { return value_; }
    /// In ISO 4217 minor units; absent when the currency is unknown, or when the amount does not fit exactly.
    [[nodiscard]] std::optional<std::int64_t> minor() const noexcept { return minor_; }
    /// ISO 4217 code; absent when unknown.
    [[nodiscard]] const std::optional<std::string>& currency() const noexcept { return currency_; }

    /// Compares the numbers alone ("3000" equals "3000.00"); currencies are not looked at.
    [[nodiscard]] std::strong_ordering compare_value(const Money& other) const noexcept;
    /// The same number and the same currency; an unknown currency equals any.
    [[nodiscard]] bool agrees_with(const Money& other) const noexcept;
    /// False only when both currencies are known and differ.
    [[nodiscard]] bool same_currency(const Money& other) const noexcept;

    /// "KES 3000": trailing zeros cut, so that equal money has equal text; for digests.
    [[nodiscard]] std::string canonical() const;

    friend bool operator==(const Money&, const Money&) = default;

  private:
    Money() = default;
    enum class Zeros : std::uint8_t { added, as_given };
    static core::Result<Money> from_decimal(std::string_view digits, std::string_view currency, Zeros zeros);
    static core::Result<Money> make(std::string whole, std::string fraction, std::string_view currency, Zeros zeros);

    std::string value_;
    std::optional<std::int64_t> minor_;
    std::optional<std::string> currency_;
};

}  // namespace tollgate::event
