// JsonParser: what is JSON, what is not, and what would cost too much.
#include <tollgate/core/json.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace tollgate::core {
namespace {

using namespace std::string_literals;

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out.append(text);
    return out;
}

TEST(JsonParser, TakesEveryKindOfValueOnItsOwn) {
    JsonParser parser;
    for (const auto& text : {"null"s,
                             "true"s,
                             "false"s,
                             "0"s,
                             "-0"s,
                             "-1"s,
                             "1.50"s,
                             "1e400"s,
                             "-1E-400"s,
                             "1e+2"s,
                             "0.0e0"s,
                             "\"\""s,
                             "\"a\""s,
                             "[]"s,
                             "{}"s,
                             "[[]]"s,
                             "[{}]"s,
                             "{\"\":0}"s,
                             "[1,2]"s,
                             "123456789012345678901234567890123456789012345678901234567890"s,
                             "\"\\u0000\""s,
                             "\"\x7f\""s,
                             "\"\xe2\x80\xa8\""s,
                             "\"\xef\xbf\xbf\""s,
                             "\"\xf4\x8f\xbf\xbf\""s}) {
        const auto value = parser.parse(text);
        ASSERT_TRUE(value) << text << ": " << value.error().message;
        EXPECT_EQ(value->raw(), text);
        const auto spaced = parser.parse(" \t\r\n" + text + "\n\r\t ");
        ASSERT_TRUE(spaced) << text;
        EXPECT_EQ(spaced->raw(), text);
    }
}

TEST(JsonParser, RefusesWhatIsNotJson) {
    JsonParser parser;
    for (const auto& text : {""s,
                             " "s,
                             "\n\t"s,
                             "nul"s,
                             "nulll"s,
                             "Null"s,
                             "truE"s,
                             "True"s,
                             "falsey"s,
                             "undefined"s,
                             "NaN"s,
                             "Infinity"s,
                             "-Infinity"s,
                             "'a'"s,
                             "{"s,
                             "}"s,
                             "["s,
                             "]"s,
                             "[}"s,
                             "{]"s,
                             "[1"s,
                             "[1}"s,
                             "{\"a\":1"s,
                             "{\"a\":1]"s,
                             "[[1]"s,
                             "[1]]"s,
                             "{}}"s,
                             "{{}}"s,
                             ","s,
                             ":"s,
                             "[,]"s,
                             "[1,]"s,
                             "[,1]"s,
                             "[1,,2]"s,
                             "[1 2]"s,
                             "[1:2]"s,
                             "[\"a\":1]"s,
                             "1,2"s,
                             "1],[2"s,
                             "[],[]"s,
                             "[]1"s,
                             "{,}"s,
                             "{\"a\"}"s,
                             "{\"a\":}"s,
                             "{\"a\":1,}"s,
                             "{\"a\",1}"s,
                             "{\"a\"::1}"s,
                             "{\"a\":1:2}"s,
                             "{1:1}"s,
                             "{a:1}"s,
                             "{\"a\":1 \"b\":2}"s,
                             "{'a':1}"s,
                             "{null:1}"s,
                             "{[]:1}"s,
                             "1 2"s,
                             "{} {}"s,
                             "\"a\"b"s,
                             "\"a\" \"b\""s,
                             "[\"a\"\"b\"]"s,
                             "[1\"b\"]"s,
                             "\"a"s,
                             "\""s,
                             "\"\\\""s,
                             "\"a\\"s,
                             "[\"a]"s,
                             "// x\n1"s,
                             "/* x */1"s,
                             "1 // x"s,
                             "#1"s,
                             "\"\x01\""s,
                             "\"\n\""s,
                             "\"\t\""s,
                             "\"a\0b\""s,
                             "\0"s,
                             "1\0"s,
                             "[1]\0"s,
                             "\f1"s,
                             "\v1"s,
                             "\xc2\xa0"s + "1"}) {
        const auto value = parser.parse(text);
        ASSERT_FALSE(value) << text << " passed as " << value->raw();
        EXPECT_EQ(value.error().code, Errc::malformed) << text;
    }
}

TEST(JsonParser, RefusesNumbersThatOnlyLookLikeNumbers) {
    JsonParser parser;
    for (const auto& text : {"+1"s,    "-"s,    "--1"s,   "01"s,    "-01"s, "00"s,    "1."s,       ".5"s,
                             "-.5"s,   "1.e1"s, "1e"s,    "1e+"s,   "1E-"s, "1e1.5"s, "0x10"s,     "1_000"s,
                             "1,000"s, "1a"s,   "1.2.3"s, "1e5e5"s, "1-"s,  "1+1"s,   "\xd9\xa1"s, "1\xc2\xa0"s}) {
        EXPECT_FALSE(parser.parse(text)) << text;
        EXPECT_FALSE(parser.parse("[" + text + "]")) << text;
        EXPECT_FALSE(parser.parse("{\"a\":" + text + "}")) << text;
    }
}

