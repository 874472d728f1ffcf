// Simulation: one seed's history from beginning to end, and what was seen in it.
#pragma once

#include "simulation/engine_mirror.hpp"
#include "simulation/tally.hpp"

#include <tollgate/core/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tollgate::simulation {

struct Failure {
    std::string rule;
    std::string what;
    std::uint64_t step = 0;
    std::string tail;  ///< the last lines of the history
};

struct Verdict {
    std::uint64_t seed = 0;
    std::uint64_t steps = 0;
    std::chrono::milliseconds simulated{0};
    std::uint64_t engine_calls = 0;  ///< made on the mirrored engine
    std::uint64_t digest = 0;        ///< of everything that happened
    std::optional<Failure> failure;
    Tally tally;
};

/// An engine that is to do the same as the tables in memory, made for one history.
class MirroredEngine {
  public:
    virtual ~MirroredEngine() = default;
    virtual EngineMirror& mirror() = 0;
};
using MakeEngine = std::function<std::unique_ptr<MirroredEngine>(store::Shard shards, const core::Clock& clock)>;

/// The same seed gives the same history and the same digest. `trace`: every line of it goes to stderr.
Verdict simulate(std::uint64_t seed, core::JsonParser& parser, bool trace = false, const MakeEngine& make_engine = {});

}  // namespace tollgate::simulation
