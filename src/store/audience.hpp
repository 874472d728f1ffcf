// Audience: whether another node hears what this one tells of its batches.
#pragma once

#include <tollgate/core/clock.hpp>

#include <chrono>
#include <cstdint>

namespace tollgate::store {

/// Redis says how many heard an announcement, and one of them is this process itself. While nobody else does, only one
/// now and then finds out whether somebody has come: on a single node each would wake a thread for nothing. Who has
/// come a moment ago looks at the log by itself meanwhile, as it does when an announcement is lost.
class Audience {
  public:
    static constexpr std::chrono::milliseconds interval{100};  ///< of announcements that nobody else heard

    [[nodiscard]] bool is_due(core::SteadyTime now) const noexcept { return others_ || now >= next_; }
    void heard_by(std::int64_t listeners, core::SteadyTime now) noexcept {
        others_ = listeners > 1;
        next_ = now + interval;
    }

  private:
    bool others_ = false;
    core::SteadyTime next_{};
};

}  // namespace tollgate::store
