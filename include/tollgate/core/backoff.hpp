// Backoff: how long to leave the store alone after a call that failed.
#pragma once

#include <tollgate/core/clock.hpp>

#include <algorithm>
#include <chrono>

namespace tollgate::core {

/// 100 ms, doubling to 5 s with each failure in a row. A value; one per kind of call and shard.
class Backoff {
  public:
    static constexpr std::chrono::milliseconds first{100};
    static constexpr std::chrono::milliseconds last{5'000};

    void failed(SteadyTime now) noexcept {
        delay_ = delay_.count() == 0 ? first : std::min(delay_ * 2, last);
        until_ = now + delay_;
    }
    void succeeded() noexcept { *this = Backoff(); }
    [[nodiscard]] bool over(SteadyTime now) const noexcept { return now >= until_; }
    [[nodiscard]] SteadyTime until() const noexcept { return until_; }

  private:
    std::chrono::milliseconds delay_{0};
    SteadyTime until_ = SteadyTime::min();
};

}  // namespace tollgate::core
