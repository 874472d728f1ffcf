// Which credentials are good enough to ask with, and that no answer brings one back.
#include "provider/credentials.hpp"

#include "provider/answer_reader.hpp"

#include <gtest/gtest.h>

#include <array>

namespace tollgate::provider {
namespace {

constexpr std::array keys{SettingKey{"user", "who asks", "\"${USER}\"", true},
                          SettingKey{"key", "what proves it", "\"${KEY}\"", true}};

std::string complaint(std::vector<std::pair<std::string, std::string>> credentials) {
    const auto checked = check_credentials({"kenya", {}, std::move(credentials), {}}, keys, "bank");
    if (checked) return {};
    EXPECT_EQ(checked.error().code, core::Errc::invalid_argument);
    return checked.error().message;
}

TEST(Credentials, AreAllThereAndNoOthers) {
    EXPECT_EQ(complaint({{"key", "~k!"}, {"user", "u"}}), "");
    EXPECT_EQ(complaint({{"user", "u"}}), "key: bank needs it, what proves it");
    EXPECT_EQ(complaint({}), "user: bank needs it, who asks");
    EXPECT_EQ(complaint({{"user", "u"}, {"key", "k"}, {"user", "v"}}), "user: bank needs it once, who asks");
    EXPECT_EQ(complaint({{"user", "u"}, {"key", "k"}, {"Key", "k"}}),
              "Key: bank has no such credential; it has user, key");
    EXPECT_EQ(complaint({{"user", "u"}, {"key", ""}}), "key: it is empty");
}

TEST(Credentials, FitIntoAHeader) {
    for (const std::string value : {"hush\r\nx: y", "hush\n", "\thush", "hu\x7fsh", " hush", "hush "})
        EXPECT_EQ(complaint({{"user", "u"}, {"key", value}}),
                  "key: no header can carry it; leave out line ends and blanks around it");
    EXPECT_EQ(complaint({{"user", "u"}, {"key", std::string("hush\0", 5)}}),
              "key: no header can carry it; leave out line ends and blanks around it");
}

TEST(Credentials, AreFoundByTheirNames) {
    const StatusSettings settings{"kenya", {}, {{"key", "k"}, {"user", "u"}}, {}};
    EXPECT_EQ(credential(settings, "user"), "u");
    EXPECT_EQ(credential(settings, "key"), "k");
    EXPECT_EQ(credential(settings, "secret"), "");
}

TEST(Credentials, AnAnswerIsReadWithoutThem) {
    AnswerReader reader({"very-secret"});
    const auto parsed = reader.parse(R"({"a":"the very-secret one","b":["very\u002dsecret"],"c":1.50})");
    ASSERT_TRUE(parsed);
    EXPECT_EQ((*parsed)["a"].string(), "***");
    EXPECT_EQ((*parsed)["b"].first_child().string(), "***");
    EXPECT_EQ((*parsed)["c"].number(), "1.50");
}

TEST(Credentials, WhatIsNoObjectIsNoAnswer) {
    AnswerReader reader({"very-secret"});
    for (const std::string_view body :
         {"", "very-secret", "{\"very-secret\":", "[\"very-secret\"]", "null", "\"very-secret\"", "{} very-secret"}) {
        const auto parsed = reader.parse(body);
        ASSERT_FALSE(parsed) << body;
        EXPECT_EQ(parsed.error().code, core::Errc::malformed);
        EXPECT_EQ(parsed.error().message.find("very-secret"), std::string::npos) << parsed.error().message;
    }
}

}  // namespace
}  // namespace tollgate::provider
