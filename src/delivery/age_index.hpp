// AgeIndex: the oldest of many events, by when their report was received.
#pragma once

#include <tollgate/core/clock.hpp>

#include <cassert>
#include <cstdint>
#include <map>
#include <optional>

namespace tollgate::delivery {

/// A multiset that keeps one node per millisecond, not per event.
class AgeIndex {
  public:
    void add(core::WallTime received_at) { ++events_[received_at]; }
    void remove(core::WallTime received_at) {
        const auto found = events_.find(received_at);
        assert(found != events_.end() && "only what was added is removed");
        if (--found->second == 0) events_.erase(found);
    }
    [[nodiscard]] std::optional<core::WallTime> oldest() const noexcept {
        if (events_.empty()) return std::nullopt;
        return events_.begin()->first;
    }

  private:
    std::map<core::WallTime, std::uint32_t> events_;
};

}  // namespace tollgate::delivery
