// How a source's provider is asked: every problem with its line, and what comes from the provider.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ConfigRequery : public ConfigFixture {
  protected:
    /// Four lines, so that what is appended starts at line 5.
    static std::string source_of(const std::string& provider) {
        return "[[source]]\nname = \"kenya\"\nprovider = \"" + provider + "\"\nsecrets = [\"${SOURCE_SECRET}\"]\n";
    }
    static std::string orders_with(const std::string& more) { return orders + more + '\n'; }
};

TEST_F(ConfigRequery, CredentialsAreThoseOfTheProvider) {
    const std::string example =
        "credentials = { api_key = \"${HONEYCOIN_API_KEY}\", public_key = \"${HONEYCOIN_PUBLIC_KEY}\" }";
    const std::string honeycoin = source_of("honeycoin") + "[source.requery]\n";
    each_is_said(
        {
            {honeycoin, "FILE:5: [source.requery] of honeycoin has no credentials; " + example},
            {honeycoin + "credentials = { api_key = \"${API_KEY}\" }",
             "FILE:6: [source.requery] of honeycoin has no credentials.public_key; " + example},
            {honeycoin + "[source.requery.credentials]\napi_key = \"${API_KEY}\"\npublic_key = \"${PUBLIC_KEY}\"\n"
                         "apikey = \"${API_KEY}\"",
             "FILE:9: unknown key \"apikey\" in source.requery.credentials; did you mean \"api_key\"? known keys are "
             "api_key, public_key"},
            {honeycoin + "credentials = { api_key = \"ak_inline\", public_key = \"${PUBLIC_KEY}\" }",
             "FILE:6: source.requery.credentials.api_key holds a secret inline; \"${NAME}\" for an environment "
             "variable "
             "or \"file:PATH\" for a file; inline only with development = true"},
            {honeycoin + "credentials = { api_key = \"${NOT_SET}\", public_key = \"${PUBLIC_KEY}\" }",
             "FILE:6: source.requery.credentials.api_key: the environment variable NOT_SET is not set; set it, or "
             "refer "
             "to another one"},
            {honeycoin + "credentials = { api_key = 17, public_key = \"${PUBLIC_KEY}\" }",
             "FILE:6: source.requery.credentials.api_key is an integer; \"${NAME}\" for an environment variable or "
             "\"file:PATH\" for a file"},
            {honeycoin + "credentials = [\"${API_KEY}\"]",
             "FILE:6: source.requery.credentials is a list; a table of what the provider asks for, as in { secret = "
             "\"${STARTBUTTON_SECRET}\" }"},
        },
        "");
    // What is written twice is no TOML.
    EXPECT_THAT(
        problems(honeycoin + "[source.requery.credentials]\napi_key = \"${API_KEY}\"\napi_key = \"${API_KEY}\"\n"),
        ElementsAre(AllOf(HasSubstr("FILE:8: "), HasSubstr("TOML"))));
    EXPECT_THAT(
        problems("development = true\n" + honeycoin + "credentials = { api_key = \"a\", public_key = \"p\" }\n"),
        IsEmpty());
}

TEST_F(ConfigRequery, NotEveryProviderCanBeAsked) {
    each_is_said(
        {
            {source_of("paystack") + "[source.requery]\ncredentials = { secret = \"${SOURCE_SECRET}\" }",
             "FILE:5: [source.requery] is given and paystack cannot be asked; leave it out; those that can be are "
             "startbutton, honeycoin, unipesa"},
            {source_of("paystack") + "confirm = \"always\"",
             "FILE:5: source.confirm is \"always\" and there is no [source.requery]; confirm = \"auto\": paystack "
             "cannot "
             "be asked"},
            {source_of("startbutton") + "confirm = \"always\"",
             "FILE:5: source.confirm is \"always\" and there is no [source.requery]; [source.requery] with credentials "
             "= "
             "{ secret = \"${STARTBUTTON_SECRET}\" }, or confirm = \"auto\""},
            {source_of("startbutton") + "confirm = \"alwys\"",
             "FILE:5: source.confirm is \"alwys\"; did you mean \"always\"? one of \"auto\", \"never\", \"always\""},
            {source_of("startbutton") + "requery = true",
             "FILE:5: source.requery is a boolean; a table, headed [source.requery]"},
        },
        "");
    EXPECT_THAT(problems(source_of("startbutton") + "confirm = \"never\"\n"), IsEmpty());
}

