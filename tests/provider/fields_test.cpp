// The readers that providers share, on values at their borders.
#include "provider/fields.hpp"

#include <gtest/gtest.h>

#include <array>

namespace tollgate::provider {
namespace {

/// Parses and keeps one value.
class Json {
  public:
    explicit Json(std::string_view text) : value_(parser_.parse(text).value()) {}
    [[nodiscard]] core::JsonValue value() const { return value_; }

  private:
    core::JsonParser parser_;
    core::JsonValue value_;
};

std::string email(std::string_view json) {
    return email_field(Json(json).value()).value_or("none");
}
std::string phone(std::string_view json) {
    return phone_field(Json(json).value()).value_or("none");
}

TEST(Fields, EmailsHaveOneAtAndNoSpace) {
    EXPECT_EQ(email(R"("a@b")"), "a@b");
    EXPECT_EQ(email(R"("first.last+tag@example.co.ke")"), "first.last+tag@example.co.ke");
    for (const std::string_view wrong :
         {R"("")", R"("a")", R"("@")", R"("@b")", R"("a@")", R"("a@b@c")", R"("a b@c")", R"("a@b\n")", "7"})
        EXPECT_EQ(email(wrong), "none") << wrong;
    EXPECT_EQ(email('"' + std::string(252, 'a') + "@b\""), std::string(252, 'a') + "@b");
    EXPECT_EQ(email('"' + std::string(253, 'a') + "@b\""), "none");
}

TEST(Fields, PhonesAreSevenToFifteenDigits) {
    EXPECT_EQ(phone(R"("1234567")"), "1234567");
    EXPECT_EQ(phone(R"("+123456789012345")"), "123456789012345");
    for (const std::string_view wrong : {R"("123456")", R"("1234567890123456")", R"("++1234567")", R"("1234567+")",
                                         R"("123 4567")", R"("")", "1234567"})
        EXPECT_EQ(phone(wrong), "none") << wrong;
}

TEST(Fields, TextsLoseControlCharactersAndNeverHalfACharacter) {
    EXPECT_EQ(clean_text("a\tb\r\nc"), "a b  c");
    EXPECT_EQ(clean_text("\xe2\x82\xac", 3), "\xe2\x82\xac");
    EXPECT_EQ(clean_text("\xe2\x82\xac", 2), "");
    EXPECT_EQ(clean_text("a\xe2\x82\xac", 2), "a");
    EXPECT_EQ(clean_text("\x80\x80\x80", 2), "");
    EXPECT_EQ(clean_text(std::string(2000, 'a')).size(), max_text_size);
    EXPECT_EQ(clean_text("", 0), "");
}

TEST(Fields, SilenceIsAbsentOrNull) {
    const Json json(R"({"null":null,"empty":"","zero":0,"no":false})");
    EXPECT_TRUE(is_silent(json.value()["missing"]));
    EXPECT_TRUE(is_silent(json.value()["null"]));
    for (const std::string_view said : {"empty", "zero", "no"}) EXPECT_FALSE(is_silent(json.value()[said])) << said;
}

TEST(Fields, DetailsAreCompactAndKeepTheFirstOfAName) {
    const Json json("{ \"a\" : 1 , \"b c\" : { \"d e\" : [ 1 , \"x\\\" y\" ] } ,\n\t\"q\\\"\" : null , \"skip\" : 2 }");
    const std::array<std::string_view, 1> known{"skip"};
    Details details;
    details.add_members(json.value(), known).add("a", json.value()["b c"]).add("z", json.value()["missing"]);
    EXPECT_EQ(details.finish(), R"({"a":1,"b c":{"d e":[1,"x\" y"]},"q\"":null})");
    EXPECT_EQ(Details().finish(), "{}");
    const Json plain(R"({"a":1,"b":{"c":["d",{}]},"e":{"f": 1},"g":"h i","j" :2,"\u006b":3})");
    EXPECT_EQ(Details().add_members(plain.value(), {}).finish(),
              R"({"a":1,"b":{"c":["d",{}]},"e":{"f":1},"g":"h i","j":2,"k":3})");
    EXPECT_EQ(Details().add("z", plain.value()["a"]).add("b", plain.value()["b"]).finish(),
              R"({"z":1,"b":{"c":["d",{}]}})");
    EXPECT_EQ(Details().add_members(Json("[1]").value(), {}).finish(), "{}");
}

}  // namespace
}  // namespace tollgate::provider
