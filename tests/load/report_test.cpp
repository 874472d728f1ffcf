// Report: the members that scripts read, what makes a run fail, and no secret anywhere.
#include "load/report.hpp"

#include <gtest/gtest.h>

namespace tollgate::load {
namespace {

TEST(Report, HasTheMembersThatScriptsRead) {
    Report report;
    report.reconciled = true;
    report.sent = 12;
    report.verdict.missing = 3;
    report.seconds = 1.5;
    report.command = "tollgate-load run";
    core::JsonParser parser;
    const auto json = parser.parse(report.json());
    ASSERT_TRUE(json) << report.json();
    for (const char* name : {"sent", "acked", "refused", "delivered", "repeats", "missing", "unexpected",
                             "out_of_order", "different_id", "bad_signature", "forged_accepted", "offered_rate"})
        EXPECT_TRUE((*json)[name].integer()) << name;
    for (const char* name : {"ack_latency_us", "delivery_lag_us"})
        for (const char* percentile : {"p50", "p99", "p999", "max"})
            EXPECT_TRUE((*json)[name][percentile].integer()) << name << percentile;
    EXPECT_EQ((*json)["sent"].integer(), 12);
    EXPECT_EQ((*json)["missing"].integer(), 3);
    EXPECT_EQ((*json)["seconds"].number(), "1.500");
    EXPECT_EQ((*json)["command"].string(), "tollgate-load run");
}

TEST(Report, EveryFaultAloneSpoilsARun) {
    Report good;
    good.reconciled = true;
    good.refused = good.unanswered = good.verdict.repeats = good.unsent = 9;
    EXPECT_TRUE(good.clean());
    for (const auto fault : {&Report::bad_signature, &Report::malformed, &Report::forged_accepted}) {
        Report report = good;
        report.*fault = 1;
        EXPECT_FALSE(report.clean());
    }
    for (const auto fault : {&Verdict::missing, &Verdict::unexpected, &Verdict::out_of_order, &Verdict::different_id,
                             &Verdict::shared_id}) {
        Report report = good;
        report.verdict.*fault = 1;
        EXPECT_FALSE(report.clean());
    }
}

TEST(Report, ARunThatTestedNothingSaysWhy) {
    Report report;
    EXPECT_EQ(report.why_void(), "nothing was sent");
    report.attempts = report.sent = 7;
    report.answers = {{0, 3}, {404, 4}};
    report.first_error = "127.0.0.1:1: refused";
    EXPECT_EQ(report.why_void(), "nothing was tested: every answer was missing (127.0.0.1:1: refused) or 404");
    report.forged_refused = 1;
    EXPECT_EQ(report.why_void(), "") << "that a forged one is refused is a finding";
    EXPECT_NE(report.table().find("404: 4"), std::string::npos) << report.table();
    EXPECT_NE(report.json().find(R"("answers":{"0":3,"404":4})"), std::string::npos) << report.json();
}

TEST(Report, TellsOfEachSubscriberWhenThereAreSeveral) {
    Verdict good;
    good.delivered = 5;
    Verdict bad = good;
    bad.missing = 2;
    Report report;
    report.add({good, bad}, SubscriberCounters());
    EXPECT_EQ(report.verdict.delivered, 10U);
    EXPECT_FALSE(report.clean());
    EXPECT_NE(report.table().find("of 2        delivered 5   repeats 0   missing 2   faults 2"), std::string::npos) << report.table();
    EXPECT_NE(report.json().find(R"({"delivered":5,"repeats":0,"missing":2,"faults":2}])"), std::string::npos) << report.json();
}

TEST(Report, TheTableNamesFaultsAndExamples) {
    Report report;
    report.reconciled = true;
    report.verdict.missing = 2;
    report.verdict.examples = {"missing payment.succeeded of 1"};
    const std::string table = report.table();
    EXPECT_NE(table.find("missing 2"), std::string::npos) << table;
    EXPECT_NE(table.find("\n  missing payment.succeeded of 1\n"), std::string::npos) << table;
}

TEST(Command, IsDescribedWithoutSecrets) {
    EXPECT_EQ(describe_command({"tollgate-load", "run", "--secret", "sk_1", "--rate", "5",
                                "--subscriber-secret=whsec_2", "--secret=sk_3", "--json", "a=b"}),
              "tollgate-load run --secret *** --rate 5 --subscriber-secret=*** --secret=*** --json a=b");
    EXPECT_EQ(describe_command({"--secret", "--secret", "x"}), "--secret *** x");
}

}  // namespace
}  // namespace tollgate::load