TEST_F(ConfigRequery, TheAddressKeepsTheCredentialsToItself) {
    const std::string unusable =
        "FILE:10: source.requery.base_url is not an address to ask at; https://, a host, and neither user, password, "
        "?, "
        "# nor spaces, as in \"https://api.startbutton.tech\"";
    for (const std::string bad :
         {"", "api.example.com", "ftp://api.example.com", "https://", "https://u:p@api.example.com",
          "https://api.example.com/?a=1", "https://api.example.com/#a", "https://api.example.com/ a"}) {
        EXPECT_THAT(problems(asked + "base_url = \"" + bad + "\"\n"), ElementsAre(unusable)) << bad;
    }
    for (const std::string bad :
         {"http://api.example.com", "http://10.0.0.1", "http://localhost.example.com", "http://127.0.0.1.example.com",
          "http://[2001:db8::1]:80", "http://8.8.8.8/127.0.0.1"}) {
        EXPECT_THAT(
            problems(asked + "base_url = \"" + bad + "\"\n"),
            ElementsAre("FILE:10: source.requery.base_url is http:// and leads to another machine, where all could "
                        "read the credentials on the way; https://; http:// only to this machine or with "
                        "development = true"))
            << bad;
        EXPECT_THAT(problems("development = true\n" + asked + "base_url = \"" + bad + "\"\n"), IsEmpty()) << bad;
    }
    for (const std::string good : {"https://api.example.com", "https://10.0.0.1:8443/v1/", "http://127.0.0.1:9700",
                                   "http://localhost/api", "http://[::1]:9700", "http://127.5.5.5"}) {
        EXPECT_THAT(problems(asked + "base_url = \"" + good + "\"\n"), IsEmpty()) << good;
    }
}

TEST_F(ConfigRequery, AnAddressIsWantedWhereTheProviderHasNone) {
    const std::string unipesa = source_of("unipesa") + "settings = { merchant_id = \"17\" }\n[source.requery]\n" +
                                "credentials = { public_id = \"${API_KEY}\", secret = \"${SOURCE_SECRET}\" }\n";
    EXPECT_THAT(problems(unipesa),
                ElementsAre("FILE:6: [source.requery] of unipesa has no base_url; the one that you were given, as in "
                            "base_url = \"https://api.example.com\""));
    EXPECT_THAT(problems("development = true\n" + unipesa), SizeIs(1)) << "nobody could be asked";
    EXPECT_THAT(problems(unipesa + "base_url = \"https://api.example.com\"\n"), IsEmpty());
}

TEST_F(ConfigRequery, DefaultsComeFromTheProvider) {
    for (const auto& [provider, base_url, first_after] :
         {std::tuple("startbutton", "https://api.startbutton.tech", 180s),
          std::tuple("honeycoin", "https://api-v2.honeycoin.app", 90s)}) {
        const std::string credentials = std::string(provider) == "startbutton"
                                            ? "{ secret = \"${SOURCE_SECRET}\" }"
                                            : "{ api_key = \"${API_KEY}\", public_key = \"${PUBLIC_KEY}\" }";
        // Whichever comes first in the file.
        for (const auto& toml :
             {source_of(provider) + "[source.requery]\ncredentials = " + credentials + '\n',
              "[[source]]\nrequery = { credentials = " + credentials +
                  " }\nsecrets = [\"${SOURCE_SECRET}\"]\nprovider = \"" + provider + "\"\nname = \"kenya\"\n"}) {
            const auto [config, problems] = load(toml);
            ASSERT_THAT(problems, IsEmpty());
            const auto& requery = config.sources.at(0).requery.value();
            EXPECT_EQ(requery.base_url, base_url);
            EXPECT_EQ(requery.first_after, first_after);
        }
    }
}

