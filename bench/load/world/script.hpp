// Script: what merchant and provider do about one payment, one step after the other.
#pragma once

#include "load/world/plan.hpp"

#include <chrono>
#include <string_view>
#include <vector>

namespace tollgate::load {

enum class Deed : std::uint8_t {
    registers,      ///< the merchant tells the gateway what it expects
    ends,           ///< from now on the provider knows the end
    callback,       ///< the provider sends `sample`, again until it is acknowledged
    awaits_a_lie,   ///< the provider's callback waits until its status API has been asked, and has lied
};

struct ScriptStep {
    Deed deed = Deed::callback;
    std::chrono::milliseconds pause{0};  ///< before it, after the step before was done
    std::string_view sample{};           ///< of a callback: the name of the provider's sample
    bool forged = false;                 ///< signed with another secret; only 401 is right
};

std::vector<ScriptStep> script_of(const Plan& plan);

/// The sum that the merchant registers, in major units.
std::string_view expected_amount(const Plan& plan);

}  // namespace tollgate::load
