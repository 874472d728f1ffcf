// References: what a run makes it finds again, and nothing else.
#include "load/references.hpp"

#include <gtest/gtest.h>

namespace tollgate::load {
namespace {

TEST(References, LeadBackToTheirPayment) {
    const References references(0xfedcba98U);
    EXPECT_EQ(references.make(0x1234), "fedcba9800001234");
    for (const std::uint32_t payment : {0U, 1U, 0x80000000U, 0xffffffffU})
        EXPECT_EQ(references.parse(references.make(payment)), payment);
}

TEST(References, OfOtherRunsAndOtherTextsAreNone) {
    const References references(7);
    for (const std::string& text : {References(8).make(1), std::string("610ae86889ee"), std::string(),
                                    std::string("000000070000000G"), references.make(1) + "0"})
        EXPECT_FALSE(references.parse(text)) << text;
}

}  // namespace
}  // namespace tollgate::load
