// Eight bytes a step by tables ("slicing by 8"): fast enough for a disk, and the same on every machine.
#include "crc32c.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace tollgate::store {

namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // 0x1edc6f41, bits reversed
using Table = std::array<std::uint32_t, 256>;

constexpr std::array<Table, 8> make_tables() {
    std::array<Table, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
        tables[0][byte] = crc;
    }
    for (std::size_t step = 1; step < 8; ++step) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[step - 1][byte];
            tables[step][byte] = (before >> 8) ^ tables[0][before & 0xff];
        }
    }
    return tables;
}

constexpr std::array<Table, 8> tables = make_tables();

std::uint32_t one_byte(std::uint32_t crc, char byte) noexcept {
    return (crc >> 8) ^ tables[0][(crc ^ static_cast<std::uint8_t>(byte)) & 0xff];
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) noexcept {
    crc = ~crc;
    if constexpr (std::endian::native == std::endian::little) {
        for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
            std::uint64_t eight = 0;
            std::memcpy(&eight, bytes.data(), 8);
            eight ^= crc;
            crc = 0;
            for (std::size_t byte = 0; byte < 8; ++byte) crc ^= tables[7 - byte][(eight >> (8 * byte)) & 0xff];
        }
    }
    for (const char byte : bytes) crc = one_byte(crc, byte);
    return ~crc;
}

}  // namespace tollgate::store
