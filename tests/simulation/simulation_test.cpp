// The simulation as tests: thousands of seeds, no broken rule; one seed, one history; and histories that are hard
// enough.
#include "simulation/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

namespace tollgate::simulation {
namespace {

constexpr std::uint64_t few_seeds = 200;     ///< of fewer nothing is expected
constexpr std::uint64_t rich_seeds = 2'000;  ///< so many meet everything as often as floor_of() says
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t default_seeds = 60;  // a sanitizer makes them many times slower
#else
constexpr std::uint64_t default_seeds = 300;  // 5,000 of the release build in tests/run --full
#endif
constexpr int most_failures_shown = 3;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::atomic<std::uint64_t> running_seed{0};

/// An assert of the code under test, or worse, says nothing of seeds. Only what a signal handler may call.
extern "C" void name_the_seed(int signal) {
    std::signal(signal, SIG_DFL);  // on return it ends the process as it would have done
    std::string_view text = "simulation: aborted in seed ";
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    char digits[24];
    char* at = digits + sizeof digits;
    *--at = '\n';
    for (std::uint64_t seed = running_seed; at > digits; seed /= 10) {
        *--at = static_cast<char>('0' + seed % 10);
        if (seed < 10) break;
    }
    static_cast<void>(!::write(STDERR_FILENO, at, static_cast<std::size_t>(digits + sizeof digits - at)));
}

std::string report(const Verdict& verdict) {
    const Failure& failure = *verdict.failure;
    const std::string seed = std::to_string(verdict.seed);
    return "seed " + seed + ", step " + std::to_string(failure.step) + ": " + failure.rule + ": " + failure.what +
           "\nto replay it: TOLLGATE_SEED_START=" + seed + " TOLLGATE_SEEDS=1 TOLLGATE_TRACE=1 test_simulation" +
           " --gtest_filter=Simulation.KeepsTheRulesInEveryHistory\nwhat came before:\n" + failure.tail;
}

class Simulation : public testing::Test {
  protected:
    void SetUp() override {
        for (const int signal : {SIGABRT, SIGSEGV}) std::signal(signal, name_the_seed);
    }
    void TearDown() override {
        for (const int signal : {SIGABRT, SIGSEGV}) std::signal(signal, SIG_DFL);
    }

    Verdict run(std::uint64_t seed) {
        running_seed = seed;
        return simulate(seed, parser_, std::getenv("TOLLGATE_TRACE") != nullptr);
    }

  private:
    core::JsonParser parser_;
};

/// How often 2,000 histories have to meet each hardship, at least.
std::uint64_t floor_of(Seen seen) {
    switch (seen) {
        case Seen::callback_sent:
        case Seen::callback_repeated:
        case Seen::delivered:
        case Seen::repeated_delivery:
        case Seen::failed_attempt:
        case Seen::retry:
        case Seen::parked:
        case Seen::store_unknown:
        case Seen::store_unavailable:
            return 10'000;
        case Seen::question:
        case Seen::answer_final:
        case Seen::answer_open:
        case Seen::answer_unknown:
        case Seen::answer_trouble:
            return 5'000;
        case Seen::fenced_save:
        case Seen::published_unconfirmed:
        case Seen::denied:
        case Seen::paid_more:
            return 100;
        case Seen::transitions_full:
        case Seen::journal_full:
        case Seen::late_subscriber:
        case Seen::missing_copy:
        case Seen::expired_range:
        case Seen::not_asked:
        case Seen::asking_breaker_opened:
        case Seen::corrected_by_answers:
        case Seen::raised_correction:
            return 20;
        default:
            return 300;
    }
}

TEST_F(Simulation, KeepsTheRulesInEveryHistory) {
    const std::uint64_t seeds = from_environment("TOLLGATE_SEEDS", default_seeds);
    const std::uint64_t first = from_environment("TOLLGATE_SEED_START", 0);
    Tally tally;
    std::uint64_t steps = 0;
    std::chrono::milliseconds simulated{0};
    int failures = 0;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const Verdict verdict = run(seed);
        tally.add(verdict.tally);
        steps += verdict.steps;
        simulated += verdict.simulated;
        if (!verdict.failure) continue;
        ADD_FAILURE() << report(verdict);
        if (++failures == most_failures_shown) break;
    }
    std::printf("%llu seeds, %llu steps, %.1f simulated years\n", static_cast<unsigned long long>(seeds),
                static_cast<unsigned long long>(steps), static_cast<double>(simulated.count()) / (365.0 * 86'400'000));
    for (std::size_t i = 0; i < Tally::size; ++i) {
        const auto seen = static_cast<Seen>(i);
        std::printf("%10llu  %s\n", static_cast<unsigned long long>(tally.of(seen)),
                    std::string(to_string(seen)).c_str());
        if (failures > 0 || first != 0 || seeds < few_seeds) continue;
        // Of fewer histories their share, and not even that: chance is great in small numbers.
        const std::uint64_t least = seeds >= rich_seeds ? floor_of(seen) : floor_of(seen) * seeds / rich_seeds / 3;
        EXPECT_GE(tally.of(seen), least) << "the histories met too few " << to_string(seen);
    }
}

TEST_F(Simulation, ReplaysOneHistoryFromOneSeed) {
    std::set<std::uint64_t> digests;
    constexpr std::uint64_t seeds = 100;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const Verdict once = run(seed);
        // From another heap: what depends on addresses shows.
        Verdict again;
        std::thread([&] { again = run(seed); }).join();
        ASSERT_EQ(once.digest, again.digest) << "seed " << seed;
        ASSERT_EQ(once.steps, again.steps) << "seed " << seed;
        digests.insert(once.digest);
    }
    EXPECT_EQ(digests.size(), seeds) << "different seeds give the same history";
}

}  // namespace
}  // namespace tollgate::simulation
