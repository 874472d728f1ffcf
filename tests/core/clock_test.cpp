// Times on the wire: what is read, what is refused, what is written.
#include "support/manual_clock.hpp"

#include <tollgate/core/clock.hpp>

#include <gtest/gtest.h>

#include <random>

namespace tollgate::core {
namespace {

std::string reformatted(std::string_view text) {
    const auto time = parse_rfc3339(text);
    return time ? format_rfc3339(*time) : std::string("refused");
}

TEST(Rfc3339, ReadsTheExamplesOfTheRfc) {
    EXPECT_EQ(reformatted("1985-04-12T23:20:50.52Z"), "1985-04-12T23:20:50.520Z");
    EXPECT_EQ(reformatted("1996-12-19T16:39:57-08:00"), "1996-12-20T00:39:57.000Z");
    EXPECT_EQ(reformatted("1990-12-31T23:59:60Z"), "1991-01-01T00:00:00.000Z");
    EXPECT_EQ(reformatted("1990-12-31T15:59:60-08:00"), "1991-01-01T00:00:00.000Z");
    EXPECT_EQ(reformatted("1937-01-01T12:00:27.87+00:20"), "1937-01-01T11:40:27.870Z");
}

TEST(Rfc3339, CountsFromTheEpoch) {
    EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z").value().time_since_epoch(), 0ms);
    EXPECT_EQ(parse_rfc3339("2026-11-22T10:00:00.123Z").value().time_since_epoch(), 1795341600123ms);
    EXPECT_EQ(parse_rfc3339("1969-12-31T23:59:59.999Z").value().time_since_epoch(), -1ms);
}

TEST(Rfc3339, CutsTheFractionToMilliseconds) {
    EXPECT_EQ(reformatted("2026-11-22T10:00:00.1Z"), "2026-11-22T10:00:00.100Z");
    EXPECT_EQ(reformatted("2026-11-22T10:00:00.999999999Z"), "2026-11-22T10:00:00.999Z");
    EXPECT_EQ(reformatted("2026-11-22T10:00:00.0009+00:00"), "2026-11-22T10:00:00.000Z");
    EXPECT_EQ(reformatted("2026-11-22T10:00:00.1234567890Z"), "refused");
    EXPECT_EQ(reformatted("2026-11-22T10:00:00.Z"), "refused");
}

TEST(Rfc3339, TakesOffsetsOfADayAtMost) {
    EXPECT_EQ(reformatted("2026-11-22T10:00:00+23:59"), "2026-11-21T10:01:00.000Z");
    EXPECT_EQ(reformatted("2026-11-22T10:00:00-00:00"), "2026-11-22T10:00:00.000Z");
    EXPECT_EQ(reformatted("2026-11-22T10:00:00-23:59"), "2026-11-23T09:59:00.000Z");
    for (const auto* text : {"2026-11-22T10:00:00+24:00", "2026-11-22T10:00:00+01:60", "2026-11-22T10:00:00+0100",
                             "2026-11-22T10:00:00+1:00", "2026-11-22T10:00:00", "2026-11-22T10:00:00ZZ"}) {
        EXPECT_EQ(reformatted(text), "refused") << text;
    }
}

TEST(Rfc3339, TakesLowerCaseLetters) {
    EXPECT_EQ(reformatted("2026-11-22t10:00:00z"), "2026-11-22T10:00:00.000Z");
}

TEST(Rfc3339, KnowsTheCalendar) {
    EXPECT_EQ(reformatted("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00.000Z");
    EXPECT_EQ(reformatted("2000-02-29T00:00:00Z"), "2000-02-29T00:00:00.000Z");
    for (const auto* text :
         {"2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-00-10T00:00:00Z",
          "2026-13-10T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z"}) {
        EXPECT_EQ(reformatted(text), "refused") << text;
    }
}

TEST(Rfc3339, TakesALeapSecondOnlyAtTheEndOfAMonthInUtc) {
    EXPECT_EQ(reformatted("2016-12-31T23:59:60.5Z"), "2017-01-01T00:00:00.500Z");
    EXPECT_EQ(reformatted("2017-01-01T02:59:60+03:00"), "2017-01-01T00:00:00.000Z");
    for (const auto* text : {"2016-12-30T23:59:60Z", "2017-01-01T05:59:60Z", "2016-12-31T23:58:60Z",
                             "2016-12-31T22:59:60Z", "2016-12-31T23:59:60+01:00", "2016-12-31T23:59:61Z"}) {
        EXPECT_EQ(reformatted(text), "refused") << text;
    }
}

TEST(Rfc3339, RefusesOtherShapes) {
    for (const auto* text :
         {"", "Z", "2026-11-22", "2026-11-22 10:00:00Z", "2026-11-22T10:00Z", "26-11-22T10:00:00Z",
          "+2026-11-22T10:00:00Z", "-026-11-22T10:00:00Z", "2026-11-22T10:00:00.123", "2026-11-22T10:00:00,5Z",
          " 2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z ", "2026-11-22T24:00:00Z", "2026-11-22T10:60:00Z",
          "2026-1-22T10:00:00Z", "2026-11-22T1x:00:00Z", "\xd9\xa2\xd9\xa0-11-22T10:00:00Z"}) {
        EXPECT_EQ(reformatted(text), "refused") << text;
    }
    EXPECT_EQ(parse_rfc3339("yesterday").error().code, Errc::malformed);
    EXPECT_EQ(reformatted(std::string_view("2026-11-22T10:00:00Z\0", 21)), "refused");
}

TEST(Rfc3339, StaysWithinFourDigitsOfAYear) {
    EXPECT_EQ(reformatted("0000-01-01T00:00:00Z"), "0000-01-01T00:00:00.000Z");
    EXPECT_EQ(reformatted("9999-12-31T23:59:59.999Z"), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(reformatted("9999-12-31T23:59:59-00:01"), "refused");
    EXPECT_EQ(reformatted("0000-01-01T00:00:00+00:01"), "refused");
    EXPECT_EQ(format_rfc3339(WallTime::max()), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(format_rfc3339(WallTime::min()), "0000-01-01T00:00:00.000Z");
}

TEST(Rfc3339, ReadsBackWhatItWrote) {
    std::mt19937_64 random(20261122);
    std::uniform_int_distribution<std::int64_t> any_ms(-62167219200000, 253402300799999);
    for (int i = 0; i < 20000; ++i) {
        const WallTime time{std::chrono::milliseconds{any_ms(random)}};
        ASSERT_EQ(parse_rfc3339(format_rfc3339(time)).value(), time);
    }
}

TEST(Rfc3339, AppendsBehindWhatIsThere) {
    std::string out = "at ";
    append_rfc3339(out, WallTime{});
    EXPECT_EQ(out, "at 1970-01-01T00:00:00.000Z");
}

TEST(HttpDate, ReadsAnImfFixdate) {
    EXPECT_EQ(format_rfc3339(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").value()), "1994-11-06T08:49:37.000Z");
    EXPECT_EQ(format_rfc3339(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT").value()), "2017-01-01T00:00:00.000Z");
}

TEST(HttpDate, RefusesObsoleteAndBrokenForms) {
    for (const auto* text :
         {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 6 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ", "Mon, 06 Nov 1994 08:49:37 GMT",
          "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "120"}) {
        const auto date = parse_http_date(text);
        ASSERT_FALSE(date) << text;
        EXPECT_EQ(date.error().code, Errc::malformed);
    }
}

TEST(SystemClock, TellsTheTimeOfTheMachine) {
    const SystemClock clock;
    const auto wall_before = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto steady_before = std::chrono::steady_clock::now();
    const auto wall = clock.wall();
    const auto steady = clock.steady();
    EXPECT_LE(wall_before, wall);
    EXPECT_LE(wall, std::chrono::system_clock::now());
    EXPECT_LE(steady_before, steady);
    EXPECT_LE(steady, std::chrono::steady_clock::now());
}

TEST(ManualClock, MovesOnlyWhenTold) {
    test::ManualClock clock;
    const auto wall = clock.wall();
    const auto steady = clock.steady();
    EXPECT_EQ(format_rfc3339(wall), "2026-11-22T10:00:00.000Z");
    clock.advance(90s);
    EXPECT_EQ(clock.wall(), wall + 90s);
    EXPECT_EQ(clock.steady(), steady + 90s);
    clock.advance_wall(-1h);
    EXPECT_EQ(clock.wall(), wall + 90s - 1h);
    EXPECT_EQ(clock.steady(), steady + 90s);
    clock.advance_steady(1us);
    EXPECT_EQ(clock.steady(), steady + 90s + 1us);
    clock.set_wall(WallTime{5ms});
    clock.set_steady(SteadyTime{7ns});
    EXPECT_EQ(clock.wall(), WallTime{5ms});
    EXPECT_EQ(clock.steady(), SteadyTime{7ns});
}

}  // namespace
}  // namespace tollgate::core
