// DeliveryPolicy against chance: random events, answers, saves and crashes; after each history the rules are checked.
#include "delivery/policy_harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

namespace tollgate::delivery::test {
namespace {

using namespace std::chrono_literals;
using event::Happening;

class History {
  public:
    explicit History(std::uint64_t seed) : random_(seed), world_(options(), shards(), seed) {
        world_.saves_at_once = false;
    }

    void play() {
        const int steps = 150 + below(150);
        for (int i = 0; i < steps; ++i) step();
        settle();
        check();
    }

  private:
    int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
    bool chance(int percent) { return below(100) < percent; }

    PolicyOptions options() {
        PolicyOptions options = PolicyHarness::default_options();
        options.retry.assign(static_cast<std::size_t>(below(6)), 1s);
        for (auto& delay : options.retry) delay = std::chrono::seconds(1 + below(20));
        options.max_in_flight = static_cast<std::uint32_t>(1 + below(12));
        options.page_entries = static_cast<std::size_t>(1 + below(12));
        if (chance(20)) options.max_parked = static_cast<std::size_t>(1 + below(6));
        if (chance(20)) options.rate_per_second = 1 + below(30);
        if (chance(30)) options.filter.types = {"payment.s*", "payment.pending"};
        failing_percent_ = below(60);
        payments_ = 1 + below(20);
        return options;
    }
    store::Shard shards() { return static_cast<store::Shard>(1 + below(4)); }

    void append() {
        constexpr std::array happenings = {Happening::pending, Happening::action_required, Happening::succeeded,
                                           Happening::failed, Happening::settled};
        world_.append("p" + std::to_string(below(payments_)), happenings[static_cast<std::size_t>(below(5))]);
    }

    void answer_one() {
        const std::vector<std::string> flying = world_.flying();
        if (flying.empty()) return;
        const std::string id = flying[static_cast<std::size_t>(below(static_cast<int>(flying.size())))];
        if (!chance(failing_percent_)) {
            world_.answer(id, 200);
            return;
        }
        constexpr std::array statuses = {500U, 0U, 404U, 302U, 503U, 410U};
        const unsigned status = statuses[static_cast<std::size_t>(below(chance(3) ? 6 : 5))];
        std::optional<std::chrono::milliseconds> retry_after;
        if (chance(10)) retry_after = std::chrono::seconds(below(30));
        world_.answer(id, status, retry_after);
        if (chance(5)) {
            // The subscriber had it, but we never heard so: what a time-out is.
            world_.delivered_once.insert(id);
        }
    }

    void end_save() {
        if (!world_.save_waits()) return;
        constexpr std::array outcomes = {SaveOutcome::unavailable, SaveOutcome::unknown_but_done,
                                         SaveOutcome::unknown_and_not_done};
        world_.end_save(chance(75) ? SaveOutcome::done : outcomes[static_cast<std::size_t>(below(3))]);
    }

    void step() {
        switch (below(12)) {
            case 0:
            case 1:
            case 2:
                for (int i = 0; i <= below(4); ++i) append();
                break;
            case 3:
                world_.clock.advance(std::chrono::milliseconds(below(4'000)));
                break;
            case 4:
            case 5:
                end_save();
                break;
            case 6:
                if (chance(20)) world_.store_is_down = !world_.store_is_down;
                break;
            case 7:
                rare();
                break;
            default:
                answer_one();
        }
        if (chance(80)) world_.run();
        EXPECT_LE(world_.policy->in_flight(), world_.options().max_in_flight);
    }

    void rare() {
        switch (below(6)) {
            case 0:
                world_.crash(chance(50));
                ++crashes_;
                break;
            case 1:
                world_.resume();
                break;
            case 2:
                if (chance(30)) world_.policy->pause();
                break;
            case 3:
                world_.clock.advance_wall(std::chrono::hours(below(100) - 50));
                break;
            case 4: {
                PolicyOptions options = world_.options();
                options.max_in_flight = static_cast<std::uint32_t>(1 + below(12));
                // Fewer than are in flight would fail the check above for a while, rightly.
                options.max_in_flight = std::max(options.max_in_flight, world_.options().max_in_flight);
                options.filter.types = chance(50) ? std::vector<std::string>{"*"}
                                                  : std::vector<std::string>{"payment.s*", "payment.pending"};
                world_.reconfigure(options);
                break;
            }
            default:
                world_.advance(std::chrono::seconds(below(60)));
        }
    }

    /// Everything works again: all must come to an end.
    void settle() {
        world_.store_is_down = false;
        world_.resume();
        world_.saves_at_once = true;
        for (int i = 0; i < 3'000; ++i) {
            if (world_.save_waits()) world_.end_save(SaveOutcome::done);
            world_.succeed_all();
            if (finished()) return;
            // A wall clock that was wrong at a restart may cost a day.
            world_.advance(i < 300 ? 1s : 60s);
        }
        ADD_FAILURE() << "it does not end";
    }

    bool finished() const {
        if (world_.policy->has_unsaved() || world_.policy->parked() != 0) return false;
        for (std::size_t shard = 0; shard < world_.logs.size(); ++shard) {
            const DurableShard& kept = world_.durable[shard];
            if (kept.cursor != world_.logs[shard].size() || !kept.parked.empty()) return false;
        }
        return true;
    }

    void check() {
        world_.check_nothing_lost();
        EXPECT_FALSE(world_.policy->oldest_undelivered());
        EXPECT_EQ(world_.policy->counters().missing_copies, 0U);
        EXPECT_EQ(world_.policy->in_flight(), 0U);
        for (const DurableShard& kept : world_.durable) EXPECT_TRUE(kept.parked.empty());
        std::map<std::string, std::size_t> times;
        std::size_t repeats = 0;
        for (const std::string& id : world_.delivered) repeats += ++times[id] > 1 ? 1 : 0;
        EXPECT_TRUE(repeats == 0 || crashes_ > 0) << "without a crash a delivery is made once";
    }

    std::mt19937_64 random_;
    int failing_percent_ = 0;
    int payments_ = 1;
    int crashes_ = 0;
    PolicyHarness world_;
};

TEST(PolicyModel, AThousandHistoriesKeepTheRules) {
    for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        History(seed).play();
        ASSERT_FALSE(testing::Test::HasFailure());
    }
}

}  // namespace
}  // namespace tollgate::delivery::test
