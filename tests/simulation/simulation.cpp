// Simulation: a stage, a seed, and a verdict.
#include "simulation/simulation.hpp"

#include "simulation/broken_rule.hpp"
#include "simulation/stage.hpp"

namespace tollgate::simulation {

Verdict simulate(std::uint64_t seed, core::JsonParser& parser, bool trace) {
    Verdict verdict;
    verdict.seed = seed;
    World world(seed, trace);
    Stage stage(world, parser, verdict.tally);
    try {
        stage.play();
    } catch (const BrokenRule& broken) {
        verdict.failure = Failure{std::string(broken.rule()), broken.what(), world.steps(), world.history().tail()};
    }
    verdict.steps = world.steps();
    verdict.simulated = world.elapsed();
    verdict.digest = stage.digest();
    return verdict;
}

}  // namespace tollgate::simulation
