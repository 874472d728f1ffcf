// Words for messages: quoting and the name that was meant.
#include "ops/words.hpp"

#include <gtest/gtest.h>

#include <array>

namespace tollgate::ops {
namespace {

constexpr std::array<std::string_view, 4> known = {"name", "provider", "path", "max_body"};

TEST(Nearest, FindsSlipsOfTheFinger) {
    EXPECT_EQ(nearest("nmae", known), "name");
    EXPECT_EQ(nearest("names", known), "name");
    EXPECT_EQ(nearest("proivder", known), "provider");
    EXPECT_EQ(nearest("providr", known), "provider");
    EXPECT_EQ(nearest("max-body", known), "max_body");
    EXPECT_EQ(nearest("maxbody", known), "max_body");
    EXPECT_EQ(nearest("pth", known), "path");
}

TEST(Nearest, IsSilentWhenNothingIsNear) {
    EXPECT_EQ(nearest("", known), "");
    EXPECT_EQ(nearest("x", known), "");
    EXPECT_EQ(nearest("secret", known), "");
    EXPECT_EQ(nearest("protection", known), "");
    EXPECT_EQ(nearest(std::string(100'000, 'n'), known), "");
    EXPECT_EQ(nearest("name", {}), "");
}

TEST(Suggestion, IsAQuestionOrNothing) {
    EXPECT_EQ(suggestion("nmae", known), "did you mean \"name\"? ");
    EXPECT_EQ(suggestion("secret", known), "");
}

TEST(InQuotes, IsShortAndOnOneLine) {
    EXPECT_EQ(in_quotes("a\"b\n\x1b"), R"("a\"b\n\u001b")");
    EXPECT_EQ(in_quotes(std::string(64, 'a')), '"' + std::string(64, 'a') + '"');
    EXPECT_EQ(in_quotes(std::string(65, 'a')), '"' + std::string(64, 'a') + "\"...");
    EXPECT_EQ(in_quotes(std::string(63, 'a') + "\xc3\xa9"), '"' + std::string(63, 'a') + "\"...")
        << "no half character";
}

TEST(Listed, SeparatesByCommas) {
    EXPECT_EQ(listed(known), "name, provider, path, max_body");
    EXPECT_EQ(listed({}), "");
}

}  // namespace
}  // namespace tollgate::ops
