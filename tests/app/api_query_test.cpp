// Queries and percent-encoding.
#include "app/api_query.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace tollgate::app {
namespace {

constexpr std::array<std::string_view, 3> known{"limit", "type", "after"};

TEST(ApiQuery, FindsWhatIsThere) {
    const auto query = Query::parse("type=payment.%2a&&after=&limit", known);
    ASSERT_TRUE(query.has_value());
    EXPECT_EQ(query->find("type"), "payment.*");
    EXPECT_EQ(query->find("after"), "");
    EXPECT_EQ(query->find("limit"), "");
    EXPECT_EQ(Query::parse("", known)->find("type"), std::nullopt);
}

TEST(ApiQuery, RefusesWhatIsUnknownTwiceOrMalformed) {
    for (const char* text : {"limt=1", "=1", "type=a&type=a", "type=%", "type=%4", "type=%4g", "%=1", "Limit=1"}) {
        EXPECT_EQ(Query::parse(text, known).error().code, core::Errc::invalid_argument) << text;
    }
}

TEST(ApiQuery, ReadsNumbersWithinTheirLimits) {
    const auto number = [](const char* text) { return Query::parse(text, known)->number("limit", 1, 1000, 100); };
    EXPECT_EQ(number("").value(), 100U);
    EXPECT_EQ(number("limit=1").value(), 1U);
    EXPECT_EQ(number("limit=1000").value(), 1000U);
    for (const char* text : {"limit", "limit=0", "limit=1001", "limit=-1", "limit=+1", "limit=1.0", "limit=%201",
                             "limit=0x10", "limit=18446744073709551617"}) {
        EXPECT_EQ(number(text).error().code, core::Errc::invalid_argument) << text;
    }
}

TEST(PercentEncoding, GoesThereAndBackForEveryByte) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
    const auto encoded = percent_encoded(all);
    EXPECT_EQ(encoded.find_first_of("/?#&+ \r\n"), std::string::npos);
    EXPECT_EQ(percent_decoded(encoded), all);
    EXPECT_EQ(percent_encoded("a/b-._~Z9"), "a%2Fb-._~Z9");
}

TEST(Names, AreThoseOfTheConfiguration) {
    for (const std::string& name : {std::string("kenya"), std::string("a-1"), std::string(64, 'x')})
        EXPECT_TRUE(valid_name(name));
    for (const std::string& name :
         {std::string(), std::string("Kenya"), std::string("a:b"), std::string("a b"), std::string(65, 'x')}) {
        EXPECT_FALSE(valid_name(name)) << name;
    }
}

}  // namespace
}  // namespace tollgate::app