TEST_F(ConfigRequery, ValuesHaveTheirRanges) {
    const std::string duration = ", as in \"250ms\" or \"1h30m\"";
    const std::string pauses = ": pauses between questions, as in [\"3m\", \"5m\", \"10m\"]";
    std::string many = "backoff = [";
    for (int i = 0; i < 20; ++i) many += "\"1s\",";
    EXPECT_THAT(problems(asked + many + "]\n"), IsEmpty());
    each_is_said(
        {
            {asked + "first_after = \"0s\"",
             "FILE:10: source.requery.first_after is \"0s\"; a duration from 1ms to 30d" + duration},
            {asked + "first_after = \"31d\"",
             "FILE:10: source.requery.first_after is \"31d\"; a duration from 1ms to 30d" + duration},
            {asked + "backoff = []", "FILE:10: source.requery.backoff has no entries; 1 to 20" + pauses},
            {asked + many + "\"1s\"]", "FILE:10: source.requery.backoff has 21 entries; 1 to 20" + pauses},
            {asked + "backoff = [\"1m\", \"0s\"]",
             "FILE:10: source.requery.backoff is \"0s\"; a duration from 1ms to 30d" + duration},
            {asked + "give_up_after = \"401d\"",
             "FILE:10: source.requery.give_up_after is \"401d\"; a duration from 1ms to 400d" + duration},
            {asked + "rate = 0", "FILE:10: source.requery.rate is 0; a number from 0.001 to 10000, as in 50 or 0.5"},
            {asked + "rate = -1", "FILE:10: source.requery.rate is -1; a number from 0.001 to 10000, as in 50 or 0.5"},
            {asked + "rate = inf",
             "FILE:10: source.requery.rate is inf; a number from 0.001 to 10000, as in 50 or 0.5"},
            {asked + "confirm_timeout = \"0s\"",
             "FILE:10: source.requery.confirm_timeout is \"0s\"; a duration from 1ms to 30d" + duration},
            {asked + "on_unconfirmed = \"held\"",
             "FILE:10: source.requery.on_unconfirmed is \"held\"; did you mean \"hold\"? one of \"publish\", \"hold\""},
            {asked + "conflict_recheck = \"0s\"",
             "FILE:10: source.requery.conflict_recheck is \"0s\"; a duration from 1ms to 30d" + duration},
        },
        "");
}

TEST_F(ConfigRequery, EvidenceIsWhatTheSourceCanGive) {
    const std::string never =
        "[[source]]\nname = \"accra\"\nprovider = \"honeycoin\"\nsecrets = [\"${SOURCE_SECRET}\"]\n"
        "confirm = \"never\"\n" +
        asked.substr(asked.find("[source.requery]"));
    for (const std::string evidence : {"any", "signed", "confirmed"}) {
        EXPECT_THAT(problems(asked + orders_with("evidence = \"" + evidence + '"')), IsEmpty()) << evidence;
    }
    EXPECT_THAT(problems(asked + minimal + orders_with("sources = [\"a*\"]\nevidence = \"confirmed\"")), IsEmpty());
    EXPECT_THAT(
        problems(asked + minimal + orders_with("evidence = \"confirmed\"")),
        ElementsAre("FILE:19: subscriber.evidence is \"confirmed\", which the source \"kenya\" (startbutton) can never "
                    "give; [source.requery] in that source, or \"any\", or sources without \"kenya\""));
    for (const std::string evidence : {"signed", "confirmed"}) {
        EXPECT_THAT(problems(never + orders_with("evidence = \"" + evidence + '"')),
                    ElementsAre("FILE:14: subscriber.evidence is \"" + evidence +
                                "\", which the source \"accra\" (honeycoin) can never give; confirm = \"auto\" in that "
                                "source, or \"any\", or sources without \"accra\""));
    }
    EXPECT_THAT(
        problems(source_of("paystack") + orders_with("evidence = \"confirmed\"")),
        ElementsAre("FILE:9: subscriber.evidence is \"confirmed\", which the source \"kenya\" (paystack) can never "
                    "give; \"any\", or sources without \"kenya\""));
}

}  // namespace
}  // namespace tollgate::test
