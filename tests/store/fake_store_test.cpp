// The fake store: each fate does what its name says, a crash loses what it must, and a seed replays.
#include "support/fake_store.hpp"

#include "store/samples.hpp"
#include "support/manual_clock.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {

using core::Errc;
using testing::ElementsAre;
using testing::IsEmpty;

class FakeStoreTest : public testing::Test {
  protected:
    FakeStore make(FakeFaults faults) { return FakeStore(4, clock_, random_, faults); }
    /// Calls once; the answers of all calls go to `answers_`, in their order.
    void accept(FakeStore& store, const std::string& reference) {
        store.accept({succeeded(reference)}, [this](core::Result<std::vector<store::Accepted>> answer) {
            answers_.push_back(answer ? "done" : std::string(core::to_string(answer.error().code)));
        });
    }
    static std::size_t events(const FakeStore& store) {
        std::size_t count = 0;
        for (const auto& log : store.tables().logs()) count += log.entries.size();
        return count;
    }
    static void run(FakeStore& store) {
        while (store.step()) {
        }
    }

    ManualClock clock_;
    std::mt19937_64 random_{7};
    std::vector<std::string> answers_;
};

TEST_F(FakeStoreTest, AnswersOnlyInAStep) {
    FakeStore store = make({});
    accept(store, "ref-1");
    EXPECT_EQ(events(store), 1U);
    EXPECT_THAT(answers_, IsEmpty());
    run(store);
    EXPECT_THAT(answers_, ElementsAre("done"));
    EXPECT_FALSE(store.step());
}

TEST_F(FakeStoreTest, EachFateDoesWhatItsNameSays) {
    struct Case {
        FakeFaults faults;
        std::size_t events_at_once;
        std::size_t events_in_the_end;
        std::string answer;
    };
    const std::vector<Case> cases{
        {{1000, 0, 0, 0, 0}, 0, 0, "unavailable"},
        {{0, 1000, 0, 0, 0}, 1, 1, "unknown_outcome"},
        {{0, 0, 1000, 0, 0}, 0, 0, "unknown_outcome"},
        {{0, 0, 0, 1000, 0}, 0, 1, "unknown_outcome"},
        {{0, 0, 0, 0, 1000}, 0, 1, "done"},
    };
    for (const Case& each : cases) {
        answers_.clear();
        FakeStore store = make(each.faults);
        accept(store, "ref-1");
        EXPECT_EQ(events(store), each.events_at_once);
        run(store);
        EXPECT_EQ(events(store), each.events_in_the_end);
        EXPECT_THAT(answers_, ElementsAre(each.answer));
    }
}

TEST_F(FakeStoreTest, ACrashLosesAnswersAndUndoneDeedsOnly) {
    FakeStore store = make({});
    bool heard = false;
    store.on_append([&heard](std::span<const store::Shard>) { heard = true; });
    accept(store, "ref-1");
    store.set_faults({0, 0, 0, 0, 1000});
    accept(store, "ref-2");
    store.crash();
    EXPECT_EQ(store.waiting(), 0U);
    run(store);
    EXPECT_THAT(answers_, IsEmpty());
    EXPECT_FALSE(heard);
    EXPECT_EQ(events(store), 1U);
    EXPECT_TRUE(store.tables().payments().contains({"kenya", "ref-1"}));
}

TEST_F(FakeStoreTest, OneSeedReplaysOneHistory) {
    const auto history = [this](std::uint64_t seed) {
        answers_.clear();
        std::mt19937_64 random{seed};
        FakeStore store(4, clock_, random, {100, 100, 100, 100, 200});
        for (int i = 0; i < 200; ++i) {
            accept(store, "ref-" + std::to_string(i % 50));
            if (i % 3 == 0) store.step();
            if (i % 70 == 69) store.crash();
        }
        run(store);
        answers_.push_back(std::to_string(events(store)));
        return answers_;
    };
    const auto first = history(3);
    EXPECT_EQ(first, history(3));
    EXPECT_NE(first, history(4));
    EXPECT_GT(first.size(), 50U);
}

}  // namespace tollgate::test
