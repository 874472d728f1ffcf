// A payment that is registered under its own reference and under another id: its own registration is about it alone.
#include "ledger.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace tollgate::event {
namespace {

using testing::ElementsAre;

TEST(OwnRegistration, CountsBeforeWhatIsInheritedInEitherOrder) {
    for (const bool own_first : {true, false}) {
        Ledger ledger;
        ledger.expect("order-17", money("3000.00"));
        if (own_first) ledger.expect_own("T1", money("4000.00"));
        ledger.callback("T1", "order-17", TransitionName::pending);
        EXPECT_EQ(ledger.at("T1").inherited, !own_first);
        if (!own_first) ledger.expect_own("T1", money("4000.00"));
        EXPECT_EQ(ledger.at("T1").expected_amount, money("4000.00"));
        EXPECT_FALSE(ledger.at("T1").inherited);
        ledger.callback("T1", "order-17", TransitionName::succeeded, "4000.00");
        EXPECT_THAT(ledger.types("T1"), ElementsAre("pending", "succeeded"));
    }
}

TEST(OwnRegistration, ThatLinksThePaymentCountsToo) {
    Ledger ledger;
    ledger.expect("order-17", money("3000.00"));
    Candidate registration = ledger.own_registration("T1", money("4000.00"));
    registration.facts.merchant_reference = "order-17";
    ledger.take(registration);
    EXPECT_EQ(ledger.at("T1").expected_amount, money("4000.00"));
    EXPECT_THAT(ledger.named("m order-17"), ElementsAre("T1"));
}

TEST(OwnRegistration, ThatLinksThePaymentIsNotComparedWithWhatIsKeptUnderTheId) {
    Ledger ledger;
    ledger.expect("order-17", money("3000.00"));
    ledger.callback("T1", std::nullopt, TransitionName::succeeded, "2500.00");
    Candidate registration = ledger.own_registration("T1", money("2500.00"));
    registration.facts.merchant_reference = "order-17";
    ledger.take(registration);
    EXPECT_THAT(ledger.types("T1"), ElementsAre("succeeded"));
    EXPECT_EQ(ledger.at("T1").expected_amount, money("2500.00"));
}

TEST(OwnRegistration, WithoutASumLeavesTheOneThatIsInherited) {
    Ledger ledger;
    ledger.callback("T1", "order-17", TransitionName::pending);
    ledger.expect("order-17", money("3000.00"));
    ledger.expect_own("T1", std::nullopt);
    EXPECT_EQ(ledger.at("T1").expected_amount, money("3000.00"));
    EXPECT_TRUE(ledger.at("T1").inherited);
}

TEST(OwnRegistration, TheFirstOfSeveralCountsAsEver) {
    Ledger ledger;
    ledger.expect("order-17", money("3000.00"));
    ledger.callback("T1", "order-17", TransitionName::pending);
    ledger.expect_own("T1", money("4000.00"));
    ledger.expect_own("T1", money("5000.00"));
    EXPECT_EQ(ledger.at("T1").expected_amount, money("4000.00"));
}

TEST(OwnRegistration, AfterACallbackThatFittedIsComparedAndADifferenceIsAConflict) {
    Ledger ledger;
    ledger.expect("order-17", money("3000.00"));
    ledger.callback("T1", "order-17");
    ledger.expect_own("T1", money("3000.00"));
    EXPECT_THAT(ledger.types("T1"), ElementsAre("succeeded")) << "the same sum";
    Ledger other;
    other.expect("order-17", money("3000.00"));
    other.callback("T1", "order-17");
    other.expect_own("T1", money("4000.00"));
    EXPECT_THAT(other.types("T1"), ElementsAre("succeeded", "conflict"));
    const Conflict conflict = *other.events().back().facts.conflict;
    EXPECT_EQ(conflict.kind, ConflictKind::amount);
    EXPECT_EQ(conflict.kept.amount, money("4000.00"));
    EXPECT_EQ(conflict.contradicting.amount, money("3000.00"));
    EXPECT_EQ(other.at("T1").expectation->purpose, Purpose::conflict);
    other.expect_own("T1", money("4000.00"));
    EXPECT_THAT(other.types("T1"), ElementsAre("succeeded", "conflict")) << "said once";
}

TEST(OwnRegistration, AfterACallbackThatDidNotFitLetsTheTrueEndCome) {
    Ledger ledger;
    ledger.expect("order-17", money("4000.00"));
    ledger.callback("T1", "order-17");
    ASSERT_THAT(ledger.types("T1"), ElementsAre("conflict"));
    ledger.expect_own("T1", money("3000.00"));
    EXPECT_THAT(ledger.types("T1"), ElementsAre("conflict")) << "it was said, and stays so";
    ASSERT_TRUE(ledger.at("T1").expectation) << "so its provider is asked";
    ledger.pass(3min);
    Candidate answer = with_evidence(with_amount(report(TransitionName::succeeded), "3000.00"), Evidence::requery);
    answer.facts.reference = "T1";
    answer.answer = Answer{{ledger.now(), Purpose::outcome, "reported", "paid"}, true, ledger.now() + 1h, {}};
    ledger.take(answer);
    EXPECT_THAT(ledger.types("T1"), ElementsAre("conflict", "succeeded"));
}

/// Whatever comes in whatever order, and however often, before the end does: its own registration is what it is
/// compared with.
TEST(OwnRegistration, AnyOrderAndRepeats) {
    std::mt19937 random(17);
    for (int round = 0; round < 300; ++round) {
        Ledger ledger;
        Candidate pending = report(TransitionName::pending);
        pending.facts.reference = "T1";
        pending.facts.merchant_reference = "order-17";
        std::vector<Candidate> all{pending, ledger.own_registration("T1", money("4000.00"))};
        for (const std::string_view digits : {"3000.00", "2000.00"}) {
            all.push_back(ledger.registration("order-17", money(digits)));
            ledger.pass(1s);
        }
        std::ranges::shuffle(all, random);
        for (const Candidate& each : all) {
            ledger.take(each);
            if (random() % 3 == 0) ledger.take(each);
        }
        const auto kept = ledger.kept();
        for (const Candidate& each : all) ledger.take(each);
        EXPECT_EQ(ledger.kept(), kept) << "said again, nothing changes";
        EXPECT_EQ(ledger.at("T1").expected_amount, money("4000.00"));
        EXPECT_EQ(ledger.at("m order-17").expected_amount, money("2000.00")) << "the newest";
        ledger.callback("T1", "order-17", TransitionName::succeeded, "4000.00");
        EXPECT_THAT(ledger.types("T1"), ElementsAre("pending", "succeeded"));
    }
}

}  // namespace
}  // namespace tollgate::event
