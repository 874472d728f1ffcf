// The report of a rehearsal: its JSON is what scripts read, and one fault is enough not to be clean.
#include "load/rehearsal_report.hpp"

#include <tollgate/core/json.hpp>

#include <gtest/gtest.h>

#include <string>

namespace tollgate::load {
namespace {

TEST(RehearsalReport, IsJsonWithTheNamesThatScriptsRelyOn) {
    RehearsalReport report;
    report.judgement.ledger[0] = 7;
    report.judgement.published[0] = 7;
    report.habits[static_cast<std::size_t>(Habit::never)] = 3;
    report.answers[static_cast<std::size_t>(Trouble::silent)] = 2;
    report.played.forged_refused = 4;
    report.command = "tollgate-load rehearse --to \"x\"";
    core::JsonParser parser;
    const std::string text = report.json();
    const auto json = parser.parse(text);
    ASSERT_TRUE(json) << text;
    EXPECT_EQ((*json)["clean"].boolean(), true);
    EXPECT_EQ((*json)["ledger"]["succeeded"].integer(), 7);
    EXPECT_EQ((*json)["published"]["succeeded"].integer(), 7);
    EXPECT_EQ((*json)["payments"]["never"].integer(), 3);
    EXPECT_EQ((*json)["answers"]["silent"].integer(), 2);
    EXPECT_EQ((*json)["forged_refused"].integer(), 4);
    EXPECT_EQ((*json)["faults"]["missing"].integer(), 0);
    EXPECT_EQ((*json)["command"].string(), report.command);
}

TEST(RehearsalReport, OneOfAnythingIsNotClean) {
    const auto is_clean = [](const auto& change) {
        RehearsalReport report;
        change(report);
        return report.is_clean();
    };
    EXPECT_TRUE(is_clean([](RehearsalReport&) {}));
    for (std::size_t fault = 0; fault < fault_count; ++fault) {
        EXPECT_FALSE(is_clean([fault](RehearsalReport& report) { report.judgement.faults[fault] = 1; }));
    }
    EXPECT_FALSE(is_clean([](RehearsalReport& report) { report.judgement.ledger[2] = 1; }));
    EXPECT_FALSE(is_clean([](RehearsalReport& report) { report.played.forged_accepted = 1; }));
    EXPECT_FALSE(is_clean([](RehearsalReport& report) { report.unfinished = 1; }));
    EXPECT_FALSE(is_clean([](RehearsalReport& report) { report.bad_signature = 1; }));
    EXPECT_FALSE(is_clean([](RehearsalReport& report) { report.malformed = 1; }));
}

TEST(RehearsalReport, TheTableNamesFaultsOnlyWhenThereAreSome) {
    RehearsalReport report;
    EXPECT_NE(report.table().find("faults      none"), std::string::npos);
    report.judgement.faults[static_cast<std::size_t>(Fault::regression)] = 2;
    report.judgement.examples.emplace_back("regression: payment.pending of moolre 1");
    EXPECT_NE(report.table().find("regression 2"), std::string::npos);
    EXPECT_NE(report.table().find("payment.pending of moolre 1"), std::string::npos);
}

}  // namespace
}  // namespace tollgate::load
