// References as hex, most significant digit first.
#include "references.hpp"

#include <tollgate/core/crypto.hpp>

#include <array>

namespace tollgate::load {

std::string References::make(std::uint32_t payment) const {
    const std::uint64_t number = std::uint64_t{run_} << 32 | payment;
    std::array<std::uint8_t, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
    return core::to_hex(bytes);
}

std::optional<std::uint32_t> References::parse(std::string_view reference) const noexcept {
    std::array<std::uint8_t, 8> bytes{};
    if (!core::from_lower_hex(reference, bytes)) return std::nullopt;
    std::uint64_t number = 0;
    for (const std::uint8_t byte : bytes) number = number << 8 | byte;
    if (number >> 32 != run_) return std::nullopt;
    return static_cast<std::uint32_t>(number);
}

}  // namespace tollgate::load
