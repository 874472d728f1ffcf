// The tables behind is_public: RFC 6890 and the IANA special-purpose address registries.
#include "address_policy.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace tollgate::net {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

struct Range4 {
    std::uint32_t network;
    unsigned bits;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array not_public_v4{
    Range4{v4(0, 0, 0, 0), 8},        // "this network"
    Range4{v4(10, 0, 0, 0), 8},       // private
    Range4{v4(100, 64, 0, 0), 10},    // shared address space (CGNAT)
    Range4{v4(127, 0, 0, 0), 8},      // loopback
    Range4{v4(169, 254, 0, 0), 16},   // link-local, cloud metadata
    Range4{v4(172, 16, 0, 0), 12},    // private
    Range4{v4(192, 0, 0, 0), 24},     // protocol assignments
    Range4{v4(192, 0, 2, 0), 24},     // documentation
    Range4{v4(192, 88, 99, 0), 24},   // 6to4 relays, withdrawn
    Range4{v4(192, 168, 0, 0), 16},   // private
    Range4{v4(198, 18, 0, 0), 15},    // benchmarking
    Range4{v4(198, 51, 100, 0), 24},  // documentation
    Range4{v4(203, 0, 113, 0), 24},   // documentation
    Range4{v4(224, 0, 0, 0), 4},      // multicast
    Range4{v4(240, 0, 0, 0), 4},      // reserved, broadcast
};

bool is_public_v4(std::uint32_t address) {
    return std::none_of(not_public_v4.begin(), not_public_v4.end(),
                        [address](const Range4& range) { return (address ^ range.network) >> (32 - range.bits) == 0; });
}

using Bytes = address_v6::bytes_type;

std::uint32_t embedded_v4(const Bytes& bytes, std::size_t at) {
    return v4(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

/// `prefix` in whole 16-bit groups, as addresses are written.
template <std::size_t Groups>
bool starts_with(const Bytes& bytes, const std::array<unsigned, Groups>& prefix) {
    for (std::size_t i = 0; i < Groups; ++i) {
        if ((static_cast<unsigned>(bytes[2 * i]) << 8 | bytes[2 * i + 1]) != prefix[i]) return false;
    }
    return true;
}

constexpr std::array<unsigned, 6> mapped{0, 0, 0, 0, 0, 0xffff};
constexpr std::array<unsigned, 6> nat64{0x64, 0xff9b, 0, 0, 0, 0};
constexpr std::array<unsigned, 1> six_to_four{0x2002};
constexpr std::array<unsigned, 2> documentation{0x2001, 0xdb8};

bool is_public_v6(const Bytes& bytes) {
    if (starts_with(bytes, mapped) || starts_with(bytes, nat64)) return is_public_v4(embedded_v4(bytes, 12));
    // Only 2000::/3 is handed out as global unicast: everything outside it (loopback, fc00::/7, fe80::/10, ff00::/8,
    // ...) is not.
    if (bytes[0] >> 5 != 1) return false;
    if (starts_with(bytes, six_to_four)) return is_public_v4(embedded_v4(bytes, 2));
    if (starts_with(bytes, documentation)) return false;
    // 2001::/23, protocol assignments: Teredo, ORCHID, benchmarking.
    if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] <= 0x01) return false;
    // 3fff::/20, documentation (RFC 9637).
    return !(bytes[0] == 0x3f && bytes[1] == 0xff && bytes[2] <= 0x0f);
}

}  // namespace

bool is_public(const address& address) noexcept {
    return address.is_v4() ? is_public_v4(address.to_v4().to_uint()) : is_public_v6(address.to_v6().to_bytes());
}

}  // namespace tollgate::net
