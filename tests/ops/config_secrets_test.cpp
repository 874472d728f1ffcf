// Secrets: where they may come from, what they must look like, and that they show up nowhere.
#include "config_fixture.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace tollgate::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string reference = "\"${NAME}\" for an environment variable or \"file:PATH\" for a file";
const std::string standard_webhooks =
    " is not a Standard Webhooks secret; \"whsec_\" and the Base64 of 24 to 64 bytes, as from: echo \"whsec_$(openssl "
    "rand "
    "-base64 32)\"";

class Secrets : public ConfigFixture {
  protected:
    static std::string source(const std::string& secret, const std::string& before = "") {
        return before + "[[source]]\nname = \"kenya\"\nprovider = \"startbutton\"\nsecrets = [\"" + secret + "\"]\n";
    }
    static std::string subscriber(const std::string& secret, const std::string& before = "") {
        return before + minimal + "[[subscriber]]\nname = \"orders\"\nurl = \"http://a/\"\nsecrets = [\"" + secret +
               "\"]\n";
    }
    static std::string token(const std::string& secret) {
        return "[[token]]\nname = \"checkout\"\nsecret = \"" + secret + "\"\nscopes = [\"expect\"]\n";
    }
    std::string value_of(const std::string& toml) {
        const auto outcome = load(toml);
        for (const auto& problem : outcome.problems) ADD_FAILURE() << problem.text();
        return outcome.config.sources.at(0).secrets.at(0).reveal();
    }
    [[nodiscard]] std::string file(const std::string& name) const { return "file:" + (directory_ / name).string(); }
};

const std::string development = "development = true\n";

TEST_F(Secrets, ComeFromTheEnvironment) {
    EXPECT_EQ(value_of(source("${SOURCE_SECRET}")), "sk_canary_0123456789abcdef");
    environment_["EMPTY"] = "";
    EXPECT_THAT(problems(source("${ABSENT}")),
                ElementsAre("FILE:4: source.secrets: the environment variable ABSENT is not set; set it, or refer to "
                            "another one"));
    EXPECT_THAT(problems(source("${EMPTY}")),
                ElementsAre("FILE:4: source.secrets: the environment variable EMPTY is empty; put the secret into it"));
}

TEST_F(Secrets, ComeFromFilesWithoutTheNewlineAtTheEnd) {
    for (const std::string end : {"", "\n", "\r\n"}) {
        write("secret", "sixteen bytes at\nleast " + end);
        EXPECT_EQ(value_of(source(file("secret"))), "sixteen bytes at\nleast ");
    }
    environment_["CREDENTIALS"] = directory_.string();
    EXPECT_EQ(value_of(source("file:${CREDENTIALS}/secret")), "sixteen bytes at\nleast ");
}

