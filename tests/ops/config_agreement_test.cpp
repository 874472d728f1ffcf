// Problems that show only between tables or around them: what is taken, what does not resolve, files, order.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ConfigAgreement : public ConfigFixture {};

TEST_F(ConfigAgreement, WhatIsTakenIsSaidWithItsLine) {
    const std::string other =
        "[[source]]\nname = \"ghana\"\nprovider = \"startbutton\"\nsecrets = [\"${SOURCE_SECRET}\"]\n";
    EXPECT_THAT(
        problems(minimal + "[[source]]\nprovider = \"startbutton\"\nsecrets = [\"${SOURCE_SECRET}\"]\n"
                           "name = \"kenya\"\npath = \"/other\""),
        ElementsAre("FILE:9: the name \"kenya\" is taken by the [[source]] of line 2; a name of its own for each"));
    EXPECT_THAT(
        problems(minimal + other + "path = \"/in/kenya\""),
        ElementsAre(
            "FILE:10: the path \"/in/kenya\" is taken by the [[source]] of line 1; a path of its own for each"));
    EXPECT_THAT(
        problems(minimal + orders + orders),
        ElementsAre("FILE:11: the name \"orders\" is taken by the [[subscriber]] of line 7; a name of its own for "
                    "each"));
}

TEST_F(ConfigAgreement, TablesHaveToAgree) {
    const std::string accra =
        "[[source]]\nname = \"accra\"\nprovider = \"honeycoin\"\nsecrets = [\"${SOURCE_SECRET}\"]\n";
    EXPECT_THAT(problems(minimal + orders + "sources = [\"kenia\"]"),
                ElementsAre("FILE:10: no source is named \"kenia\"; did you mean \"kenya\"? sources are kenya"));
    EXPECT_THAT(
        problems(minimal + accra + orders + "evidence = \"signed\""),
        ElementsAre("FILE:14: subscriber.evidence is \"signed\", which the source \"accra\" (honeycoin) can never "
                    "give; [source.requery] in that source, or \"any\", or sources without \"accra\""));
    each_is_said(
        {
            {"[api]\nlisten = \"127.0.0.1:8080\"",
             "FILE:2: api.listen \"127.0.0.1:8080\" is taken by receiver.listen \"0.0.0.0:8080\"; another port for one "
             "of "
             "them"},
            {"[receiver]\nlisten = \"[::1]:90\"\n[api]\nlisten = \"[0:0::1]:90\"",
             "FILE:4: api.listen \"[0:0::1]:90\" is taken by receiver.listen \"[::1]:90\"; another port for one of "
             "them"},
            {"[receiver]\nlisten = \"127.0.0.1:9400\"",
             "FILE:2: api.listen \"127.0.0.1:9400\" is taken by receiver.listen \"127.0.0.1:9400\"; another port for "
             "one "
             "of "
             "them"},
            {"[api]\nlisten = \"0.0.0.0:9400\"",
             "FILE:2: api.listen is \"0.0.0.0:9400\", open to other machines, and there is no [[token]]; a [[token]] "
             "for "
             "each who may use the API, or a loopback address, as in \"127.0.0.1:9400\""},
            {"[store]\nretention = \"30d\"\nstate_retention = \"29d\"",
             "FILE:3: store.state_retention is shorter than store.retention (30d); at least as long: the events of a "
             "forgotten payment would be published again"},
        },
        minimal);
}

TEST_F(ConfigAgreement, ReferencesHaveToResolve) {
    const std::string mend = "\"${NAME}\" reads an environment variable, \"$${\" stands for \"${\" itself";
    environment_["BELL"] = "a\ab";
    each_is_said(
        {
            {"[store]\npath = \"${ABSENT}/x\"",
             "FILE:2: store.path: the environment variable ABSENT is not set; set it, or refer to another one"},
            {"[store]\npath = \"${ABSENT\"", "FILE:2: store.path is \"${ABSENT\"; " + mend},
            {"[store]\npath = \"${1}\"", "FILE:2: store.path is \"${1}\"; " + mend},
            {"[store]\npath = \"${}\"", "FILE:2: store.path is \"${}\"; " + mend},
            {"[store]\npath = \"${BELL}\"", "FILE:2: store.path holds a control character; printable characters only"},
            {"[receiver]\nlisten = \"${SOURCE_SECRET}\"",
             "FILE:2: receiver.listen is \"${SOURCE_SECRET}\"; an IP address and a port, as in \"127.0.0.1:8080\" or "
             "\"[::1]:8080\""},
        },
        minimal);
}

TEST_F(ConfigAgreement, SyntaxErrorsHaveTheirPlace) {
    EXPECT_THAT(
        problems("[receiver]\nlisten = \n"),
        ElementsAre("FILE:2: Error while parsing key-value pair: expected value, saw '\\n' (column 10); TOML 1.0, "
                    "see https://toml.io"));
    EXPECT_THAT(problems("a = 1\na = 2\n"), ElementsAre(HasSubstr("FILE:2: ")));
    EXPECT_THAT(problems("[receiver]\n[receiver]\n"),
                ElementsAre(AllOf(StartsWith("FILE:2: "), HasSubstr("redefine existing table 'receiver'"))));
    EXPECT_THAT(problems("\n\na = \xff\n"), ElementsAre(StartsWith("FILE:3: ")));
}

TEST_F(ConfigAgreement, FilesThatCannotBeReadAreNamed) {
    const auto said = [this](const std::string& path) {
        const auto problems = load_file(path).problems;
        return problems.size() == 1 ? shortened(problems[0].text()) : std::string();
    };
    const std::string mend = "; name another with --config or TOLLGATE_CONFIG";
    EXPECT_EQ(said((directory_ / "none.toml").string()),
              "DIR/none.toml:1: the configuration cannot be read (No such file or directory)" + mend);
    EXPECT_EQ(said(directory_.string()), "DIR:1: the configuration cannot be read (Is a directory)" + mend);
    EXPECT_EQ(said(write("large.toml", std::string(2 << 20, '#'))),
              "DIR/large.toml:1: the configuration cannot be read (larger than 1MiB)" + mend);
}

TEST_F(ConfigAgreement, AllAreFoundInOneGoInTheOrderOfTheirLines) {
    const auto lines = problems(R"([[subscriber]]
url = "nowhere"
secrets = ["${NONE}", "plain"]
sources = ["x"]
[[source]]
name = "kenya"
provider = "who"
secrets = []
[api]
listen = "10.0.0.1:1"
bad = 1
[receiver]
drain = "1"
)");
    std::vector<std::string> starts;
    for (const auto& line : lines) starts.push_back(line.substr(0, line.find(": ")));
    EXPECT_THAT(starts, ElementsAre("FILE:1", "FILE:2", "FILE:3", "FILE:3", "FILE:4", "FILE:7", "FILE:8", "FILE:10",
                                    "FILE:11", "FILE:13"));
}

TEST_F(ConfigAgreement, OneProblemIsOneLine) {
    ops::ConfigProblem problem{"a\nb.toml", 3, "what\r\nis", "mend\x7f"};
    EXPECT_EQ(problem.text(), "a b.toml:3: what  is; mend ");
}

}  // namespace
}  // namespace tollgate::test
