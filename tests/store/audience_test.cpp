// Audience: announcements that nobody else hears are spared, but for one now and then.
#include "store/audience.hpp"

#include <gtest/gtest.h>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;

const core::SteadyTime start{1h};

TEST(Audience, WhoeverListensMayHaveBeenThereFromTheBeginning) {
    EXPECT_TRUE(store::Audience().is_due(start));
}

TEST(Audience, WhatOnlyThisProcessHearsIsSparedForAWhile) {
    for (const std::int64_t listeners : {0, 1}) {
        store::Audience audience;
        audience.heard_by(listeners, start);
        EXPECT_FALSE(audience.is_due(start));
        EXPECT_FALSE(audience.is_due(start + store::Audience::interval - 1ms));
        EXPECT_TRUE(audience.is_due(start + store::Audience::interval));
    }
}

TEST(Audience, WhatOthersHearIsSaidEachTimeUntilTheyAreGone) {
    store::Audience audience;
    audience.heard_by(1, start);
    audience.heard_by(2, start + 100ms);
    EXPECT_TRUE(audience.is_due(start + 100ms));
    audience.heard_by(3, start + 101ms);
    EXPECT_TRUE(audience.is_due(start + 101ms));
    audience.heard_by(1, start + 102ms);
    EXPECT_FALSE(audience.is_due(start + 103ms));
}

}  // namespace
}  // namespace tollgate::test
