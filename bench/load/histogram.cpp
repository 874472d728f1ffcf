// Logarithmic buckets, each power of two cut into 128 equal ones.
#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

namespace tollgate::load {
namespace {

constexpr unsigned cut_bits = 7;
constexpr std::uint64_t cuts = 1U << cut_bits;
constexpr std::size_t bucket_count = (64 - cut_bits + 1) * cuts;

std::size_t bucket_of(std::uint64_t value) noexcept {
    if (value < cuts) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - cut_bits - 1;
    return cuts * shift + (value >> shift);
}

std::uint64_t last_value_of(std::size_t bucket) noexcept {
    if (bucket < 2 * cuts) return bucket;
    const std::size_t shift = bucket / cuts - 1;
    // The last bucket ends where 64 bits end: the wrap is the right answer.
    return ((bucket % cuts + cuts + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : buckets_(bucket_count) {}

void Histogram::record(std::uint64_t value) noexcept {
    ++buckets_[bucket_of(value)];
    ++count_;
    max_ = std::max(max_, value);
}

void Histogram::add(const Histogram& other) noexcept {
    std::ranges::transform(buckets_, other.buckets_, buckets_.begin(), std::plus());
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
}

std::uint64_t Histogram::percentile(double share) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen > 0 && seen >= wanted) return std::min(last_value_of(bucket), max_);
    }
    return max_;
}

}  // namespace tollgate::load
