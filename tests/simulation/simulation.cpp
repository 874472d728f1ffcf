// Simulation: a stage, a seed, and a verdict.
#include "simulation/simulation.hpp"

#include "simulation/broken_rule.hpp"
#include "simulation/stage.hpp"

#include <cstdio>

namespace tollgate::simulation {

Verdict simulate(std::uint64_t seed, core::JsonParser& parser, bool trace, const MakeEngine& make_engine) {
    Verdict verdict;
    verdict.seed = seed;
    World world(seed, trace);
    Stage stage(world, parser, verdict.tally);
    if (trace) std::fputs(text_of(stage.truths().asked).c_str(), stderr);
    std::unique_ptr<MirroredEngine> engine;
    if (make_engine) {
        engine = make_engine(stage.store().shard_count(), world.clock());
        stage.store().set_mirror(&engine->mirror());
    }
    try {
        stage.play();
        if (engine) engine->mirror().compare_end(stage.store().tables());
    } catch (const BrokenRule& broken) {
        verdict.failure = Failure{std::string(broken.rule()), broken.what(), world.steps(), world.history().tail()};
    }
    if (engine) verdict.engine_calls = engine->mirror().calls();
    verdict.steps = world.steps();
    verdict.simulated = world.elapsed();
    verdict.digest = stage.digest();
    return verdict;
}

}  // namespace tollgate::simulation
