// References: what a run makes it finds again, and nothing else.
#include "load/references.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tollgate::load {
namespace {

TEST(References, LeadBackToTheirPayment) {
    const References references(0xfedcba98U);
    EXPECT_EQ(references.make(0x1234).substr(8), "fedcba98");
    for (const std::uint32_t payment : {0U, 1U, 0x1234U, 0x80000000U, 0xffffffffU})
        EXPECT_EQ(references.parse(references.make(payment)), payment);
}

TEST(References, ComeInNoOrder) {
    constexpr std::size_t some = 4'096;
    const References references(7);
    std::set<std::string> beginnings;  // of 256 that there are
    std::size_t ascending = 0;
    for (std::uint32_t payment = 0; payment < some; ++payment) {
        beginnings.insert(references.make(payment).substr(0, 2));
        ascending += references.make(payment) < references.make(payment + 1) ? 1 : 0;
    }
    EXPECT_EQ(beginnings.size(), 256U);
    EXPECT_NEAR(static_cast<double>(ascending), some / 2.0, some / 8.0);
}

TEST(References, OfOtherRunsAndOtherTextsAreNone) {
    const References references(7);
    for (const std::string& text : {References(8).make(1), std::string("610ae86889ee"), std::string(),
                                    std::string("000000070000000G"), references.make(1) + "0"})
        EXPECT_FALSE(references.parse(text)) << text;
}

}  // namespace
}  // namespace tollgate::load
