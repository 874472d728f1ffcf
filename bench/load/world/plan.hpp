// Plan: what happens with each payment of a rehearsal: how it ends, how its callbacks come, what its status API does.
#pragma once

#include "load/references.hpp"
#include "load/world/payment.hpp"
#include "load/world/trouble.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tollgate::load {

/// How the callbacks of a payment come.
enum class Habit : std::uint8_t {
    good,          ///< once, the right one
    never,         ///< not at all
    repeated,      ///< five times
    out_of_order,  ///< the end first, the start after it
    contradictory, ///< a second one says the opposite
    forged,        ///< of a payment that does not exist, signed with another secret
    stolen,        ///< the same with the true secret, where the secret is all that proves it (honeycoin, moolre)
};
inline constexpr std::size_t habit_count = 7;
inline constexpr std::array<std::string_view, habit_count> habit_names{
    "good", "never", "repeated", "out_of_order", "contradictory", "forged", "stolen"};

/// What the merchant expects of the sum.
enum class Expected : std::uint8_t { right, more, less };

struct Plan {
    TruePayment payment;  ///< as it ends
    Habit habit = Habit::good;
    Trouble trouble = Trouble::none;
    Expected expected = Expected::right;
    bool lies_first = false;  ///< of contradictory callbacks the wrong one comes first
    bool starts = false;      ///< a callback of its start comes before the others

    /// Whether the payment exists at all, for the merchant and for the provider.
    [[nodiscard]] bool is_true() const noexcept { return habit != Habit::forged && habit != Habit::stolen; }
};

struct PlanOptions {
    std::uint32_t count = 1'000;
    std::uint64_t seed = 1;
    std::vector<Api> apis;                             ///< never empty; payments take turns
    std::array<double, habit_count> habits{};          ///< shares of all payments; `good` is what is left
    std::array<double, trouble_count> troubles{};      ///< the same of the status APIs; `none` is what is left
    double wrong_amount = 0;                           ///< share that is expected with another sum
    double not_succeeded = 0.2;                        ///< share that fails, is cancelled or declined
};

/// Exactly the shares, rounded, as far as payments fit: not every provider can do everything. The same options and seed
/// give the same plans. Errors: Errc::invalid_argument when the shares of one kind are more than 1.
core::Result<std::vector<Plan>> make_plans(const PlanOptions& options, References references);

}  // namespace tollgate::load
