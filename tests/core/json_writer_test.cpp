// JsonWriter: commas, escapes, and output that any parser reads back.
#include <tollgate/core/json.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace tollgate::core {
namespace {

std::string written(std::string_view text) {
    std::string out;
    JsonWriter(out).string(text);
    return out;
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
    std::string out = "> ";
    JsonWriter writer(out);
    writer.begin_object().key("a").integer(1).key("b").begin_array();
    writer.integer(-2)
        .string("x")
        .null()
        .boolean(true)
        .boolean(false)
        .begin_object()
        .end_object()
        .begin_array()
        .end_array();
    writer.raw("{\"r\":0}").unsigned_integer(7).end_array();
    writer.key("c").begin_object().key("d").raw("1.50").end_object();
    writer.key("e").string_or_null(std::nullopt).key("f").string_or_null("g").end_object();
    EXPECT_EQ(out, R"(> {"a":1,"b":[-2,"x",null,true,false,{},[],{"r":0},7],"c":{"d":1.50},"e":null,"f":"g"})");
}

TEST(JsonWriter, StartsEveryLevelAfresh) {
    std::string out;
    JsonWriter writer(out);
    writer.begin_array();
    for (int i = 0; i < 3; ++i) writer.begin_array().integer(i).integer(i).end_array();
    writer.end_array();
    EXPECT_EQ(out, "[[0,0],[1,1],[2,2]]");
}

TEST(JsonWriter, NestsSixtyLevels) {
    std::string out;
    JsonWriter writer(out);
    for (int i = 0; i < 60; ++i) writer.begin_array().integer(i);
    for (int i = 0; i < 60; ++i) writer.end_array();
    JsonParser parser({.max_depth = 60});
    EXPECT_TRUE(parser.parse(out));
}

TEST(JsonWriter, WritesTheLimitsOfIntegers) {
    std::string out;
    JsonWriter writer(out);
    writer.begin_array()
        .integer(std::numeric_limits<std::int64_t>::min())
        .integer(std::numeric_limits<std::int64_t>::max());
    writer.unsigned_integer(std::numeric_limits<std::uint64_t>::max()).end_array();
    EXPECT_EQ(out, "[-9223372036854775808,9223372036854775807,18446744073709551615]");
}

TEST(JsonWriter, EscapesWhatHasToBe) {
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("plain / text"), R"("plain / text")");
    EXPECT_EQ(written("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
    EXPECT_EQ(written(std::string_view("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\x7f\"");
    EXPECT_EQ(written("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

TEST(JsonWriter, EscapesWhereverItStands) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz \x7f";
    for (std::size_t size = 0; size <= plain.size(); ++size) {
        const std::string text(plain.substr(0, size));
        EXPECT_EQ(written(text), '"' + text + '"');
        for (std::size_t at = 0; at < size; ++at) {
            for (int byte = 0; byte < 0x100; ++byte) {
                std::string damaged = text;
                damaged[at] = static_cast<char>(byte);
                // One byte alone is escaped as it is among others.
                const std::string alone = written(damaged.substr(at, 1));
                EXPECT_EQ(written(damaged),
                          '"' + text.substr(0, at) + alone.substr(1, alone.size() - 2) + text.substr(at + 1) + '"');
            }
        }
    }
}

TEST(JsonWriter, EscapesKeysLikeStrings) {
    std::string out;
    JsonWriter(out).begin_object().key("a\"\n\xff").null().end_object();
    EXPECT_EQ(out, "{\"a\\\"\\n\xef\xbf\xbd\":null}");
}

TEST(JsonWriter, TakesNamesKnownWhenCompiling) {
    std::string out;
    JsonWriter writer(out);
    writer.begin_object().key<"first_one">().integer(1).key("b").null().key<"c">().begin_object().key<"">().null();
    writer.end_object().end_object();
    EXPECT_EQ(out, R"({"first_one":1,"b":null,"c":{"":null}})");
}

TEST(JsonWriter, WritesWholeMembers) {
    std::string out;
    JsonWriter writer(out);
    writer.begin_object().null<"a">().null<"b">().key("c").begin_object().null<"d">().end_object();
    writer.raw_member(R"("e":[1])").key<"f">().begin_object().raw_member(R"("g":2)").null<"h">().end_object();
    writer.end_object();
    EXPECT_EQ(out, R"({"a":null,"b":null,"c":{"d":null},"e":[1],"f":{"g":2,"h":null}})");
}

TEST(JsonWriter, ReplacesBytesThatAreNotUtf8) {
    const std::string bad = "\xef\xbf\xbd";
    EXPECT_EQ(written("a\xff"
                      "b"),
              "\"a" + bad + "b\"");
    EXPECT_EQ(written("\x80\x80"), "\"" + bad + bad + "\"");
    EXPECT_EQ(written("\xc3"), "\"" + bad + "\"");
    EXPECT_EQ(written("\xc3("), "\"" + bad + "(\"");
    EXPECT_EQ(written("\xe2\x82"
                      "x"),
              "\"" + bad + "x\"");
    EXPECT_EQ(written("\xf0\x9f\x98\""), "\"" + bad + "\\\"\"");
    // Overlong forms, surrogates and what lies above U+10FFFF: one replacement for each byte (Unicode 15, section 3.9).
    EXPECT_EQ(written("\xc0\xaf"), "\"" + bad + bad + "\"");
    EXPECT_EQ(written("\xe0\x80\xaf"), "\"" + bad + bad + bad + "\"");
    EXPECT_EQ(written("\xed\xa0\x80"), "\"" + bad + bad + bad + "\"");
    EXPECT_EQ(written("\xf4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"");
}

TEST(JsonWriter, KeepsTheEdgesOfUtf8) {
    for (const auto* text : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                             "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        EXPECT_EQ(written(text), "\"" + std::string(text) + "\"");
    }
}

std::string random_utf8(std::mt19937_64& random) {
    std::string text;
    for (auto left = random() % 40; left > 0; --left) {
        const auto kind = random() % 4;
        auto point = static_cast<std::uint32_t>(random() % (kind == 0   ? 0x20
                                                            : kind == 1 ? 0x80
                                                            : kind == 2 ? 0x800
                                                                        : 0x110000));
        if (point >= 0xd800 && point < 0xe000) point = 0xfffd;
        if (point < 0x80) {
            text += static_cast<char>(point);
        } else if (point < 0x800) {
            text += static_cast<char>(0xc0 | point >> 6);
            text += static_cast<char>(0x80 | (point & 0x3f));
        } else if (point < 0x10000) {
            text += static_cast<char>(0xe0 | point >> 12);
            text += static_cast<char>(0x80 | (point >> 6 & 0x3f));
            text += static_cast<char>(0x80 | (point & 0x3f));
        } else {
            text += static_cast<char>(0xf0 | point >> 18);
            text += static_cast<char>(0x80 | (point >> 12 & 0x3f));
            text += static_cast<char>(0x80 | (point >> 6 & 0x3f));
            text += static_cast<char>(0x80 | (point & 0x3f));
        }
    }
    return text;
}

TEST(JsonWriter, IsReadBackExactly) {
    JsonParser parser;
    std::mt19937_64 random(1);
    for (int i = 0; i < 5000; ++i) {
        const auto name = random_utf8(random);
        const auto text = random_utf8(random);
        std::string out;
        JsonWriter(out).begin_object().key(name).string(text).end_object();
        const auto value = parser.parse(out);
        ASSERT_TRUE(value) << out << ": " << value.error().message;
        ASSERT_EQ(value->first_child().key(), name);
        ASSERT_EQ(value->first_child().string(), text);
    }
}

TEST(JsonWriter, MakesValidJsonOfAnyBytesOnOneLine) {
    JsonParser parser;
    std::mt19937_64 random(2);
    for (int i = 0; i < 5000; ++i) {
        std::string bytes(random() % 60, '\0');
        // Half of them high, where UTF-8 goes wrong in interesting ways.
        for (char& byte : bytes) byte = static_cast<char>(random() % 2 == 0 ? 0x80 + random() % 0x80 : random() % 0x80);
        const auto out = written(bytes);
        ASSERT_TRUE(parser.parse(out)) << out;
        ASSERT_EQ(out.find('\n'), std::string::npos);
    }
}

}  // namespace
}  // namespace tollgate::core
