// Masking: what of a phone number may be shown.
#include <tollgate/ops/log.hpp>

#include <gtest/gtest.h>

namespace tollgate::ops {
namespace {

TEST(MaskPhone, KeepsTheFirstAndTheLastFour) {
    EXPECT_EQ(mask_phone("254710000000"), "2547****0000");
    EXPECT_EQ(mask_phone("+254710000123"), "+2547****0123");
    EXPECT_EQ(mask_phone("254 710-000 123"), "2547****0123");
    EXPECT_EQ(mask_phone("243812345678901"), "2438****8901");
}

TEST(MaskPhone, HidesAllOfWhatIsShort) {
    for (const auto* phone : {"", "+", "1", "0710000000", "25471000000", "asha@example.com", "Asha"}) {
        EXPECT_EQ(mask_phone(phone), "****") << phone;
    }
}

TEST(MaskPhone, MayBeDoneTwice) {
    for (const auto* phone : {"254710000000", "+254710000123", "0710000000"}) {
        EXPECT_EQ(mask_phone(mask_phone(phone)), mask_phone(phone));
    }
    EXPECT_EQ(mask_phone("abcd****0000"), "****") << "only a mask of ours passes";
    EXPECT_EQ(mask_phone("2547****0000\n"), "****");
}

TEST(MaskPhonesIn, FindsThemInText) {
    EXPECT_EQ(mask_phones_in("from 254710000000 to +256771234567."), "from 2547****0000 to +2567****4567.");
    EXPECT_EQ(mask_phones_in("msisdn=0710000000"), "msisdn=****");
    EXPECT_EQ(mask_phones_in("\"+123456789\""), "\"****\"");
}

TEST(MaskPhonesIn, LeavesOtherNumbersAlone) {
    for (const auto* text : {"", "+", "12345678", "1234567890123456", "port 8080", "a+b", "++", "610ae86889ee"}) {
        EXPECT_EQ(mask_phones_in(text), text);
    }
}

}  // namespace
}  // namespace tollgate::ops
