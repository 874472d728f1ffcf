// What requests bring is read strictly, and what is wrong with it is said by name.
#include "app/api_body.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tollgate::app {
namespace {

constexpr std::string_view known[] = {"name", "note"};

std::string wrong(std::string_view text) {
    const auto body = ApiBody::parse(text, known);
    if (body) return "nothing";
    EXPECT_EQ(body.error().code, core::Errc::invalid_argument) << text;
    return body.error().message;
}

TEST(ApiBody, IsAnObjectOfKnownMembers) {
    EXPECT_EQ(wrong(R"({})"), "nothing");
    EXPECT_EQ(wrong(R"( {"note": 1, "name": null} )"), "nothing");
    for (const char* text : {"[]", "null", "17", "\"name\""}) EXPECT_EQ(wrong(text), "the body is no JSON object");
    EXPECT_EQ(wrong(R"({"name":"a","amuont":"1"})"), "there is no member amuont");
    EXPECT_EQ(wrong(R"({"Name":"a"})"), "there is no member Name");
    EXPECT_EQ(wrong("{\"" + std::string(500, 'x') + "\":1}"), "there is no member " + std::string(64, 'x'));
    const std::string deep = "{\"name\":" + std::string(100, '[') + std::string(100, ']') + "}";
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("{} {}"), std::string(R"({"name":"a","name":"b"})"),
          std::string("{\"name\":\"\xff\"}"), deep}) {
        EXPECT_TRUE(wrong(text).starts_with("the body is no JSON object: ")) << text << ": " << wrong(text);
    }
}

TEST(ApiBody, TextsHaveALengthAndNoOtherType) {
    const auto text = [](std::string_view json) { return ApiBody::parse(json, known).value().text("name", 5); };
    EXPECT_EQ(text(R"({"name":"a"})").value(), "a");
    EXPECT_EQ(text(R"({"name":"fünf"})").value(), "fünf") << "five bytes";
    EXPECT_EQ(text(R"({"name":"\u0041\n"})").value(), "A\n");
    for (const char* json : {R"({"name":""})", R"({"name":"sixsix"})", R"({"name":"fünf!"})", R"({"name":null})",
                             R"({"name":7})", R"({"name":["a"]})", R"({"name":{"a":1}})", R"({"name":true})"}) {
        const auto refused = text(json);
        ASSERT_TRUE(refused.has_error()) << json;
        EXPECT_EQ(refused.error().code, core::Errc::invalid_argument);
        EXPECT_EQ(refused.error().message, "name is a string of 1 to 5 bytes");
    }
    EXPECT_EQ(text("{}").error().message, "name is missing");
}

TEST(ApiBody, WhatMayBeAbsentIsNothing) {
    const auto body = ApiBody::parse(R"({"name":"a"})", known).value();
    EXPECT_EQ(body.find_text("note", 5).value(), std::nullopt);
    EXPECT_EQ(body.find_text("name", 5).value(), "a");
}

}  // namespace
}  // namespace tollgate::app
