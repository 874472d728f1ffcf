// JsonParser against a second opinion: simdjson's DOM parser on thousands of damaged documents.
#include <tollgate/core/json.hpp>

#include <gtest/gtest.h>
#include <simdjson.h>

#include <array>
#include <random>
#include <string>

namespace tollgate::core {
namespace {

using namespace std::string_view_literals;

constexpr std::array<std::string_view, 4> seeds{
    R"({"event":"collection.verified","data":{"transaction":{"amount":300000,"currency":"KES","isPaid":true,"code":null}}})",
    R"([1,-2.5,3e10,"a\n\u00e9\ud83d\ude00",{"x":[[],{}],"y":[false,"\\"]},null])",
    R"( { "a" : [ 1 , 2 , { "b" : "c,]}" } ] , "d" : { } , "e" : -0.0 } )",
    "[\"caf\xc3\xa9\",\"\xf0\x9f\x98\x80\",\"\\\"\",{\"k\":{\"k\":{\"k\":[0]}}}]"};

// Characters that matter to the grammar, so that damage often is nearly right.
constexpr std::string_view spice = "{}[]:,\"\\ 0123456789-+.eEtfnul\n\x01\x7f\xc3\xa9\xff\0"sv;

std::string damaged(std::mt19937_64& random, std::string text) {
    const auto below = [&random](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
    for (auto changes = 1 + below(3); changes > 0 && !text.empty(); --changes) {
        const auto at = below(text.size());
        const char with = spice[below(spice.size())];
        switch (below(4)) {
            case 0:
                text[at] = with;
                break;
            case 1:
                text.erase(at, 1 + below(4));
                break;
            case 2:
                text.insert(at, 1, with);
                break;
            default:
                text.insert(at, text.substr(below(text.size()), 1 + below(8)));
        }
    }
    return text;
}

TEST(JsonParser, AgreesWithASecondParserOnDamagedDocuments) {
    JsonParser parser({.max_depth = 1000, .allow_duplicate_keys = true});
    simdjson::dom::parser second;
    std::mt19937_64 random(8259);
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 60000; ++i) {
        const auto text = damaged(random, std::string(seeds[random() % seeds.size()]));
        const auto value = parser.parse(text);
        const auto code = second.parse(text).error();
        // The DOM reads numbers into 64 bits; ours keeps them as text.
        if (code == simdjson::NUMBER_ERROR) continue;
        ASSERT_EQ(value.has_value(), code == simdjson::SUCCESS) << text << "\n"
                                                                << (value ? "" : value.error().message) << "\n"
                                                                << simdjson::error_message(code);
        ++(value ? accepted : refused);
    }
    EXPECT_GT(accepted, 5000);
    EXPECT_GT(refused, 20000);
}

std::string minified(simdjson::dom::element element) {
    return simdjson::minify(element);
}

/// Rebuilds a document from the tape alone.
void rewrite(JsonWriter& writer, JsonValue value) {
    switch (*value.type()) {
        case JsonType::object:
            writer.begin_object();
            for (auto member = value.first_child(); member.exists(); member = member.next_sibling()) {
                writer.key(member.key());
                rewrite(writer, member);
            }
            writer.end_object();
            return;
        case JsonType::array:
            writer.begin_array();
            for (auto element = value.first_child(); element.exists(); element = element.next_sibling())
                rewrite(writer, element);
            writer.end_array();
            return;
        case JsonType::string:
            writer.string(*value.string());
            return;
        default:
            writer.raw(value.raw());
    }
}

TEST(JsonParser, ReadsTheSameDocumentAsASecondParser) {
    JsonParser parser({.max_depth = 1000, .allow_duplicate_keys = true});
    simdjson::dom::parser second;
    std::mt19937_64 random(627);
    int compared = 0;
    for (int i = 0; i < 20000; ++i) {
        const auto text = damaged(random, std::string(seeds[random() % seeds.size()]));
        const auto value = parser.parse(text);
        if (!value) continue;
        std::string rewritten;
        JsonWriter writer(rewritten);
        rewrite(writer, *value);
        simdjson::dom::element ours;
        simdjson::dom::element theirs;
        if (second.parse(text).get(theirs)) continue;
        const auto expected = minified(theirs);
        ASSERT_FALSE(second.parse(rewritten).get(ours)) << text << "\n" << rewritten;
        ASSERT_EQ(minified(ours), expected) << text;
        ++compared;
    }
    EXPECT_GT(compared, 1500);
}

}  // namespace
}  // namespace tollgate::core
