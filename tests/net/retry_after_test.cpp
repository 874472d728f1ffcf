// Retry-After as seconds, as a date, and as neither.
#include <tollgate/net/retry_after.hpp>

#include <gtest/gtest.h>

namespace tollgate::net {
namespace {

using namespace std::chrono_literals;

constexpr core::WallTime noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h;

TEST(RetryAfter, ReadsSeconds) {
    EXPECT_EQ(parse_retry_after("120", noon), 120s);
    EXPECT_EQ(parse_retry_after(" 7\t", noon), 7s);
    EXPECT_EQ(parse_retry_after("0", noon), 0s);
    EXPECT_EQ(parse_retry_after("86401", noon), 24h);
    EXPECT_EQ(parse_retry_after("99999999999999999999999999", noon), 24h);
}

TEST(RetryAfter, ReadsDates) {
    EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 12:00:30 GMT", noon), 30s);
    EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 11:00:00 GMT", noon), 0s) << "past: now";
    EXPECT_EQ(parse_retry_after("Tue, 24 Nov 2026 12:00:00 GMT", noon), 24h);
}

TEST(RetryAfter, RefusesTheRest) {
    for (const char* value : {"", " ", "soon", "-5", "+5", "1.5", "5s", "1e3", "2026-11-22T12:00:00Z"}) {
        EXPECT_EQ(parse_retry_after(value, noon), std::nullopt) << value;
    }
}

}  // namespace
}  // namespace tollgate::net