TEST(JsonParser, RefusesWrongEscapesAndHalvesOfSurrogatePairs) {
    JsonParser parser;
    for (const auto* inside : {R"(\x41)",         R"(\a)",           R"(\')",
                               R"(\0)",           R"(\U0041)",       R"(\u)",
                               R"(\u12)",         R"(\u12g4)",       R"(\u 123)",
                               R"(\u-123)",       R"(\ud800)",       R"(\udbff)",
                               R"(\udc00)",       R"(\udfff)",       R"(\ud800x)",
                               R"(\ud800\n)",     R"(\ud800\u0041)", R"(\ud800\ud800)",
                               R"(\ud800\ue000)", R"(\ude00\ud83d)", R"(\ud83d\ude00\ude00)",
                               R"(\ud83d\u)",     R"(\ud83d\)"}) {
        const std::string string = "\"" + std::string(inside) + "\"";
        EXPECT_FALSE(parser.parse(string)) << string;
        EXPECT_FALSE(parser.parse("{" + string + ":1}")) << string << " as a key";
        EXPECT_FALSE(parser.parse("[0,[{\"deep\":" + string + "}]]")) << string;
    }
    EXPECT_EQ(parser.parse(R"("\ud83d\uDE00\uffff\uD7FF\ue000")").value().string(),
              "\xf0\x9f\x98\x80\xef\xbf\xbf\xed\x9f\xbf\xee\x80\x80");
}

TEST(JsonParser, RefusesBytesThatAreNotUtf8) {
    JsonParser parser;
    for (const auto* bytes :
         {"\xff", "\x80", "\xc0\x80", "\xc3", "\xc3(", "\xe2\x82", "\xe0\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf",
          "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x98"}) {
        EXPECT_FALSE(parser.parse("\"" + std::string(bytes) + "\""));
        EXPECT_FALSE(parser.parse("{\"" + std::string(bytes) + "\":1}"));
        EXPECT_FALSE(parser.parse("[\"" + repeated("x", 100) + bytes + "\"]"));
        EXPECT_FALSE(parser.parse("1" + std::string(bytes)));
    }
}

TEST(JsonParser, RefusesAByteOrderMark) {
    JsonParser parser;
    const auto value = parser.parse("\xef\xbb\xbf{}");
    ASSERT_FALSE(value);
    EXPECT_NE(value.error().message.find("byte order mark"), std::string::npos);
    EXPECT_EQ(value.error().code, Errc::malformed);
    EXPECT_FALSE(parser.parse("\xff\xfe{\0}\0"s));
    EXPECT_FALSE(parser.parse("[\xef\xbb\xbf]"));
}

TEST(JsonParser, CountsObjectsAndArraysAsDepth) {
    JsonParser parser({.max_depth = 3});
    EXPECT_TRUE(parser.parse("[[[1]]]"));
    EXPECT_TRUE(parser.parse(R"({"a":[{"b":1}]})"));
    EXPECT_TRUE(parser.parse("[[[1]],[[2]],[[3]]]"));
    for (const auto* text : {"[[[[]]]]", R"({"a":{"b":{"c":{}}}})", R"([{"a":[{}]}])", "[1,[2,[3,[4]]]]"}) {
        const auto value = parser.parse(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().code, Errc::limit_exceeded);
    }
    JsonParser flat({.max_depth = 0});
    EXPECT_TRUE(flat.parse("1"));
    EXPECT_FALSE(flat.parse("[]"));
}

