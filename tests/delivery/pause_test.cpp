// Pause: whose word counts, and when.
#include "delivery/pause.hpp"

#include <gtest/gtest.h>

namespace tollgate::delivery::test {
namespace {

using namespace std::chrono_literals;

constexpr core::SteadyTime start{1h};

TEST(Pause, TheStoreSaysWhetherAndWhy) {
    Pause pause;
    EXPECT_FALSE(pause.holds());
    EXPECT_FALSE(pause.reported("an operator", start));
    EXPECT_TRUE(pause.holds());
    EXPECT_EQ(pause.why(), "an operator");
    EXPECT_FALSE(pause.to_save(start)) << "it knows";
    EXPECT_TRUE(pause.reported("", start + 1s));
    EXPECT_FALSE(pause.holds());
    EXPECT_FALSE(pause.reported("", start + 2s)) << "nothing has ended";
}

TEST(Pause, A410GoesToTheStoreUntilThatHasIt) {
    Pause pause;
    pause.gone();
    EXPECT_TRUE(pause.is_unsaved());
    EXPECT_EQ(pause.next_save(), core::SteadyTime::min());
    EXPECT_EQ(pause.to_save(start), "HTTP 410");
    EXPECT_FALSE(pause.to_save(start)) << "one at a time";
    EXPECT_FALSE(pause.next_save());
    pause.saved(false, start);
    EXPECT_FALSE(pause.to_save(start));
    EXPECT_EQ(pause.next_save(), start + 100ms);
    EXPECT_EQ(pause.to_save(start + 100ms), "HTTP 410");
    pause.saved(true, start + 200ms);
    EXPECT_FALSE(pause.is_unsaved());
    EXPECT_FALSE(pause.to_save(start + 1h));
    EXPECT_TRUE(pause.holds());
}

TEST(Pause, AnAnswerFromBeforeThe410WasStoredDoesNotEndIt) {
    Pause pause;
    pause.gone();
    EXPECT_FALSE(pause.reported("", start));
    static_cast<void>(pause.to_save(start));
    pause.saved(true, start + 2s);
    EXPECT_FALSE(pause.reported("", start + 1s));
    EXPECT_TRUE(pause.holds());
    EXPECT_TRUE(pause.reported("", start + 2s)) << "asked afterwards: somebody has resumed it";
    EXPECT_FALSE(pause.holds());
}

TEST(Pause, AnotherAfterAResumptionIsStoredAgain) {
    Pause pause;
    pause.gone();
    static_cast<void>(pause.to_save(start));
    pause.saved(true, start);
    EXPECT_TRUE(pause.reported("", start + 1s));
    pause.gone();
    EXPECT_TRUE(pause.is_unsaved());
    EXPECT_FALSE(pause.reported("", start + 2s));
    EXPECT_EQ(pause.to_save(start + 2s), "HTTP 410");
}

TEST(Pause, ThisProcessPausesWhateverTheStoreSays) {
    Pause pause;
    pause.begin();
    EXPECT_FALSE(pause.reported("", start));
    EXPECT_TRUE(pause.holds());
    EXPECT_EQ(pause.why(), "");
    pause.end();
    EXPECT_FALSE(pause.holds());
}

}  // namespace
}  // namespace tollgate::delivery::test