TEST_F(Secrets, FilesThatDoNotServeAreNamed) {
    write("empty", "\n");
    write("large", std::string(70'000, 'x'));
    EXPECT_THAT(problems(source(file("empty"))),
                ElementsAre("FILE:4: source.secrets: \"file:DIR/empty\" is empty; put the secret into it"));
    const std::string mend = "; a file that holds the secret and may be read by the user that Tollgate runs as";
    EXPECT_THAT(
        problems(source(file("none"))),
        ElementsAre("FILE:4: source.secrets: \"file:DIR/none\" cannot be read (No such file or directory)" + mend));
    EXPECT_THAT(problems(source("file:" + directory_.string())),
                ElementsAre("FILE:4: source.secrets: \"file:DIR\" cannot be read (Is a directory)" + mend));
    EXPECT_THAT(problems(source(file("large"))),
                ElementsAre("FILE:4: source.secrets: \"file:DIR/large\" cannot be read (larger than 64KiB)" + mend));
    EXPECT_THAT(problems(source("file:${ABSENT}/x")),
                ElementsAre("FILE:4: source.secrets: the environment variable ABSENT is not set; set it, or refer to "
                            "another one"));
}

TEST_F(Secrets, AreInlineOnlyInDevelopment) {
    EXPECT_THAT(problems(source("sk_canary_inline_secret")),
                ElementsAre("FILE:4: source.secrets holds a secret inline; " + reference +
                            "; inline only with development = true"));
    EXPECT_EQ(value_of(source("sk_canary_inline_secret", development)), "sk_canary_inline_secret");
    // `development` counts wherever it stands in the file, and only when it is true.
    EXPECT_THAT(problems(source("sk_canary_inline_secret", "development = false\n")), SizeIs(1));
}

TEST_F(Secrets, AreWholeReferences) {
    for (const std::string part : {"sk_${SOURCE_SECRET}", "${SOURCE_SECRET}x", "${A}${B}", "${}", "${A B}"}) {
        for (const auto& before : {std::string(), development}) {
            const std::string line = before.empty() ? "4" : "5";
            EXPECT_THAT(problems(source(part, before)),
                        ElementsAre("FILE:" + line +
                                    ": source.secrets holds a secret of which only a part is a "
                                    "reference; all of it: " +
                                    reference))
                << part;
        }
    }
    EXPECT_THAT(problems(source("", development)),
                ElementsAre("FILE:5: source.secrets holds an empty secret; " + reference));
    EXPECT_THAT(
        problems(source("***", development)),
        ElementsAre("FILE:5: source.secrets holds a masked secret, as `tollgate check` prints it; " + reference));
}

TEST_F(Secrets, OfSourcesAreAsLongAsTheProviderMadeThem) {
    environment_["SHORT"] = "short";
    EXPECT_THAT(problems(source("${SHORT}")), IsEmpty());
    EXPECT_EQ(value_of(source("${SHORT}")), "short");
}

TEST_F(Secrets, OfSubscribersAreStandardWebhooksSecrets) {
    const std::string key23 = "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=";
    const std::string key24 = "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh";
    std::string key64 = "whsec_";
    for (int i = 0; i < 21; ++i) key64 += "YWFh";
    const std::string key66 = key64 + "YWFh";
    key64 += "YQ==";
    for (const auto& good : {key24, key64}) {
        environment_["KEY"] = good;
        EXPECT_THAT(problems(subscriber("${KEY}")), IsEmpty()) << good;
        EXPECT_THAT(problems(subscriber(good, development)), IsEmpty()) << good;
    }
    for (const auto& bad : {key23, key66, key24 + "=", key24.substr(6), "WHSEC_" + key24.substr(6),
                            std::string("whsec_"), "whsec_" + std::string(32, '-'), key24 + " "}) {
        environment_["KEY"] = bad;
        EXPECT_THAT(problems(subscriber("${KEY}")),
                    ElementsAre("FILE:9: subscriber.secrets: the secret in \"${KEY}\"" + standard_webhooks))
            << bad;
        EXPECT_THAT(problems(subscriber(bad, development)),
                    ElementsAre("FILE:10: subscriber.secrets: a secret" + standard_webhooks))
            << bad;
    }
}

TEST_F(Secrets, OfTokensAreWhatAHeaderCanCarry) {
    const std::string mend =
        " cannot be a token; 16 to 1024 ASCII characters without spaces, as from: openssl rand -hex 32";
    for (const auto& good : {std::string("sixteen-bytes-!~"), std::string(1024, 'x')}) {
        environment_["KEY"] = good;
        EXPECT_THAT(problems(token("${KEY}") + minimal), IsEmpty()) << good;
        EXPECT_THAT(problems(development + token(good) + minimal), IsEmpty()) << good;
    }
    for (const auto& bad : {std::string("fifteen-bytes-!"), std::string(1025, 'x'), std::string("with a space in it"),
                            std::string("with-a-tab\t-in-it"), std::string("not-ascii-\xc3\xa9\xc3\xa9\xc3\xa9")}) {
        environment_["KEY"] = bad;
        EXPECT_THAT(problems(token("${KEY}") + minimal),
                    ElementsAre("FILE:3: token.secret: the secret in \"${KEY}\"" + mend))
            << bad;
    }
    EXPECT_THAT(problems(development + token("short") + minimal), ElementsAre("FILE:4: token.secret: a secret" + mend));
    EXPECT_THAT(problems(token("inline-inline-inline") + minimal),
                ElementsAre("FILE:3: token.secret holds a secret inline; " + reference +
                            "; inline only with development = true"));
}

TEST_F(Secrets, MayBeSeveralEachOnItsLine) {
    const std::string head = "[[source]]\nname = \"kenya\"\nprovider = \"startbutton\"\nsecrets = ";
    EXPECT_THAT(problems(head + "[\"${SOURCE_SECRET}\",\n\"${ABSENT}\",\n\"inline\", 5]"), SizeIs(3));
    EXPECT_THAT(problems(head + "[\n\"${SOURCE_SECRET}\",\n5]"),
                ElementsAre("FILE:6: source.secrets is an integer; " + reference));
    EXPECT_THAT(problems(head + "\"sk_canary_0123456789\""),
                ElementsAre("FILE:4: source.secrets is a string; a list, as in [\"${STARTBUTTON_SECRET}\"]"));
    EXPECT_THAT(
        problems(head + "[]"),
        ElementsAre("FILE:4: source.secrets has no entries; 1 to 10: a list, as in [\"${STARTBUTTON_SECRET}\"]"));
}

/// Whatever is done with "canary" secrets, the word must not be in any output.
TEST_F(Secrets, AreShownNowhere) {
    write("canary.txt", "too-short-canary");
    environment_["SHORT"] = "canary";
    environment_["BAD"] = "whsec_canary";
    environment_["MULTILINE"] = "canary\ncanary";
    const std::string inline_source =
        "[[source]]\nname = \"a\"\nprovider = \"startbutton\"\nsecrets = [\"canary-canary-canary\"]\n";
    const std::string configurations[] = {
        minimal + orders,
        development + inline_source + orders,
        inline_source + orders,
        source("${SHORT}"),
        source("prefix-canary-${SHORT}"),
        subscriber("${BAD}"),
        subscriber("whsec_canary", development),
        // Secrets where none belong, and secrets written wrongly.
        "[store]\npath = \"${MULTILINE}\"\n" + minimal,
        "[receiver]\nlisten = \"${SOURCE_SECRET}\"\ndrain = \"${SHORT}\"\nmax_body = \"${SHORT}\"\n" + minimal,
        "[[source]]\nname = \"${SOURCE_SECRET}\"\nprovider = \"${SHORT}\"\nsecret = \"canary\"\nsecrets = \"canary\"\n",
        "[[source]]\nsecrets = [canary]\n",
        "[[source]]\nsecrets = canary\n",
        "[[source]]\nsecrets = [\"canary]\n",
        "[[source]]\nsecrets = [{ value = \"canary\" }]\n",
        "secrets = \"canary\"\n",
        minimal + orders + "ca = \"${SOURCE_SECRET}\"\nformat = \"${SHORT}\"\n",
        minimal +
            "[[subscriber]]\nname = \"o\"\nurl = \"https://u:${SHORT}@host/\"\nsecrets = [\"${ORDERS_SECRET}\"]\n",
        minimal + "[[subscriber]]\nname = \"o\"\nurl = \"https://host/${SHORT}\"\nsecrets = [\"${ORDERS_SECRET}\"]\n",
        // Credentials and tokens.
        asked + "base_url = \"https://${SHORT}.example/${SHORT}\"\n",
        asked + "base_url = \"ftp://${SHORT}\"\nfirst_after = \"${SHORT}\"\nbackoff = [\"${SHORT}\"]\n",
        source("${SHORT}") + "[source.requery]\ncredentials = { secret = \"canary\", key = \"canary\" }\n",
        development + source("${SHORT}") + "[source.requery]\ncredentials = { secret = \"canary\" }\n",
        source("${SHORT}") + "[source.requery]\ncredentials = \"canary\"\n",
        token("${SHORT}") + token("${CHECKOUT_TOKEN}") + token("canary-canary-canary") + minimal,
        development + token("canary-canary-canary") + token("canary-canary-canary") + token("canary") + minimal,
        "[[token]]\nname = \"${CHECKOUT_TOKEN}\"\nscopes = [\"${SHORT}\"]\nsubscriber = \"${SOURCE_SECRET}\"\n" +
            minimal,
    };
    for (const auto& toml : configurations) {
        const auto outcome = load(toml);
        for (const auto& problem : outcome.problems) EXPECT_THAT(problem.text(), Not(HasSubstr("canary"))) << toml;
        const auto printed = print_config(outcome.config);
        EXPECT_THAT(printed, Not(HasSubstr("canary"))) << toml;
        for (const auto& entry : outcome.config.sources) {
            for (const auto& secret : entry.secrets) EXPECT_THAT(printed, Not(HasSubstr(secret.reveal())));
        }
        for (const auto& entry : outcome.config.subscribers) {
            for (const auto& secret : entry.secrets) EXPECT_THAT(printed, Not(HasSubstr(secret.reveal())));
        }
    }
}

TEST_F(Secrets, NumbersWithoutQuotesAreNotRepeatedBySyntaxErrors) {
    for (const std::string number :
         {"98765432109876543210987654321", "0x98765432109876543210", "9876543210e99999999"}) {
        const auto lines = problems("[[source]]\nsecrets = [" + number + "]\n");
        ASSERT_THAT(lines, SizeIs(1)) << number;
        EXPECT_THAT(lines[0], HasSubstr("FILE:2: "));
        EXPECT_THAT(lines[0], Not(HasSubstr("9876543")));
    }
}

}  // namespace
}  // namespace tollgate::test
