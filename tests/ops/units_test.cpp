// Durations and sizes: what is read, what is refused, and that what is printed is read again.
#include <tollgate/ops/config.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace tollgate::ops {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsNumbersWithUnitsFromLargeToSmall) {
    const std::pair<std::string_view, std::chrono::milliseconds> good[] = {
        {"0s", 0ms},
        {"250ms", 250ms},
        {"3m", 3min},
        {"24h", 24h},
        {"30d", 24h * 30},
        {"1h30m", 90min},
        {"007s", 7s},
        {"1d2h3m4s5ms", 24h + 2h + 3min + 4s + 5ms},
        {"90m", 90min},
        {"106751991167d", 24h * 106751991167},
        {"9223372036854775807ms", std::chrono::milliseconds(std::numeric_limits<std::int64_t>::max())},
    };
    for (const auto& [text, expected] : good) {
        const auto parsed = parse_duration(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(*parsed, expected) << text;
    }
}

TEST(Duration, RefusesEverythingElse) {
    for (const std::string_view bad : {"",
                                       "5",
                                       "s",
                                       "ms",
                                       "-5s",
                                       "+5s",
                                       "1.5h",
                                       "5 s",
                                       " 5s",
                                       "5s ",
                                       "5S",
                                       "5sec",
                                       "5w",
                                       "30m1h",
                                       "1s1s",
                                       "1m1m",
                                       "1h30",
                                       "0x5s",
                                       "5s,",
                                       "9223372036854775808ms",
                                       "106751991168d",
                                       "99999999999999999999s",
                                       "18446744073709551615d",
                                       "106751991167d24h",
                                       "9223372036854775s808ms"}) {
        const auto parsed = parse_duration(bad);
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code, core::Errc::invalid_argument);
    }
    EXPECT_EQ(parse_duration("5").error().message,
              "\"5\" is no duration; a number and a unit of ms, s, m, h, d, as in \"250ms\" or \"1h30m\"");
    EXPECT_EQ(
        parse_duration("99999999999999999999s").error().message,
        "\"99999999999999999999s\" is too long a duration; a number and a unit of ms, s, m, h, d, as in \"250ms\" or "
        "\"1h30m\"");
}

TEST(Duration, IsPrintedInTheLargestUnitThatIsWhole) {
    EXPECT_EQ(format_duration(0ms), "0s");
    EXPECT_EQ(format_duration(1500ms), "1500ms");
    EXPECT_EQ(format_duration(75s), "75s");
    EXPECT_EQ(format_duration(120s), "2m");
    EXPECT_EQ(format_duration(90min), "90m");
    EXPECT_EQ(format_duration(24h), "1d");
    EXPECT_EQ(format_duration(-250ms), "-250ms");
    EXPECT_EQ(format_duration(std::chrono::milliseconds::min()), "-9223372036854775808ms");
    for (const auto duration : {0ms, 1ms, 999ms, 60'000ms, 3'600'001ms, 86'400'000ms, 34'560'000'000ms}) {
        EXPECT_EQ(parse_duration(format_duration(duration)).value(), duration);
    }
}

TEST(Size, IsANumberAndABinaryUnit) {
    const std::pair<std::string_view, std::uint64_t> good[] = {
        {"0B", 0},
        {"100B", 100},
        {"64KiB", 65536},
        {"3MiB", 3U << 20U},
        {"20GiB", 20ULL << 30},
        {"2TiB", 2ULL << 40},
        {"18446744073709551615B", std::numeric_limits<std::uint64_t>::max()},
        {"16777215TiB", 16777215ULL << 40},
    };
    for (const auto& [text, expected] : good) {
        const auto parsed = parse_size(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(*parsed, expected) << text;
    }
}

TEST(Size, RefusesEverythingElse) {
    for (const std::string_view bad : {"", "64", "KiB", "64KB", "64kib", "64K", "-1B", "+1B", "1.5MiB", "64 KiB",
                                       "1MiB1KiB", "16777216TiB", "18446744073709551616B", "0x10B", "64KiB "}) {
        const auto parsed = parse_size(bad);
        ASSERT_FALSE(parsed) << bad;
        EXPECT_EQ(parsed.error().code, core::Errc::invalid_argument);
    }
    EXPECT_EQ(parse_size("64KB").error().message,
              "\"64KB\" is no size; a number and a unit of B, KiB, MiB, GiB, TiB, as in \"64KiB\"");
}

TEST(Size, IsPrintedInTheLargestUnitThatIsWhole) {
    EXPECT_EQ(format_size(0), "0B");
    EXPECT_EQ(format_size(1000), "1000B");
    EXPECT_EQ(format_size(65536), "64KiB");
    EXPECT_EQ(format_size(20ULL << 30), "20GiB");
    EXPECT_EQ(format_size(3ULL << 40), "3TiB");
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1025}, ~std::uint64_t{0}}) {
        EXPECT_EQ(parse_size(format_size(size)).value(), size);
    }
}

}  // namespace
}  // namespace tollgate::ops
