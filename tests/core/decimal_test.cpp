// Decimal: every integer as std::to_string writes it.
#include <tollgate/core/decimal.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace tollgate::core {
namespace {

TEST(Decimal, IsWhatTheStandardLibraryWrites) {
    std::uint64_t number = 1;
    for (int i = 0; i < 64; ++i, number *= 2) {
        for (const std::uint64_t each : {number - 1, number, number * 10}) {
            EXPECT_EQ(Decimal(each).text(), std::to_string(each));
            const auto with_sign = static_cast<std::int64_t>(each);
            EXPECT_EQ(Decimal(with_sign).text(), std::to_string(with_sign));
        }
    }
}

TEST(Decimal, HoldsTheLongestOfEveryType) {
    using Unsigned = std::numeric_limits<std::uint64_t>;
    using Signed = std::numeric_limits<std::int64_t>;
    EXPECT_EQ(Decimal(Unsigned::max()).text(), "18446744073709551615");
    EXPECT_EQ(Decimal(Signed::max()).text(), "9223372036854775807");
    EXPECT_EQ(Decimal(Signed::min()).text(), "-9223372036854775808");
    EXPECT_EQ(Decimal(std::int8_t{-128}).text(), "-128");
}

}  // namespace
}  // namespace tollgate::core
