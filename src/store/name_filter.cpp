// NameFilter: which bits a hash has.
#include "name_filter.hpp"

namespace tollgate::store {

namespace {

constexpr std::size_t bits_per_name = 12;
constexpr std::size_t word_bits = 32;

/// Odd numbers, each of which makes other five bits of the low half of a hash, one for each word of a block.
constexpr std::array<std::uint32_t, 8> factors{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
                                               0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};

std::uint32_t bit_of(std::uint64_t hash, std::uint32_t factor) noexcept {
    return std::uint32_t{1} << (static_cast<std::uint32_t>(hash) * factor >> 27);
}

}  // namespace

NameFilter::NameFilter(std::size_t capacity)
    : capacity_(capacity), blocks_(capacity * bits_per_name / (factors.size() * word_bits) + 1) {}

/// By the high half, which says nothing about the low one.
std::size_t NameFilter::block_of(std::uint64_t hash) const noexcept {
    return static_cast<std::size_t>((hash >> 32) * blocks_.size() >> 32);
}

void NameFilter::add(std::uint64_t hash) noexcept {
    Block& block = blocks_[block_of(hash)];
    for (std::size_t word = 0; word < block.size(); ++word) block[word] |= bit_of(hash, factors[word]);
}

bool NameFilter::may_have(std::uint64_t hash) const noexcept {
    const Block& block = blocks_[block_of(hash)];
    std::uint32_t missing = 0;
    for (std::size_t word = 0; word < block.size(); ++word) missing |= bit_of(hash, factors[word]) & ~block[word];
    return missing == 0;
}

}  // namespace tollgate::store