TEST(JsonParser, SurvivesDepthBombs) {
    JsonParser parser;
    EXPECT_TRUE(parser.parse(repeated("[", 32) + repeated("]", 32)));
    for (const auto& bomb : {repeated("[", 33) + repeated("]", 33), repeated("[", 1'000'000),
                             repeated("[", 500'000) + repeated("]", 500'000), repeated("{\"a\":", 200'000),
                             repeated("[{\"a\":", 100'000) + "1"}) {
        const auto value = parser.parse(bomb);
        ASSERT_FALSE(value);
        EXPECT_EQ(value.error().code, Errc::limit_exceeded);
    }
    EXPECT_FALSE(parser.parse(repeated("]", 100'000)));
}

TEST(JsonParser, TakesChainsAsDeepAsItIsTold) {
    JsonParser parser({.max_depth = 2000});
    const auto value = parser.parse(repeated("{\"a\":[", 1000) + "7" + repeated("]}", 1000));
    ASSERT_TRUE(value);
    JsonValue inner = *value;
    for (int i = 0; i < 1000; ++i) inner = inner["a"].first_child();
    EXPECT_EQ(inner.integer(), 7);
}

TEST(JsonParser, RefusesOneNameTwice) {
    JsonParser parser;
    for (const auto* text :
         {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"a":1,"\u0061":2})", R"([{"x":{"":1,"":2}}])"}) {
        const auto value = parser.parse(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().code, Errc::malformed);
    }
    EXPECT_TRUE(parser.parse(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"A":3,"a ":4})"));
}

std::string object_of(int members, std::string_view extra = {}) {
    std::string text = "{";
    for (int i = 0; i < members; ++i)
        text.append("\"k").append(std::to_string(i)).append("\":[").append(std::to_string(i)).append("],");
    if (extra.empty()) text.pop_back();
    return text.append(extra).append("}");
}

TEST(JsonParser, RefusesOneNameTwiceInObjectsOfAnySize) {
    JsonParser parser;
    for (const int members : {1, 2, 15, 31, 32, 33, 34, 100, 5000}) {
        EXPECT_TRUE(parser.parse(object_of(members))) << members;
        EXPECT_FALSE(parser.parse(object_of(members, "\"k0\":1"))) << members;
        EXPECT_FALSE(parser.parse(object_of(members, "\"k" + std::to_string(members - 1) + "\":1"))) << members;
        EXPECT_TRUE(parser.parse(object_of(members, "\"k\":1"))) << members;
    }
}

TEST(JsonParser, FindsTheLastOfANameWhereDuplicatesAreAllowed) {
    JsonParser parser({.allow_duplicate_keys = true});
    const auto value = parser.parse(R"({"a":1,"b":2,"a":3})");
    ASSERT_TRUE(value);
    EXPECT_EQ((*value)["a"].integer(), 3);
    std::string order;
    for (auto member = value->first_child(); member.exists(); member = member.next_sibling()) {
        order.append(member.key()).append(member.raw()).append(" ");
    }
    EXPECT_EQ(order, "a1 b2 a3 ");
}

TEST(JsonParser, LooksForDuplicatesInLessThanQuadraticTime) {
    // 100,000 members of one object: comparing each with each would take 5,000,000,000 comparisons, more than ten
    // seconds.
    JsonParser parser;
    const auto text = object_of(100'000);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(parser.parse(text));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(JsonParser, SaysRoughlyWhereAndNeverWhat) {
    JsonParser parser;
    const auto value = parser.parse(R"({"secret_name":"secret_value" "b":2})");
    ASSERT_FALSE(value);
    EXPECT_NE(value.error().message.find("near byte 30"), std::string::npos) << value.error().message;
    EXPECT_EQ(value.error().message.find("secret"), std::string::npos) << value.error().message;
}

TEST(JsonParser, ForgetsEveryDocumentBeforeTheNext) {
    JsonParser parser;
    // Short ones behind long ones: bytes of the long one must never complete the short one.
    EXPECT_TRUE(parser.parse(repeated("[", 20) + "\"" + repeated("]", 200) + "\"" + repeated("]", 20)));
    EXPECT_FALSE(parser.parse("[[1,2]"));
    EXPECT_FALSE(parser.parse("[\"a"));
    EXPECT_FALSE(parser.parse(""));
    EXPECT_EQ(parser.parse("{\"a\":1}").value()["a"].integer(), 1);
    EXPECT_FALSE(parser.parse("{\"a\":"));
    EXPECT_EQ(parser.parse("2").value().integer(), 2);
    EXPECT_FALSE(parser.parse("2").value()["a"].exists());
}

TEST(JsonParser, TakesBodiesOfEveryLengthAroundItsBlocks) {
    JsonParser parser;
    for (std::size_t length = 0; length < 400; ++length) {
        const std::string inside = repeated("x", length);
        const auto value = parser.parse("[\"" + inside + "\"]");
        ASSERT_TRUE(value) << length;
        ASSERT_EQ(value->first_child().string(), inside);
        ASSERT_FALSE(parser.parse("[\"" + inside + "\"")) << length;
        ASSERT_FALSE(parser.parse("[\"" + inside)) << length;
    }
    const std::string large = repeated("0123456789", 300'000);
    EXPECT_EQ(parser.parse("\"" + large + "\"").value().string(), large);
}

}  // namespace
}  // namespace tollgate::core
