// Tokens of the API and the subscribers that pull: what they need of each other, each problem with its line.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Four lines.
std::string token(const std::string& scopes, const std::string& name = "checkout",
                  const std::string& secret = "${CHECKOUT_TOKEN}") {
    return "[[token]]\nname = \"" + name + "\"\nsecret = \"" + secret + "\"\nscopes = [" + scopes + "]\n";
}

class ConfigTokens : public ConfigFixture {};

TEST_F(ConfigTokens, EachIsToldFromTheOthers) {
    EXPECT_THAT(problems(token(R"("expect")") + token(R"("read")", "ledger", "${LEDGER_TOKEN}") + minimal), IsEmpty());
    each_is_said(
        {
            {token(R"("expect")") + token(R"("read")", "checkout", "${LEDGER_TOKEN}"),
             "FILE:6: the name \"checkout\" is taken by the [[token]] of line 2; a name of its own for each"},
            {token(R"("expect")") + token(R"("read")", "ledger"),
             "FILE:7: token.secret is the same as that of line 3; a secret of its own for each: a secret is how a "
             "token is "
             "told from another"},
            {token(R"("expect")", "check out"),
             "FILE:2: token.name is \"check out\"; 1 to 64 characters of a-z, 0-9 and -, as in \"kenya\""},
        },
        minimal);
    EXPECT_THAT(problems("token = 1\n" + minimal),
                ElementsAre("FILE:1: token is an integer; one table for each, headed [[token]]"));
}

TEST_F(ConfigTokens, ScopesAreKnownAndNamedOnce) {
    const std::string words = "one of \"expect\", \"read\", \"operate\", \"pull\"";
    const std::string list = "what the token is good for, as in [\"expect\", \"read\"]";
    each_is_said(
        {
            {token(""), "FILE:4: token.scopes has no entries; 1 to 4: " + list},
            {token(R"("read", "read")"), "FILE:4: token.scopes names \"read\" twice; each once"},
            {token(R"("expect", "reed")"), "FILE:4: token.scopes is \"reed\"; did you mean \"read\"? " + words},
            {token(R"("admin")"), "FILE:4: token.scopes is \"admin\"; " + words},
            {token(R"("read", 1)"), "FILE:4: token.scopes is an integer; " + words},
        },
        minimal);
    EXPECT_THAT(problems(token(R"("expect", "read", "operate")") + minimal), IsEmpty());
}

TEST_F(ConfigTokens, PullingIsOfOneSubscriberThatPulls) {
    const std::string pull = token(R"("pull")");
    each_is_said(
        {
            {pull,
             "FILE:4: token.scopes has \"pull\" and the token has no subscriber; subscriber = \"NAME\", of one "
             "without url"},
            {pull + "subscriber = \"\"",
             "FILE:4: token.scopes has \"pull\" and the token has no subscriber; subscriber = \"NAME\", of one without "
             "url"},
            {token(R"("read")") + "subscriber = \"ledger\"",
             "FILE:5: token.subscriber is \"ledger\" and token.scopes has no \"pull\"; \"pull\" in scopes, or no "
             "subscriber"},
            {pull + "subscriber = \"leger\"",
             "FILE:5: no subscriber is named \"leger\"; did you mean \"ledger\"? those that pull are ledger"},
            {pull + "subscriber = \"orders\"",
             "FILE:5: token.subscriber is \"orders\", whose events are posted to its url; a subscriber without url: "
             "only "
             "such a one pulls"},
            {pull + "subscriber = \"Ledger\"",
             "FILE:5: token.subscriber is \"Ledger\"; 1 to 64 characters of a-z, 0-9 and -, as in \"kenya\""},
        },
        minimal + orders + ledger);
    EXPECT_THAT(problems(pull + "subscriber = \"ledger\"\n" + minimal),
                ElementsAre("FILE:5: no subscriber is named \"ledger\"; a [[subscriber]] of that name without url"));
    EXPECT_THAT(problems(pull + "subscriber = \"ledger\"\n" + minimal + ledger), IsEmpty());
    EXPECT_THAT(problems(token(R"("read")") + "subscriber = \"\"\n" + minimal), IsEmpty());
}

TEST_F(ConfigTokens, OpenTheApiToOtherMachines) {
    const std::string open = "[api]\nlisten = \"0.0.0.0:9400\"\n";
    EXPECT_THAT(problems(open + token(R"("read")") + minimal), IsEmpty());
    EXPECT_THAT(problems(open + "development = true\n" + minimal), ::testing::Not(IsEmpty()));
    EXPECT_THAT(
        problems("token = []\n" + open + minimal),
        ElementsAre("FILE:3: api.listen is \"0.0.0.0:9400\", open to other machines, and there is no [[token]]; a "
                    "[[token]] for each who may use the API, or a loopback address, as in \"127.0.0.1:9400\""));
    // One that is wrong is said once, for itself.
    EXPECT_THAT(problems(open + token(R"("admin")") + minimal), ::testing::SizeIs(1));
}

TEST_F(ConfigTokens, WhatPullsHasNothingForPosting) {
    EXPECT_THAT(
        problems(minimal + ledger +
                 "events = [\"payment.*\"]\nsources = [\"kenya\"]\nevidence = \"signed\"\nfrom = \"beginning\"\n"),
        IsEmpty());
    EXPECT_THAT(
        problems(minimal + ledger + "secrets = [\"${ORDERS_SECRET}\"]\n"),
        ElementsAre("FILE:8: [[subscriber]] has secrets and no url; url = \"http://127.0.0.1:9000/hooks\", or no "
                    "secrets for one that pulls: a [[token]] lets it in"));
    for (const auto& [key, value] : std::map<std::string, std::string>{{"format", "\"cloudevents\""},
                                                                       {"timeout", "\"1s\""},
                                                                       {"max_in_flight", "1"},
                                                                       {"rate", "1"},
                                                                       {"retry", "[\"1s\"]"},
                                                                       {"allow_private", "false"},
                                                                       {"ca", "\"\""},
                                                                       {"client_certificate", "{}"}}) {
        EXPECT_THAT(problems(minimal + ledger + key + " = " + value + '\n'),
                    ElementsAre("FILE:8: [[subscriber]] has " + key +
                                " and no url; url = \"http://127.0.0.1:9000/hooks\", "
                                "or no " +
                                key + ": nothing is posted to one that pulls"));
    }
    // A url that is wrong is no missing one.
    EXPECT_THAT(problems(minimal + orders.substr(0, orders.find("url")) +
                         "secrets = [\"${ORDERS_SECRET}\"]\ntimeout = \"1s\"\nurl = \"nowhere\"\n"),
                ::testing::SizeIs(1));
}

}  // namespace
}  // namespace tollgate::test
