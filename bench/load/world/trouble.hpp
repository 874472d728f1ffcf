// Trouble: the ways in which a status API can be bad, each for the first questions about a payment.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::load {

enum class Trouble : std::uint8_t {
    none,
    late,           ///< the true answer, after StatusOptions::late_by
    silent,         ///< no answer at all
    contradictory,  ///< the opposite of the truth, once there is an end
    failing,        ///< HTTP 500
    limiting,       ///< HTTP 429 with Retry-After
    not_found,      ///< as if nobody had ever heard of it
    token_expired,  ///< honeycoin: the token is over before its time; 401
    other_payment,  ///< the answer about somebody else's payment
    garbage,        ///< HTTP 200 with a page that is not JSON
};
inline constexpr std::size_t trouble_count = 10;

/// By how people type them: "late", "not_found".
inline constexpr std::array<std::string_view, trouble_count> trouble_names{
    "none",     "late",      "silent",        "contradictory", "failing",
    "limiting", "not_found", "token_expired", "other_payment", "garbage"};

constexpr std::string_view to_string(Trouble trouble) noexcept {
    return trouble_names[static_cast<std::size_t>(trouble)];
}

constexpr std::optional<Trouble> find_trouble(std::string_view name) noexcept {
    for (std::size_t index = 0; index < trouble_count; ++index)
        if (trouble_names[index] == name) return static_cast<Trouble>(index);
    return std::nullopt;
}

}  // namespace tollgate::load
