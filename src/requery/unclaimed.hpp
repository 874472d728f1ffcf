// Final states that are held for a provider that nobody asks any more: when they come out, and how. Pure.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/store/store.hpp>

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace tollgate::requery {

/// Sources with something held and no worker, and since when we know.
class Unclaimed {
  public:
    explicit Unclaimed(std::chrono::milliseconds patience) : patience_(patience) {}

    /// Replaces what was known; a source that was known before keeps its time.
    void found(const std::vector<std::string>& sources, core::SteadyTime now);
    /// It has a worker after all.
    void claim(const std::string& source) { since_.erase(source); }
    /// Those whose time has come.
    [[nodiscard]] std::vector<std::string> ripe(core::SteadyTime now) const;

  private:
    std::chrono::milliseconds patience_;
    std::map<std::string, core::SteadyTime> since_;
};

/// What publishes the held state of `payment` on its own word, as if nobody had answered in time.
event::Candidate unanswered(const store::DueExpectation& payment, core::WallTime now);

}  // namespace tollgate::requery
