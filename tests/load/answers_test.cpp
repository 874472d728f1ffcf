// AnswerRules: when the played subscriber fails, and how.
#include "load/answers.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include <unistd.h>

namespace tollgate::load {
namespace {

TEST(AnswerRules, SayYesByDefault) {
    EXPECT_EQ(AnswerRules({}).status("a", 1), 200U);
}

TEST(AnswerRules, FailTheFirstAttemptsOfEveryEvent) {
    const AnswerRules rules({.fail_first = 2, .fail_reference = "", .fail_status = 500, .down_file = ""});
    EXPECT_EQ(rules.status("a", 1), 500U);
    EXPECT_EQ(rules.status("a", 2), 500U);
    EXPECT_EQ(rules.status("a", 3), 200U);
}

TEST(AnswerRules, FailAPatternForEver) {
    const AnswerRules rules({.fail_first = 0, .fail_reference = "61?a*", .fail_status = 429, .down_file = ""});
    EXPECT_EQ(rules.status("610ae86889ee", 1000), 429U);
    EXPECT_EQ(rules.status("710ae86889ee", 1), 200U);
    EXPECT_EQ(rules.status("", 1), 200U);
}

TEST(AnswerRules, FailAPatternAtFirst) {
    const AnswerRules rules({.fail_first = 1, .fail_reference = "a*", .fail_status = 500, .down_file = ""});
    EXPECT_EQ(rules.status("abc", 1), 500U);
    EXPECT_EQ(rules.status("abc", 2), 200U);
    EXPECT_EQ(rules.status("bcd", 1), 200U);
}

TEST(AnswerRules, AreDownWhileTheFileExists) {
    const std::string file = testing::TempDir() + "tollgate-load-down-" + std::to_string(::getpid());
    const AnswerRules rules({.fail_first = 0, .fail_reference = "", .fail_status = 500, .down_file = file});
    EXPECT_EQ(rules.status("a", 1), 200U);
    std::ofstream(file) << '\n';
    EXPECT_EQ(rules.status("a", 1), 503U);
    std::remove(file.c_str());
    EXPECT_EQ(rules.status("a", 1), 200U);
}

TEST(AnswerRules, FailAShareOfAllAttempts) {
    AnswerOptions options;
    options.fail_share = 0.25;
    const AnswerRules rules(options);
    EXPECT_EQ(rules.status("a", 1, 0.2), 500U);
    EXPECT_EQ(rules.status("a", 1, 0.25), 200U);
    EXPECT_EQ(rules.status("a", 7, 0.0), 500U);
    options.fail_reference = "b*";
    EXPECT_EQ(AnswerRules(options).status("a", 1, 0.0), 200U) << "only of those that the pattern means";
    EXPECT_EQ(AnswerRules(options).status("b", 1, 0.5), 200U);
}

}  // namespace
}  // namespace tollgate::load
