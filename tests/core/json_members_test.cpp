// Members of objects: found by their names, told apart, and given as they were sent.
#include <tollgate/core/json.hpp>

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::core {
namespace {

/// Names of which many have the same length and the same bytes at both ends and in the middle.
std::string alike_name(std::mt19937_64& random) {
    std::string name;
    for (auto size = random() % 7; size > 0; --size) name += random() % 2 == 0 ? 'a' : 'b';
    return name;
}

TEST(JsonMembers, AreToldApartByNamesThatAreAlike) {
    std::mt19937_64 random(20261201);
    int repeated = 0;
    for (int round = 0; round < 2000; ++round) {
        // Around the number from which they are sorted; the last of a name counts where duplicates are allowed.
        std::map<std::string, int> last;
        std::string text;
        const int count = static_cast<int>(random() % 40);
        for (int i = 0; i < count; ++i) {
            const std::string name = alike_name(random);
            last[name] = i;
            text.append(text.empty() ? "{\"" : ",\"").append(name).append("\":").append(std::to_string(i));
        }
        text.append(text.empty() ? "{}" : "}");
        const bool repeats = last.size() != static_cast<std::size_t>(count);
        repeated += repeats ? 1 : 0;
        JsonParser strict;
        ASSERT_EQ(strict.parse(text).has_value(), !repeats) << text;
        JsonParser lenient({.allow_duplicate_keys = true});
        const auto value = lenient.parse(text);
        ASSERT_TRUE(value) << text;
        for (const auto& [name, place] : last) EXPECT_EQ((*value)[name].integer(), place) << name << " in " << text;
        for (int i = 0; i < 20; ++i) {
            const std::string name = alike_name(random);
            EXPECT_EQ((*value)[name].exists(), last.contains(name)) << name << " in " << text;
        }
    }
    EXPECT_GT(repeated, 500);
    EXPECT_LT(repeated, 1900);
}

TEST(JsonMembers, AreGivenAsTheyWereSent) {
    JsonParser parser;
    const auto value = parser.parse(
        R"({"a":1,"":"x y","b":{"c" : [ 2 ]},"d" :3,"e": 4,"\u0066":5,"g\"":6,"\\":7,"h\\":8,"\"":9,"i":[{"j":10},11]})");
    ASSERT_TRUE(value);
    std::vector<std::string> members;
    for (auto member = value->first_child(); member.exists(); member = member.next_sibling())
        members.emplace_back(member.raw_member());
    const std::vector<std::string> expected{
        R"("a":1)", R"("":"x y")", R"("b":{"c" : [ 2 ]})", "", "", "", "", "", "", "", R"("i":[{"j":10},11])"};
    EXPECT_EQ(members, expected);
    EXPECT_EQ(value->raw_member(), "");
    EXPECT_EQ((*value)["i"].first_child().raw_member(), "");
    EXPECT_EQ((*value)["i"].first_child()["j"].raw_member(), R"("j":10)");
    EXPECT_EQ((*value)["b"]["c"].raw_member(), "");
    EXPECT_EQ(JsonValue().raw_member(), "");
}

TEST(JsonMembers, AsTheyWereSentTheySayTheSame) {
    constexpr std::array<std::string_view, 8> pieces{"a", "b", R"(\")", R"(\\)", R"(\u0061)", R"(\u005c)", ":", ","};
    std::mt19937_64 random(20261202);
    JsonParser parser({.allow_duplicate_keys = true});
    JsonParser second;
    int copied = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string text;
        for (auto members = random() % 6; members > 0; --members) {
            text.append(text.empty() ? "{\"" : ",\"");
            for (auto size = random() % 5; size > 0; --size) text.append(pieces[random() % pieces.size()]);
            text.append(random() % 4 == 0 ? "\" :" : "\":").append(random() % 2 == 0 ? "\"\"" : "7");
        }
        text.append(text.empty() ? "{}" : "}");
        const auto value = parser.parse(text);
        ASSERT_TRUE(value) << text;
        for (auto member = value->first_child(); member.exists(); member = member.next_sibling()) {
            if (member.raw_member().empty()) continue;
            const auto alone = second.parse("{" + std::string(member.raw_member()) + "}");
            ASSERT_TRUE(alone) << member.raw_member() << " in " << text;
            EXPECT_EQ(alone->first_child().key(), member.key()) << text;
            EXPECT_EQ(alone->first_child().raw(), member.raw()) << text;
            EXPECT_FALSE(alone->first_child().next_sibling().exists()) << text;
            ++copied;
        }
    }
    EXPECT_GT(copied, 1000);
}

TEST(JsonMembers, AreFoundInObjectsWithinOthers) {
    JsonParser parser;
    const auto value = parser.parse(R"({"a":{"x":1,"y":{"x":2}},"b":[{"x":3},{}],"x":4})");
    ASSERT_TRUE(value);
    EXPECT_EQ((*value)["x"].integer(), 4);
    EXPECT_EQ((*value)["a"]["x"].integer(), 1);
    EXPECT_EQ((*value)["a"]["y"]["x"].integer(), 2);
    EXPECT_EQ((*value)["b"].first_child()["x"].integer(), 3);
    EXPECT_FALSE((*value)["b"].first_child().next_sibling()["x"].exists());
    EXPECT_FALSE((*value)["a"]["b"].exists());
    EXPECT_FALSE((*value)["b"]["x"].exists());
}

}  // namespace
}  // namespace tollgate::core
