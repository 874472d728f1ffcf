// Forms: decoded strictly, bounded, and made into JSON without anything that could be read in two ways.
#include "provider/form.hpp"

#include <tollgate/core/json.hpp>

#include <gtest/gtest.h>

#include <random>

namespace tollgate::provider {
namespace {

/// "name=value|..." of a form that can be read, else the kind of error.
std::string read(std::string_view text, FormLimits limits = {}) {
    const auto fields = parse_form(text, limits);
    if (!fields) return "error: " + std::string(core::to_string(fields.error().code));
    std::string out;
    for (const FormField& field : *fields) out += field.name + "=" + field.value + "|";
    return out;
}

std::string json(std::string_view text) {
    const auto fields = parse_form(text);
    if (!fields) return "error: " + fields.error().message;
    const auto made = form_json(*fields);
    return made ? *made : "error: " + made.error().message;
}

const std::string malformed = "error: " + std::string(core::to_string(core::Errc::malformed));
const std::string too_much = "error: " + std::string(core::to_string(core::Errc::limit_exceeded));

TEST(ParseForm, DecodesEscapesAndBlanks) {
    EXPECT_EQ(read("a=1&b=x+y&c=%41%2b%26%3D%c3%a9&d="), "a=1|b=x y|c=A+&=\xc3\xa9|d=|");
    EXPECT_EQ(read("data%5Btxstatus%5D=1&data[x]=2"), "data[txstatus]=1|data[x]=2|");
    EXPECT_EQ(read("a=b=c"), "a=b=c|");
    EXPECT_EQ(read("a"), "a=|");
    EXPECT_EQ(read(""), "");
    EXPECT_EQ(read("&&a=1&&b=2&"), "a=1|b=2|");
    EXPECT_EQ(read("a=%00"), std::string("a=\0|", 4));
}

TEST(ParseForm, KeepsTheWireOrderAndWhatIsRepeated) {
    EXPECT_EQ(read("b=1&a=2&b=3"), "b=1|a=2|b=3|");
}

TEST(ParseForm, RefusesBadEscapes) {
    for (const std::string_view text : {"a=%", "a=%4", "a=%4&b=1", "a=%G1", "a=%1G", "a=%-1", "a=%+1", "a=% 1",
                                        "a=%%41", "%=1", "%zz=1", "a=1&b=%", "a=%u0041"})
        EXPECT_EQ(read(text), malformed) << text;
}

TEST(ParseForm, RefusesFieldsWithoutAName) {
    EXPECT_EQ(read("=1"), malformed);
    EXPECT_EQ(read("a=1&=&b=2"), malformed);
}

TEST(ParseForm, HasLimits) {
    EXPECT_EQ(read("a=1&b=2", {.max_fields = 2}), "a=1|b=2|");
    EXPECT_EQ(read("a=1&b=2&c=3", {.max_fields = 2}), too_much);
    EXPECT_EQ(read("abc=1", {.max_name = 3}), "abc=1|");
    EXPECT_EQ(read("abcd=1", {.max_name = 3}), too_much);
    EXPECT_EQ(read("a=%41%41%41", {.max_value = 3}), "a=AAA|");
    EXPECT_EQ(read("a=AAAA", {.max_value = 3}), too_much);
    std::string many;
    for (int field = 0; field < 129; ++field) many += "f" + std::to_string(field) + "=1&";
    EXPECT_EQ(read(many), too_much);
}

TEST(ParseForm, TellsWhereTheValuesStand) {
    const std::string_view text = "&a=1&bc=%41%42&d&e=";
    const auto fields = parse_form(text).value();
    ASSERT_EQ(fields.size(), 4U);
    const auto place = [&](std::size_t field) {
        return text.substr(fields[field].value_begin, fields[field].value_end - fields[field].value_begin);
    };
    EXPECT_EQ(place(0), "1");
    EXPECT_EQ(place(1), "%41%42");
    EXPECT_EQ(place(2), "");
    EXPECT_EQ(fields[2].value_begin, 16U);
    EXPECT_EQ(place(3), "");
    EXPECT_EQ(fields[3].value_begin, text.size());
}

TEST(FormJson, NestsByBrackets) {
    EXPECT_EQ(json("a=1&b=x%22y"), R"({"a":"1","b":"x\"y"})");
    EXPECT_EQ(json("data[a]=1&x=2&data[b]=3"), R"({"data":{"a":"1","b":"3"},"x":"2"})");
    EXPECT_EQ(json("m[]=a&m[]=b"), R"({"m":{"0":"a","1":"b"}})");
    EXPECT_EQ(json("m[0]=a&m[1]=b"), R"({"m":{"0":"a","1":"b"}})");
    EXPECT_EQ(json("a[b][c][d]=1"), R"({"a":{"b":{"c":{"d":"1"}}}})");
    EXPECT_EQ(json(""), "{}");
}

TEST(FormJson, RefusesWhatCouldMeanEither) {
    for (const std::string_view text : {"a=1&a=1", "a=1&a=2", "a=1&%61=2", "data[a]=1&data[a]=2", "a=1&a[b]=2",
                                        "a[b]=1&a=2", "a[b][c]=1&a[b]=2", "m[0]=a&m[0]=b"})
        EXPECT_EQ(json(text), "error: a name that occurs twice") << text;
    for (const std::string_view text : {"a[=1", "a]=1", "a[b=1", "a[b]c=1", "a[b]]=1", "a[[b]]=1", "a[b][=1"})
        EXPECT_EQ(json(text), "error: brackets in a name that do not match") << text;
    EXPECT_EQ(json("[a]=1"), "error: a name that begins with a bracket");
    EXPECT_EQ(json("a[b][c][d][e]=1"), "error: more than 4 levels of brackets");
}

TEST(FormJson, BytesThatAreNoUtf8BecomeReplacements) {
    EXPECT_EQ(json("a=%ff"), "{\"a\":\"\xef\xbf\xbd\"}");
}

TEST(FormEncoded, ReadsBack) {
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte) every_byte.push_back(static_cast<char>(byte));
    EXPECT_EQ(read("a=" + form_encoded(every_byte)), "a=" + every_byte + "|");
    EXPECT_EQ(form_encoded("a b&c=d+e%f-._"), "a+b%26c%3Dd%2Be%25f-._");
}

TEST(Form, NoiseNeitherCrashesNorMakesBadJson) {
    constexpr std::string_view pieces[] = {"a",   "b",   "=",   "&", "[",  "]",    "%",
                                           "%5B", "%5d", "%00", "+", "\"", "\xff", "0"};
    std::mt19937_64 random(20261122);
    core::JsonParser parser;
    int read_count = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string noise;
        for (auto count = random() % 16; count > 0; --count) noise += pieces[random() % std::size(pieces)];
        const auto fields = parse_form(noise);
        if (!fields) continue;
        for (const FormField& field : *fields) {
            ASSERT_LE(field.value_begin, field.value_end);
            ASSERT_LE(field.value_end, noise.size());
        }
        const auto made = form_json(*fields);
        if (!made) continue;
        ++read_count;
        ASSERT_TRUE(parser.parse(*made)) << *made;
    }
    EXPECT_GT(read_count, 1'000);
}

}  // namespace
}  // namespace tollgate::provider
