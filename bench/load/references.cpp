// References as hex, most significant digit first.
#include "references.hpp"

#include <tollgate/core/crypto.hpp>

#include <array>

namespace tollgate::load {
namespace {

/// 2^32 over the golden ratio, which is odd: so multiplication by it, modulo 2^32, can be undone.
constexpr std::uint32_t factor = 0x9e3779b1U;

/// What undoes the multiplication by an odd number; each step doubles the low bits that are right, and 3 are at first.
constexpr std::uint32_t inverse_of(std::uint32_t odd) noexcept {
    std::uint32_t inverse = odd;
    for (int right_bits = 3; right_bits < 32; right_bits *= 2) inverse *= 2 - odd * inverse;
    return inverse;
}
static_assert(factor * inverse_of(factor) == 1);

/// A product's high digits depend on all of the number, its low ones on little: turned around, they take part as well.
constexpr std::uint32_t scattered(std::uint32_t number) noexcept {
    return __builtin_bswap32(number * factor) * factor;
}
constexpr std::uint32_t gathered(std::uint32_t number) noexcept {
    return __builtin_bswap32(number * inverse_of(factor)) * inverse_of(factor);
}

}  // namespace

std::string References::make(std::uint32_t payment) const {
    const std::uint64_t number = std::uint64_t{scattered(payment)} << 32 | run_;
    std::array<std::uint8_t, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
    return core::to_hex(bytes);
}

std::optional<std::uint32_t> References::parse(std::string_view reference) const noexcept {
    std::array<std::uint8_t, 8> bytes{};
    if (!core::from_lower_hex(reference, bytes)) return std::nullopt;
    std::uint64_t number = 0;
    for (const std::uint8_t byte : bytes) number = number << 8 | byte;
    if (static_cast<std::uint32_t>(number) != run_) return std::nullopt;
    return gathered(static_cast<std::uint32_t>(number >> 32));
}

}  // namespace tollgate::load
