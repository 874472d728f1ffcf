// When a payment is asked about next.
#include <tollgate/requery/schedule.hpp>

#include <gtest/gtest.h>

#include <random>

namespace tollgate::requery {
namespace {

using event::Purpose;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr core::WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h;
constexpr double even = 0.5;  // no spread at all, where it goes both ways

Schedule usual() {
    Schedule schedule;
    schedule.backoff = default_backoff();
    return schedule;
}

/// When a payment that began to be awaited at noon is asked about, each question answered at once.
std::vector<milliseconds> questions(Purpose purpose, std::size_t count, milliseconds first, double jitter = even) {
    std::vector<milliseconds> at{first};
    while (at.size() < count) {
        const auto next = next_question(usual(), purpose, noon, noon + at.back(), jitter);
        at.push_back(next - noon);
    }
    return at;
}

TEST(NextQuestion, FollowsTheBackoffAndThenRepeatsItsLastStep) {
    EXPECT_EQ(questions(Purpose::outcome, 10, 3min),
              (std::vector<milliseconds>{3min, 6min, 11min, 21min, 41min, 81min, 141min, 201min, 261min, 321min}));
}

TEST(NextQuestion, OfWhatIsHeldComesQuicklyAndOnTheEndOfPatience) {
    EXPECT_EQ(questions(Purpose::confirmation, 9, 0ms, 0),
              (std::vector<milliseconds>{0s, 2s, 7s, 17s, 37s, 67s, 97s, 120s, 300s}));
}

TEST(NextQuestion, OfAConflictIsNeverSoonerThanTheRecheck) {
    for (const double jitter : {0.0, 0.3, 0.999}) {
        auto at = questions(Purpose::conflict, 6, 0ms, jitter);
        for (std::size_t i = 1; i < at.size(); ++i) EXPECT_GE(at[i] - at[i - 1], 10min) << jitter;
    }
}

TEST(NextQuestion, SpreadsByTwentyPercent) {
    EXPECT_EQ(next_question(usual(), Purpose::outcome, noon, noon + 3min, 0), noon + 3min + 144s);
    EXPECT_EQ(next_question(usual(), Purpose::outcome, noon, noon + 3min, 0.999999999), noon + 3min + 216s);
}

TEST(NextQuestion, KeepsThePlacesWhateverTheJitter) {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> jitter(0, 1);
    for (int round = 0; round < 1'000; ++round) {
        milliseconds at = 3min;
        int asked = 1;
        while (at < 24h) {
            at = next_question(usual(), Purpose::outcome, noon, noon + at, jitter(random)) - noon;
            ++asked;
        }
        // 6 until 81 minutes, then one an hour: early ones do not add questions, late ones do not take them away.
        EXPECT_GE(asked, 25) << round;
        EXPECT_LE(asked, 33) << round;
    }
}

TEST(NextQuestion, AfterALongOutageThereIsOneQuestionNotMany) {
    const auto next = next_question(usual(), Purpose::outcome, noon, noon + 30h, even);
    EXPECT_GE(next - (noon + 30h), 30min);
    EXPECT_LE(next - (noon + 30h), 90min);
    EXPECT_EQ(next_question(usual(), Purpose::outcome, noon, noon + 24h * 400, even), noon + 24h * 400 + 1h);
}

TEST(NextQuestion, AClockThatWasSetBackAsksLaterNotAtOnce) {
    EXPECT_EQ(next_question(usual(), Purpose::outcome, noon, noon - 5h, even), noon - 5h + 3min);
}

TEST(NextQuestion, TheProvidersWishMakesItLaterOnly) {
    EXPECT_EQ(next_question(usual(), Purpose::outcome, noon, noon + 3min, even, 1s), noon + 6min);
    EXPECT_EQ(next_question(usual(), Purpose::outcome, noon, noon + 3min, even, 1h), noon + 63min);
    EXPECT_EQ(next_question(usual(), Purpose::outcome, noon, noon + 3min, even, 100h), noon + 3min + 24h);
}

TEST(NextQuestion, IsNeverNow) {
    Schedule tight;
    tight.first_after = 1ms;
    tight.backoff = {1ms};
    tight.conflict_recheck = 1ms;
    tight.confirm_timeout = 1ms;
    for (const Purpose purpose : {Purpose::outcome, Purpose::confirmation, Purpose::conflict, Purpose::settlement})
        for (const milliseconds elapsed : {0ms, 1ms, 2ms, 1'000ms})
            EXPECT_GT(next_question(tight, purpose, noon, noon + elapsed, 0), noon + elapsed);
}

}  // namespace
}  // namespace tollgate::requery
