// Histogram: percentiles of any number of durations in fixed memory.
#pragma once

#include <cstdint>
#include <vector>

namespace tollgate::load {

/// Buckets grow with the value: a percentile is at most 1/128 above the truth, and exact below 256. About 60 KB.
class Histogram {
  public:
    Histogram();

    void record(std::uint64_t value) noexcept;
    /// All values of another.
    void add(const Histogram& other) noexcept;
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
    /// The smallest recorded value that `share` (0 to 1) of all values do not exceed, rounded up within its bucket; 0
    /// when nothing was recorded.
    [[nodiscard]] std::uint64_t percentile(double share) const noexcept;

  private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace tollgate::load
