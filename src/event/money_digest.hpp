// Comparing sums of which only the digest was kept (money_digest() says how it is made).
#pragma once

#include <cstdint>

namespace tollgate::event {

inline constexpr unsigned currency_bit_count = 15;
inline constexpr std::uint64_t currency_mask = (std::uint64_t{1} << currency_bit_count) - 1;

/// Both digests are of money, not 0.
bool same_number(std::uint64_t a, std::uint64_t b) noexcept;
/// False only when both currencies are known and differ.
bool same_currency(std::uint64_t a, std::uint64_t b) noexcept;

}  // namespace tollgate::event
