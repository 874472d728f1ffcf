// Numbers as php-cli 8.2 and Node.js 20 printed them.
#include <tollgate/core/number_casts.hpp>

#include <gtest/gtest.h>

#include <array>

namespace tollgate::core {
namespace {

struct Cast {
    std::string_view token;
    std::string_view text;
};

TEST(NumberCasts, AreThoseOfPhp) {
    constexpr std::array casts{
        Cast{"-0", "0"},
        Cast{"-0.0", "-0"},
        Cast{"0", "0"},
        Cast{"100.00", "100"},
        Cast{"100.50", "100.5"},
        Cast{"1e3", "1000"},
        Cast{"1E5", "100000"},
        Cast{"1e25", "1.0E+25"},
        Cast{"1.5e-7", "1.5E-7"},
        Cast{"0.00001", "1.0E-5"},
        Cast{"0.0001", "0.0001"},
        Cast{"1e14", "1.0E+14"},
        Cast{"99999999999999.95", "1.0E+14"},
        Cast{"99999999999999", "99999999999999"},
        Cast{"123456789012345678", "123456789012345678"},
        Cast{"123456789012345678901234567890", "1.2345678901235E+29"},
        Cast{"9223372036854775807", "9223372036854775807"},
        Cast{"9223372036854775808", "9.2233720368548E+18"},
        Cast{"-9223372036854775808", "-9223372036854775808"},
        Cast{"-9223372036854775809", "-9.2233720368548E+18"},
        Cast{"1e400", "INF"},
        Cast{"-1e400", "-INF"},
        Cast{"1e-400", "0"},
        Cast{"-1e-400", "-0"},
        Cast{"0.1", "0.1"},
        Cast{"0.12345678901234567", "0.12345678901235"},
        Cast{"123456.7", "123456.7"},
        Cast{"340605289010905.0", "3.4060528901090E+14"},
        Cast{"340605289010915.0", "3.4060528901092E+14"},
        Cast{"340605289010005e0", "3.4060528901000E+14"},
        Cast{"100000000000005e0", "1.0000000000000E+14"},
        Cast{"100000000000004e0", "1.0E+14"},
        Cast{"-1.50", "-1.5"},
    };
    for (const auto& [token, text] : casts) EXPECT_EQ(php_number(token), text) << token;
}

TEST(NumberCasts, AreThoseOfJavaScript) {
    constexpr std::array casts{
        Cast{"-0", "0"},
        Cast{"-0.0", "0"},
        Cast{"100.00", "100"},
        Cast{"1e3", "1000"},
        Cast{"1e25", "1e+25"},
        Cast{"1.5e-7", "1.5e-7"},
        Cast{"0.00001", "0.00001"},
        Cast{"0.000001", "0.000001"},
        Cast{"0.0000001", "1e-7"},
        Cast{"1e20", "100000000000000000000"},
        Cast{"1e21", "1e+21"},
        Cast{"123456789012345678", "123456789012345680"},
        Cast{"12345678901234567890", "12345678901234567000"},
        Cast{"9007199254740993", "9007199254740992"},
        Cast{"1e400", "Infinity"},
        Cast{"-1e400", "-Infinity"},
        Cast{"0.12345678901234567", "0.12345678901234566"},
        Cast{"999999999999999.9", "999999999999999.9"},
        Cast{"5e-324", "5e-324"},
        Cast{"1.7976931348623157e308", "1.7976931348623157e+308"},
        Cast{"123e-20", "1.23e-18"},
    };
    for (const auto& [token, text] : casts) EXPECT_EQ(javascript_number(token), text) << token;
}

/// A number that leaves a double's range by its length alone.
TEST(NumberCasts, SeeWhichEndOfTheRangeWasLeft) {
    const std::string large = "1" + std::string(400, '0');
    EXPECT_EQ(php_number(large), "INF");
    EXPECT_EQ(php_number(large + "e-400"), "1");
    EXPECT_EQ(php_number(large + "e-50"), "INF");
    const std::string small = "0." + std::string(400, '0') + "1";
    EXPECT_EQ(php_number(small), "0");
    EXPECT_EQ(php_number("-" + small + "e50"), "-0");
}

}  // namespace
}  // namespace tollgate::core
