// One line of a file of true payments: "startbutton 610ae86889ee succeeded amount=3000.00 currency=KES".
#pragma once

#include "load/world/payment.hpp"
#include "load/world/trouble.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::load {

struct TruthLine {
    TruePayment payment;
    Trouble trouble = Trouble::none;
    std::uint32_t times = 0;
};

/// "PROVIDER REFERENCE END [KEY=VALUE...]" with the keys amount and currency, kind (payment, payout), merchant and id
/// (its other references), redirect, answer (a trouble) and times (for how many questions; without it for ever). Nothing
/// for an empty line and one that begins with '#'. Errors: Errc::malformed: what is wrong; what would be right.
core::Result<std::optional<TruthLine>> read_truth_line(std::string_view line);

}  // namespace tollgate::load
