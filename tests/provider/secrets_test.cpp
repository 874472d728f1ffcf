// Cutting secrets out of valid JSON and of everything else, in whatever spelling the name comes.
#include "provider/secrets.hpp"

#include <tollgate/core/json.hpp>

#include <gtest/gtest.h>

#include <random>

namespace tollgate::provider {
namespace {

constexpr SecretName name("secret");

std::string in_json(std::string_view json) {
    return masked_json(std::string(json), name);
}
std::string in_text(std::string_view text) {
    return masked_text(text, name);
}

TEST(Mentions, FindsEverySpelling) {
    for (const std::string_view text :
         {"secret", "a secret b", "SECRET", "Se_cr-ET", "__secret", "sesecret", "secsecret", R"(\u0073ecret)",
          R"(s\u0045cret)", R"(se\u005fcret)", R"(s\\\\u0045cret)", "secrets", "mySecretKey"})
        EXPECT_TRUE(mentions(text, name)) << text;
    for (const std::string_view text : {"", "secre", "s ecret", "sec.ret", R"(\u0053ecre)", R"(secr\u00)",
                                        R"(s\u1145cret)", "\\", R"(\u)", "se\"cret"})
        EXPECT_FALSE(mentions(text, name)) << text;
    EXPECT_TRUE(mentions("abababaababac", SecretName("ababac"))) << "begins again within a beginning";
}

TEST(Mentions, MissesNoneAmongLikeOnes) {
    constexpr std::string_view pieces[] = {"a", "b", "A",       "B",         "ab", "aab", "_",
                                           "-", " ", "\\u0061", "\\\\u0042", "\\", "c"};
    constexpr SecretName repetitive("aabaab");
    std::mt19937_64 random(7);
    int found = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        std::string folded;
        for (auto count = random() % 16; count > 0; --count) {
            const std::string_view piece = pieces[random() % std::size(pieces)];
            text += piece;
            if (piece.ends_with("u0061"))
                folded += 'a';
            else if (piece.ends_with("u0042"))
                folded += 'b';
            else if (piece == "\\" || piece == " ")
                folded += '.';
            else if (piece != "_" && piece != "-")
                for (const char c : piece) folded += static_cast<char>(c | 0x20);
        }
        // A lone backslash in front of an escape is one more level of quoting, not a letter.
        if (text.find("\\\\\\") != std::string::npos || text.find("\\\\u0061") != std::string::npos) continue;
        const bool expected = folded.find("aabaab") != std::string::npos;
        found += expected ? 1 : 0;
        ASSERT_EQ(mentions(text, repetitive), expected) << text;
    }
    EXPECT_GT(found, 100);
}

TEST(MaskedJson, LosesTheValueOfTheMemberAtAnyDepth) {
    EXPECT_EQ(in_json(R"({"secret":"x"})"), R"({"secret":"***"})");
    EXPECT_EQ(in_json(R"({ "secret" : "x\"y" , "a":[{"secret":"z"}]})"),
              R"({ "secret" : "***" , "a":[{"secret":"***"}]})");
    EXPECT_EQ(in_json(R"({"secret":{"a":"}","b":["]"]},"c":1})"), R"({"secret":"***","c":1})");
    EXPECT_EQ(in_json(R"({"secret":17,"c":1})"), R"({"secret":"***","c":1})");
    EXPECT_EQ(in_json(R"({"secret":true})"), R"({"secret":"***"})");
    EXPECT_EQ(in_json(R"({"secret":null})"), R"({"secret":null})");
}

TEST(MaskedJson, MasksTheSameWhetherAnythingElseIsEscapedOrNot) {
    // Without a backslash strings are found by a shorter way.
    for (const std::string_view inside :
         {R"("secret":"x")", R"("a":"secret")", R"("a":["b","my secret",{"SECRET":[1,"}"]}],"c":"d")",
          R"("secret":null,"a":{"secret":{"secret":"x"}},"b":"sec","ret":1)",
          R"("a":"b","c":["secret","secret"],"secret":0)"}) {
        const std::string plain = "{" + std::string(inside) + "}";
        const std::string escaped = R"({"\n":"\\",)" + std::string(inside) + "}";
        const std::string masked = in_json(plain);
        EXPECT_EQ(in_json(escaped), R"({"\n":"\\",)" + masked.substr(1)) << plain;
        EXPECT_NE(masked, plain);
    }
}

TEST(MaskedJson, ComparesKeysLoosely) {
    EXPECT_EQ(in_json(R"({"\u0073ecre\u0074":"x"})"), R"({"\u0073ecre\u0074":"***"})");
    EXPECT_EQ(in_json(R"({"Sec_Ret":"x","SECRET":"y"})"), R"({"Sec_Ret":"***","SECRET":"***"})");
    EXPECT_EQ(in_json(R"({"card_secret_2":"x"})"), R"({"card_secret_2":"***"})");
}

