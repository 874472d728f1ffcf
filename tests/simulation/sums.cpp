// Sums: string arithmetic on digits, and nothing else.
#include "simulation/sums.hpp"

#include <array>
#include <stdexcept>
#include <string_view>

namespace tollgate::simulation {

namespace {

/// ISO 4217's decimals of the currencies that the simulator uses; XTS is ISO's code for tests: unknown to anybody.
std::optional<std::size_t> decimals_of(std::string_view currency) {
    if (currency == "KES" || currency == "GHS") return 2;
    if (currency == "UGX") return 0;
    if (currency == "TND") return 3;
    return std::nullopt;
}

}  // namespace

event::Money money_of(const Sum& sum) {
    const auto money = event::Money::from_scaled(sum.digits, sum.exponent, sum.currency);
    if (!money) throw std::logic_error("the simulator made up money that is none: " + sum.digits);
    return *money;
}

MoneyText expected_text(const Sum& sum) {
    std::string digits = sum.digits;
    while (digits.size() <= sum.exponent) digits.insert(0, 1, '0');
    const std::string whole = digits.substr(0, digits.size() - sum.exponent);
    std::string fraction = digits.substr(digits.size() - sum.exponent);

    MoneyText text;
    text.currency = sum.currency;
    const auto decimals = decimals_of(sum.currency);
    while (decimals && fraction.size() < *decimals) fraction += '0';
    text.value = fraction.empty() ? whole : whole + "." + fraction;
    // More decimals than the currency has fit only when they are zeros.
    if (decimals && fraction.find_first_not_of('0', *decimals) == std::string::npos)
        text.minor = std::stoll(whole + fraction.substr(0, *decimals));
    return text;
}

}  // namespace tollgate::simulation
