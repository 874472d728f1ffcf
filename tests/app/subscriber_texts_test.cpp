// What people read of subscribers: a table whose columns line up.
#include "app/subscriber_texts.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tollgate::app {
namespace {

std::string table(std::string_view json) {
    core::JsonParser parser;
    const auto value = parser.parse(json);
    EXPECT_TRUE(value.has_value());
    return value ? subscribers_text(*value) : std::string();
}

TEST(SubscriberTexts, TheTable) {
    EXPECT_EQ(table(R"({"subscribers":[
        {"name":"ledger","kind":"pull","breaker":null,"paused":false,"lag":{"events":12345,"oldest_at":"T","oldest_seconds":7200},
         "parked":0,"dead":3},
        {"name":"old\u001b[2J","kind":null,"breaker":null,"paused":false,"lag":{"events":0,"oldest_at":null,"oldest_seconds":null},
         "parked":0,"dead":0},
        {"name":"orders","kind":"url","breaker":"open","paused":false,"lag":{"events":2,"oldest_at":"T","oldest_seconds":5},
         "parked":17,"dead":0},
        {"name":"stopped","kind":"url","breaker":"closed","paused":true,"lag":{"events":0,"oldest_at":null,"oldest_seconds":null},
         "parked":0,"dead":0},
        {"name":"well","kind":"url","breaker":"closed","paused":false,"lag":{"events":0,"oldest_at":null,"oldest_seconds":null},
         "parked":0,"dead":0}]})"),
              "NAME     KIND  BEHIND  OLDEST  PARKED  DEAD  STATE\n"
              "ledger   pull   12345      2h       0     3  ok\n"
              "old?[2J  -          0       -       0     0  not configured here\n"
              "orders   url        2      5s      17     0  breaker open\n"
              "stopped  url        0       -       0     0  paused\n"
              "well     url        0       -       0     0  ok\n");
    EXPECT_EQ(table(R"({"subscribers":[]})"), "No subscribers.\n");
}

TEST(SubscriberTexts, Ages) {
    EXPECT_EQ(age_text(0), "0s");
    EXPECT_EQ(age_text(119), "119s");
    EXPECT_EQ(age_text(120), "2m");
    EXPECT_EQ(age_text(7199), "119m");
    EXPECT_EQ(age_text(2 * 24 * 3600 - 1), "47h");
    EXPECT_EQ(age_text(30LL * 24 * 3600), "30d");
}

}  // namespace
}  // namespace tollgate::app