TEST(MaskedJson, MasksWholeStringsThatMentionTheName) {
    EXPECT_EQ(in_json(R"({"raw":"{\"secret\":\"x\"}","b":1})"), R"({"raw":"***","b":1})");
    EXPECT_EQ(in_json(R"({"raw":"{\"raw\":\"{\\\"s\\\\u0045cret\\\":1}\"}"})"), R"({"raw":"***"})");
    EXPECT_EQ(in_json(R"(["a","secret=x"])"), R"(["a","***"])");
    EXPECT_EQ(in_json(R"({"a":1,"{\"secret\":\"x\"}":2})"), R"({"a":1,"***":"***"})") << "a name that quotes a text";
}

TEST(MaskedJson, TellsQuotesThatEndFromQuotesThatAreEscaped) {
    EXPECT_EQ(in_json(R"({"a":"\\\\","secret":"x"})"), R"({"a":"\\\\","secret":"***"})");
    EXPECT_EQ(in_json(R"({"a":"\\\"","secret":"x\\\"y\\","b":"\""})"), R"({"a":"\\\"","secret":"***","b":"\""})");
    EXPECT_EQ(in_json(R"({"secret":"\"\"\\"})"), R"({"secret":"***"})");
    EXPECT_EQ(in_json(R"(["\"secret\"","secre\\t"])"), R"(["***","secre\\t"])");
}

TEST(MaskedJson, LeavesEverythingElse) {
    for (const std::string_view same : {"", "{}", R"({"a":"secre"})", R"({"a":"s\necret"})", R"({"sec":"ret"})",
                                        R"(["sec","ret"])", R"({"a":"\\","b":"c"})", R"({ "a" : [ 1 , null ] })"})
        EXPECT_EQ(in_json(same), same);
}

TEST(MaskedText, LosesTheValueHoweverItIsWritten) {
    EXPECT_EQ(in_text(R"({"secret":"x"},)"), R"({"secret":***},)");
    EXPECT_EQ(in_text(R"({'secret':'x,y','a':1})"), R"({'secret':***,'a':1})");
    EXPECT_EQ(in_text(R"({secret: x y, a: 1})"), R"({secret: ***, a: 1})");
    EXPECT_EQ(in_text("{\"secret\" :\n  \"x\"\n}"), "{\"secret\" :\n  ***\n}");
    EXPECT_EQ(in_text(R"({"secret":{"a":"x","b":["y"]},"c":1,})"), R"({"secret":***,"c":1,})");
    EXPECT_EQ(in_text("secret=x&a=b\nc"), "secret=***\nc");
    EXPECT_EQ(in_text("<secret>x</secret>\n<a>"), "<secret>***\n<a>");
    EXPECT_EQ(in_text(R"({"raw":"{\"secret\":\"x\"}",)"), R"({"raw":"{\"secret\":\***,)");
    EXPECT_EQ(in_text(R"({"SEC_RET":"x"},{"s\u0065cret":"y"},)"), R"({"SEC_RET":***},{"s\u0065cret":***},)");
}

TEST(MaskedText, IsNotMisledByCommentsAndStrayQuotes) {
    EXPECT_EQ(in_text(R"({"secret": /* , x */ "x", "a":1})"), R"({"secret": ***, "a":1})");
    EXPECT_EQ(in_text("{\"secret\" // x, y\n : \"x\", \"a\":1}"), "{\"secret\" ***, \"a\":1}");
    EXPECT_EQ(in_text(R"({"secret":"x"y", "a":1})"), R"({"secret":***, "a":1})");
    EXPECT_EQ(in_text(R"({"secret":""x", "a":1})"), R"({"secret":***, "a":1})");
    EXPECT_EQ(in_text(R"({"secret"":"x", "a":1})"), R"({"secret"":***, "a":1})");
    EXPECT_EQ(in_text("// secret is x, as said\n"), "// secret ***, as said\n");
}

TEST(MaskedText, MasksToTheEndWhatBreaksOff) {
    EXPECT_EQ(in_text(R"({"secret":"x,y)"), R"({"secret":***)");
    EXPECT_EQ(in_text(R"({"secret":{"a":"x",)"), R"({"secret":***)");
    EXPECT_EQ(in_text(R"({"secret":"x\)"), R"({"secret":***)");
    EXPECT_EQ(in_text(R"({"secret": /* x)"), R"({"secret": ***)");
    EXPECT_EQ(in_text(R"({"secret":)"), R"({"secret":)");
    EXPECT_EQ(in_text(R"({"secret")"), R"({"secret")");
}

TEST(MaskedText, LeavesNullAndEverythingElse) {
    for (const std::string_view same :
         {"", "\"", "{", R"({"secret":null},)", R"({"secret": null ,)", R"({"a":"b",)", "plain", R"({"secre":"x",)"})
        EXPECT_EQ(in_text(same), same);
    EXPECT_EQ(in_text(R"({"secret":nullx},)"), R"({"secret":***},)");
}

TEST(Masked, NoiseNeitherCrashesNorLeaks) {
    constexpr std::string_view pieces[] = {"secret", "\"", "'",  ":",  ",",  "{", "}",    "[", "]",           "\\",
                                           "u0073",  "/*", "*/", "//", "\n", " ", "null", "=", "s\\u0045cret"};
    std::mt19937_64 random(20261122);
    for (int round = 0; round < 20'000; ++round) {
        std::string noise;
        for (auto count = random() % 24; count > 0; --count) noise += pieces[random() % std::size(pieces)];
        EXPECT_LE(masked_json(noise, name).size(), noise.size() * 6 + 5);
        // Whatever stands around it: a member on a line of its own loses its value.
        EXPECT_EQ(masked_text(noise + "\n\"secret\":\"TOKEN\"", name).find("TOKEN"), std::string::npos) << noise;
    }
}

}  // namespace
}  // namespace tollgate::provider
