// Sums: money as a provider sends it, and what it has to look like in an event, worked out without the code under test.
#pragma once

#include <tollgate/event/money.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tollgate::simulation {

/// An integer count of 10^-exponent units, as Startbutton and others send it.
struct Sum {
    std::string digits;
    unsigned exponent = 2;
    std::string currency;
};

event::Money money_of(const Sum& sum);

/// The `amount` object of an event.
struct MoneyText {
    std::string value;
    std::optional<std::int64_t> minor;
    std::string currency;

    friend bool operator==(const MoneyText&, const MoneyText&) = default;
};

MoneyText expected_text(const Sum& sum);

}  // namespace tollgate::simulation
