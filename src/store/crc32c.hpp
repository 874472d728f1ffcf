// CRC-32C (Castagnoli), the checksum of the spool's records: finds every burst of up to 32 bits.
#pragma once

#include <cstdint>
#include <string_view>

namespace tollgate::store {

/// As in RFC 3720 appendix B.4; `crc` is that of what comes before `bytes`, so that it can be made piece by piece.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0) noexcept;

}  // namespace tollgate::store
