// Static secrets: which are let in, and that they are found in whatever spelling they come.
#include "provider/shared_secrets.hpp"

#include <tollgate/core/json.hpp>

#include <gtest/gtest.h>

#include <random>

namespace tollgate::provider {
namespace {

const std::string canary = "wh+sec/K9 \"q\"%7\\x";
const std::string plain_canary = "whsec-K9-canary";

TEST(SharedSecrets, MatchesAnyOfThemAndNothingElse) {
    const SharedSecrets secrets({"first-secret", "second", "third-secret-that-is-longer"});
    for (const std::string_view good : {"first-secret", "second", "third-secret-that-is-longer"})
        EXPECT_TRUE(secrets.match(good)) << good;
    for (const std::string_view bad : {"", "first-secre", "first-secret ", " first-secret", "First-secret", "secon",
                                       "first-secretsecond", "third", "first-secret,second"})
        EXPECT_FALSE(secrets.match(bad)) << bad;
    EXPECT_FALSE(secrets.match(std::string("second\0", 7)));
}

TEST(SharedSecrets, AreFoundInEverySpelling) {
    const SharedSecrets secrets({plain_canary});
    for (const std::string_view text :
         {"whsec-K9-canary", "a whsec-K9-canary b", R"(\u0077hsec-K9-canary)", R"(whsec-K9-canar\u0079)",
          R"(wh\\u0073ec-K9-canary)", R"(wh\\\\u0073ec-K9-canary)", "whsec%2DK9%2dcanary", "%77hsec-K9-canary",
          R"(\w\h\s\e\c-K9-canary)", R"(\u0077\u0068\u0073\u0065\u0063-K9-canary)", "xwhsec-K9-canary"})
        EXPECT_TRUE(secrets.occur_in(text)) << text;
    for (const std::string_view text : {"", "whsec-K9-canar", "hsec-K9-canary", "WHSEC-K9-CANARY", "whsec K9 canary",
                                        R"(whsec\u00-K9-canary)", "whsec%2-K9-canary", "\\", "%", "\\u"})
        EXPECT_FALSE(secrets.occur_in(text)) << text;
}

TEST(SharedSecrets, OfUnusualCharactersAreFound) {
    const SharedSecrets secrets({canary, "\xe2\x82\xac\xf0\x9f\x98\x80-uro-secret"});
    std::string json;
    core::JsonWriter(json).string("x" + canary);
    EXPECT_TRUE(secrets.occur_in(json));
    std::string twice;
    core::JsonWriter(twice).string(json);
    EXPECT_TRUE(secrets.occur_in(twice));
    EXPECT_TRUE(secrets.occur_in(canary));
    EXPECT_TRUE(secrets.occur_in(R"(\u20ac\ud83d\ude00-uro-secret)"));
    EXPECT_TRUE(secrets.occur_in(R"(\\u20AC\\uD83D\\uDE00-uro-secret)"));
    EXPECT_TRUE(secrets.occur_in("%e2%82%ac%F0%9F%98%80-uro-secret"));
    EXPECT_FALSE(secrets.occur_in(R"(\u20ac\ud83d-uro-secret)"));
}

TEST(SharedSecrets, AreMaskedInTextsAndNothingElseIs) {
    const SharedSecrets secrets({plain_canary, plain_canary + "-longer"});
    EXPECT_EQ(secrets.masked_text("a whsec-K9-canary, whsec%2DK9-canary-longer."), "a ***, ***.");
    EXPECT_EQ(secrets.masked_text(R"(a \\u0077hsec-K9-canary\n)"), R"(a ***\n)");
    EXPECT_EQ(secrets.masked_text("whsec-K9-canarywhsec-K9-canary"), "******");
    EXPECT_EQ(secrets.masked_text("whsec-K9-canar"), "whsec-K9-canar");
    EXPECT_EQ(secrets.masked_text(""), "");
}

TEST(SharedSecrets, LeaveJsonValid) {
    const SharedSecrets secrets({plain_canary, "254710000000"});
    EXPECT_EQ(
        secrets.masked_json(R"({"a":"x whsec-K9-canary", "whsec-K9-canary" : [254710000000, 1, -2547100000001]})"),
        R"({"a":"***", "***" : ["***", 1, "***"]})");
    EXPECT_EQ(secrets.masked_json(R"({"a":"\u0077hsec-K9-canary","b":"\"","c":true})"),
              R"({"a":"***","b":"\"","c":true})");
    const std::string same = R"({ "a" : [ 1 , null , "b c" ] })";
    EXPECT_EQ(secrets.masked_json(same), same);
    const SharedSecrets odd({R"(1,"b":2)" + std::string(8, ' ')});
    EXPECT_EQ(odd.masked_json(R"({"a":1,"b":2                })"), "{}");
}

