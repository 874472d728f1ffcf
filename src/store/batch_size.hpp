// BatchSize: how much is handed to a store at once, so that it passes within the time there is for it.
#pragma once

#include <tollgate/event/event.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>

namespace tollgate::store {

/// Pure: no clock in here. Counts bytes, about as many as a candidate takes on its way: a slow line carries bytes, and
/// callbacks differ in size by a factor of a hundred; a store that is slow for each candidate shows in the time alike.
///
/// Multiplicative both ways, with a dead band that keeps it from swinging. What is lost cuts the limit to a quarter of
/// what was tried, a slow answer (more than half of the time there is) to its half; a quick one (less than a quarter)
/// doubles it, when at least half of the limit was used: what took a quarter then takes a half, and stays.
class BatchSize {
  public:
    using Duration = std::chrono::nanoseconds;

    /// Of the limit, in bytes. Below the least there is nothing to be won; beyond the most are no batches.
    static constexpr std::size_t least = 4 << 10;
    static constexpr std::size_t most = 8 << 20;

    /// `time`: within which a batch must be answered.
    explicit BatchSize(Duration time) noexcept : time_(time) {}

    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }

    struct Part {
        std::size_t count = 0;
        std::size_t bytes = 0;
    };
    /// What of `candidates` goes together, off the front: at least one, if there is any.
    [[nodiscard]] Part part_of(std::span<const event::Candidate> candidates) const noexcept {
        Part part;
        for (const event::Candidate& each : candidates) {
            const std::size_t bytes = bytes_of(each);
            if (part.count > 0 && part.bytes + bytes > limit_) break;
            part.bytes += bytes;
            ++part.count;
        }
        return part;
    }

    /// So many bytes went together, and were answered after so long.
    void answered(std::size_t bytes, Duration took) noexcept {
        if (took > time_ / 2) {
            limit_ = cut(bytes, 2);
        } else if (took < time_ / 4 && bytes >= limit_ / 2) {
            limit_ = std::min(limit_ * 2, most);
        }
    }
    /// So many bytes went together, and nobody knows whether they arrived.
    void lost(std::size_t bytes) noexcept { limit_ = cut(bytes, 4); }

    /// About what a candidate takes on its way to a store, with its event and its payment.
    [[nodiscard]] static std::size_t bytes_of(const event::Candidate& candidate) noexcept {
        constexpr std::size_t beside_the_body = 1'200;
        return beside_the_body + candidate.journal.body.size();
    }

  private:
    [[nodiscard]] std::size_t cut(std::size_t bytes, std::size_t by) const noexcept {
        return std::max(std::min(bytes, limit_) / by, least);
    }

    Duration time_;
    std::size_t limit_ = most;
};

}  // namespace tollgate::store
