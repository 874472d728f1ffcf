// TruePayment: what truly becomes of one payment in the simulated world, whatever callbacks and answers say.
#pragma once

#include <tollgate/core/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::load {

/// Whose status API knows the payment.
enum class Api : std::uint8_t { startbutton, honeycoin, unipesa, moolre };
inline constexpr std::size_t api_count = 4;

/// `open`: nothing final has happened. `declined`: the customer said no to a provider that never tells (Moolre).
enum class End : std::uint8_t { open, succeeded, settled, failed, cancelled, declined };
inline constexpr std::size_t end_count = 6;

std::string_view to_string(Api api) noexcept;
std::string_view to_string(End end) noexcept;
/// By the same names.
std::optional<Api> find_api(std::string_view name) noexcept;
std::optional<End> find_end(std::string_view name) noexcept;

struct TruePayment {
    Api api = Api::startbutton;
    End end = End::open;  ///< as of now
    bool is_payout = false;
    std::string reference{};           ///< the id that every callback and question carries
    std::string merchant_reference{};  ///< empty: none
    std::string provider_reference{};  ///< empty: none
    std::string amount{};              ///< in major units with two decimals, "3000.00"; empty: nobody says
    std::string currency{};            ///< "KES"
    std::string redirect{};            ///< while open: a page that the customer has to visit; empty: none

    friend bool operator==(const TruePayment&, const TruePayment&) = default;
};

/// Whether this provider's API can ever say this of such a payment. Errors: Errc::invalid_argument, with what it can.
core::Result<void> check_end(const TruePayment& payment);
/// Digits, a point, two digits.
bool is_amount(std::string_view text) noexcept;

}  // namespace tollgate::load