TEST(SharedSecrets, TooShortToBeFoundAreStillCompared) {
    const SharedSecrets secrets({"1234567"});
    EXPECT_TRUE(secrets.match("1234567"));
    EXPECT_FALSE(secrets.occur_in("1234567"));
    EXPECT_TRUE(SharedSecrets({"12345678"}).occur_in("012345678"));
}

std::vector<event::Candidate> one_candidate() {
    std::vector<event::Candidate> candidates(1);
    candidates.front().facts.reference = "t1";
    candidates.front().facts.details = R"({"a":"b"})";
    return candidates;
}

TEST(SharedSecrets, AreCutOutOfWhatIsUnderstood) {
    const SharedSecrets secrets({plain_canary});
    auto candidates = one_candidate();
    candidates.front().facts.details = R"({"a":"whsec-K9-canary"})";
    candidates.front().facts.reason = event::Reason{"whsec-K9-canary", "not whsec-K9-canary"};
    const auto cut = secrets.cut_out(candidates);
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->front().facts.details, R"({"a":"***"})");
    EXPECT_EQ(cut->front().facts.reason->code, "***");
    EXPECT_EQ(cut->front().facts.reason->message, "not ***");
    const auto failed = secrets.cut_out(core::Error(core::Errc::malformed, "a strange whsec-K9-canary"));
    EXPECT_EQ(failed.error().message, "a strange ***");
    EXPECT_EQ(failed.error().code, core::Errc::malformed);
}

TEST(SharedSecrets, InAFactMakeTheWholeNotUnderstood) {
    const SharedSecrets secrets({plain_canary});
    const std::string bad = "x-whsec-K9-canary";
    EXPECT_TRUE(secrets.cut_out(one_candidate()));
    const std::vector<void (*)(event::Candidate&, const std::string&)> places{
        [](event::Candidate& c, const std::string& s) { c.facts.reference = s; },
        [](event::Candidate& c, const std::string& s) { c.facts.merchant_reference = s; },
        [](event::Candidate& c, const std::string& s) { c.facts.provider_reference = s; },
        [](event::Candidate& c, const std::string& s) { c.facts.network_reference = s; },
        [](event::Candidate& c, const std::string& s) { c.facts.customer.phone = s; },
        [](event::Candidate& c, const std::string& s) { c.facts.customer.email = s; },
        [](event::Candidate& c, const std::string& s) { c.facts.method = s; },
        [](event::Candidate& c, const std::string& s) {
            c.facts.action = event::Action{event::ActionKind::otp, s};
        },
        [](event::Candidate& c, const std::string& s) { c.transition.qualifier = s; },
    };
    for (const auto place : places) {
        auto candidates = one_candidate();
        place(candidates.front(), bad);
        const auto cut = secrets.cut_out(std::move(candidates));
        ASSERT_FALSE(cut);
        EXPECT_EQ(cut.error().message.find(plain_canary), std::string::npos);
    }
}

TEST(SharedSecrets, NoiseNeitherCrashesNorLeaks) {
    const SharedSecrets secrets({plain_canary});
    constexpr std::string_view pieces[] = {"whsec-K9-canary",
                                           "whsec",
                                           "-K9-canary",
                                           "\\",
                                           "\\u0077",
                                           "u00",
                                           "%",
                                           "%2D",
                                           "\"",
                                           ",",
                                           "{",
                                           "}",
                                           "[",
                                           "]",
                                           ":",
                                           "+",
                                           "\n",
                                           " ",
                                           "\\ud83d",
                                           "\xff"};
    std::mt19937_64 random(20261122);
    int found = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string noise;
        for (auto count = random() % 24; count > 0; --count) noise += pieces[random() % std::size(pieces)];
        found += secrets.occur_in(noise) ? 1 : 0;
        ASSERT_FALSE(secrets.occur_in(secrets.masked_text(noise))) << noise;
        ASSERT_FALSE(secrets.occur_in(secrets.masked_json(noise))) << noise;
    }
    EXPECT_GT(found, 1'000);
}

}  // namespace
}  // namespace tollgate::provider
