// NameFilter: a Bloom filter of the names of payments.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tollgate::store {

/// Says of nearly every name that was not added that it was not; never of one that was. Up to `capacity` names one of a
/// hundred others passes for known; of more, more do.
///
/// Putze, Sanders, Singler: "Cache-, Hash- and Space-Efficient Bloom Filters" (2007): all bits of a name lie in one
/// block; here it has one in each of eight words.
class NameFilter {
  public:
    /// Takes 1.5 bytes for each name.
    explicit NameFilter(std::size_t capacity);

    /// `hash`: payment_key() of its source and reference.
    void add(std::uint64_t hash) noexcept;
    [[nodiscard]] bool may_have(std::uint64_t hash) const noexcept;
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  private:
    using Block = std::array<std::uint32_t, 8>;

    [[nodiscard]] std::size_t block_of(std::uint64_t hash) const noexcept;

    std::size_t capacity_;
    std::vector<Block> blocks_;
};

}  // namespace tollgate::store
