// Judge: lays what the subscriber got beside what truly happened. The gateway is not asked.
#pragma once

#include "load/world/book.hpp"
#include "load/world/plan.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::load {

/// What a payment comes to for a subscriber. `unresolved`: nobody can know (declined, stolen). `withheld`: paid less
/// than expected, so nothing final. `none`: it does not exist.
enum class Outcome : std::uint8_t { succeeded, settled, failed, cancelled, unresolved, withheld, none };
inline constexpr std::size_t outcome_count = 7;
inline constexpr std::array<std::string_view, outcome_count> outcome_names{
    "succeeded", "settled", "failed", "cancelled", "unresolved", "withheld", "none"};

Outcome true_outcome(const Plan& plan) noexcept;

enum class Fault : std::uint8_t {
    missing,              ///< the true end has not come
    false_end,            ///< an end that is not true, and that nothing corrects
    repeated_end,         ///< the true end came as two events
    regression,           ///< after an end something older, or another end that corrects nothing
    out_of_order,         ///< a sequence that is not above the one before
    wrong_correction,     ///< `corrects` names no false end of that payment
    wrong_amount,         ///< a success with another sum than was paid
    missing_conflict,     ///< two sides contradicted each other, and nobody was told
    unexpected_conflict,  ///< or more often than they did
    invented,             ///< an event of a payment that does not exist
};
inline constexpr std::size_t fault_count = 10;
inline constexpr std::array<std::string_view, fault_count> fault_names{
    "missing",          "false_end",    "repeated_end",     "regression",          "out_of_order",
    "wrong_correction", "wrong_amount", "missing_conflict", "unexpected_conflict", "invented"};

struct Judgement {
    std::array<std::uint64_t, outcome_count> ledger{};     ///< payments by what is true
    std::array<std::uint64_t, outcome_count> published{};  ///< payments by what the subscriber believes
    std::array<std::uint64_t, fault_count> faults{};
    std::uint64_t corrections = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t waited_for = 0;       ///< true ends and due conflicts that have not come: a run waits for 0
    std::vector<std::string> examples;  ///< of faults, for people

    [[nodiscard]] std::uint64_t count(Fault fault) const noexcept { return faults[static_cast<std::size_t>(fault)]; }
    [[nodiscard]] bool is_clean() const noexcept;
};

Judgement judge(const std::vector<Plan>& plans, const Book& book);

}  // namespace tollgate::load
