// Timeline: what each second of a run was like, for the plot, the progress line, and questions such as how long a gateway
// took to recover.
#pragma once

#include "histogram.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/json.hpp>

#include <cstdint>
#include <vector>

namespace tollgate::load {

/// One second, counted from the start; what is answered belongs to the second of its answer. Times in microseconds from
/// when a callback was meant to leave.
struct Second {
    std::uint32_t number = 0;
    std::uint64_t begun = 0;  ///< callbacks that left for the first time
    std::uint64_t acked = 0;
    std::uint64_t refused = 0;  ///< 503, 401 and every other complete answer that is no 200
    std::uint64_t lost = 0;     ///< no complete answer
    std::uint64_t ack_p50_us = 0;
    std::uint64_t ack_p99_us = 0;
    std::uint64_t ack_max_us = 0;
};

/// On the sender's thread. Bounded: what comes after the first day is counted in the run's totals only.
class Timeline {
  public:
    explicit Timeline(core::SteadyTime start) noexcept : start_(start) {}

    void begun(core::SteadyTime now);
    void acked(core::SteadyTime now, std::uint64_t latency_us);
    void refused(core::SteadyTime now);
    void lost(core::SteadyTime now);

    /// All seconds in which something happened, the one that runs included.
    [[nodiscard]] std::vector<Second> seconds() const;
    /// The last that is over at `now`; all 0 when nothing happened in it, and before the first.
    [[nodiscard]] Second last(core::SteadyTime now) const;

  private:
    [[nodiscard]] std::uint32_t number_of(core::SteadyTime now) const;
    Second& at(core::SteadyTime now);
    [[nodiscard]] Second current() const;

    core::SteadyTime start_;
    std::vector<Second> closed_;
    Second previous_;
    Second open_;
    Histogram open_us_;
};

/// [{"second","begun","acked","refused","lost","ack_p50_us","ack_p99_us","ack_max_us"}]
void write_timeline(core::JsonWriter& json, const std::vector<Second>& seconds);

}  // namespace tollgate::load
