// The judge of a rehearsal: what is as it should be passes, and every fault is found.
#include "load/world/judge.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tollgate::load {
namespace {

const References references(42);

/// One payment, and what its subscriber got.
class JudgeTest : public testing::Test {
  protected:
    void SetUp() override {
        plan.payment = {.api = Api::startbutton,
                        .end = End::succeeded,
                        .reference = references.make(0),
                        .amount = "3000.00",
                        .currency = "KES"};
    }

    void got(const std::string& id, const std::string& type, std::uint32_t sequence, const std::string& corrects = "",
             const std::string& amount = "3000.00") {
        Arrival arrival;
        arrival.delivery = {id, plan.payment.reference, type, sequence};
        arrival.source = source;
        arrival.amount = amount;
        arrival.currency = "KES";
        arrival.evidence = evidence;
        arrival.corrects = corrects;
        book.take(arrival);
    }
    [[nodiscard]] Judgement judged() const { return judge({plan}, book); }
    /// Exactly this fault, so often.
    void expect(Fault fault, std::uint64_t times = 1) const {
        const auto judgement = judged();
        EXPECT_EQ(judgement.count(fault), times) << testing::PrintToString(judgement.examples);
        EXPECT_FALSE(judgement.is_clean());
        EXPECT_FALSE(judgement.examples.empty());
    }
    void expect_clean() const {
        const auto judgement = judged();
        EXPECT_TRUE(judgement.is_clean()) << testing::PrintToString(judgement.examples);
        EXPECT_EQ(judgement.waited_for, 0U);
    }

    std::string source = "kenya";
    std::string evidence = "signed";
    Plan plan;
    Book book{references, 1, {"kenya"}};
};

TEST_F(JudgeTest, TheTruthOnceIsGood) {
    got("e1", "payment.pending", 1);
    got("e2", "payment.succeeded", 2);
    expect_clean();
    EXPECT_EQ(judged().ledger, judged().published);
    got("e2", "payment.succeeded", 2);
    expect_clean();
    EXPECT_EQ(book.repeats(), 1U);
}

TEST_F(JudgeTest, WhatDoesNotComeIsMissing) {
    got("e1", "payment.pending", 1);
    expect(Fault::missing);
    EXPECT_EQ(judged().waited_for, 1U);
}

TEST_F(JudgeTest, AnotherEndIsFalse) {
    got("e1", "payment.failed", 1);
    expect(Fault::false_end);
    expect(Fault::missing);
}

TEST_F(JudgeTest, AnotherKindOfPaymentIsAnotherEnd) {
    got("e1", "payout.succeeded", 1);
    expect(Fault::false_end);
}

TEST_F(JudgeTest, OneEndIsOneEvent) {
    got("e1", "payment.succeeded", 1);
    got("e2", "payment.succeeded", 2);
    expect(Fault::repeated_end);
}

TEST_F(JudgeTest, NothingGoesBack) {
    got("e1", "payment.succeeded", 1);
    got("e2", "payment.pending", 2);
    expect(Fault::regression);
}

TEST_F(JudgeTest, ASecondEndThatCorrectsNothingIsARegression) {
    got("e1", "payment.failed", 1);
    got("e2", "payment.succeeded", 2);
    expect(Fault::regression);
    expect(Fault::false_end);
}

TEST_F(JudgeTest, ACorrectionMakesItGood) {
    plan.habit = Habit::contradictory;
    got("e1", "payment.failed", 1);
    got("e2", "payment.conflict", 2);
    got("e3", "payment.succeeded", 3, "e1");
    expect_clean();
    EXPECT_EQ(judged().corrections, 1U);
}

TEST_F(JudgeTest, ACorrectionOfNothingIsWrong) {
    got("e1", "payment.succeeded", 1, "e0");
    expect(Fault::wrong_correction);
}

TEST_F(JudgeTest, ACorrectionAwayFromTheTruthIsFalse) {
    got("e1", "payment.succeeded", 1);
    got("e2", "payment.failed", 2, "e1");
    expect(Fault::false_end);
    expect(Fault::missing);
}

TEST_F(JudgeTest, SequencesGoUp) {
    got("e1", "payment.pending", 2);
    got("e2", "payment.succeeded", 2);
    expect(Fault::out_of_order);
}

TEST_F(JudgeTest, TheSumIsTheOneThatWasPaid) {
    got("e1", "payment.succeeded", 1, "", "3000");
    expect_clean();
    got("e2", "payment.settled", 2, "", "300.00");
    expect(Fault::wrong_amount);
}

TEST_F(JudgeTest, NoSumOnlyWhereNobodyNamedOne) {
    evidence = "requery";
    got("e1", "payment.succeeded", 1, "", "");
    expect(Fault::wrong_amount);
    plan.payment.api = Api::honeycoin;
    expect(Fault::wrong_amount);
    plan.payment.api = Api::unipesa;
    expect_clean();
}

TEST_F(JudgeTest, ACallbackOfHoneyCoinNamesNoSum) {
    evidence = "shared_secret";
    got("e1", "payment.succeeded", 1, "", "");
    expect(Fault::wrong_amount);
    plan.payment.api = Api::honeycoin;
    expect_clean();
}

TEST_F(JudgeTest, ContradictionsAreToldAndOthersAreNot) {
    got("e1", "payment.succeeded", 1);
    plan.habit = Habit::contradictory;
    expect(Fault::missing_conflict);
    got("e2", "payment.conflict", 2);
    expect_clean();
    plan.habit = Habit::good;
    expect(Fault::unexpected_conflict);
}

TEST_F(JudgeTest, TooLittleMoneyIsAConflictInsteadOfASuccess) {
    plan.expected = Expected::more;
    got("e1", "payment.conflict", 1);
    expect_clean();
    got("e2", "payment.unresolved", 2);
    expect_clean();
    got("e3", "payment.succeeded", 3);
    expect(Fault::false_end);
}

TEST_F(JudgeTest, TooMuchMoneyIsBoth) {
    plan.expected = Expected::less;
    got("e1", "payment.succeeded", 1);
    expect(Fault::missing_conflict);
    got("e2", "payment.conflict", 2);
    expect_clean();
}

TEST_F(JudgeTest, WhatIsSettledWasPaid) {
    plan.payment.end = End::settled;
    got("e1", "payment.settled", 2);
    expect(Fault::missing);
    got("e2", "payment.succeeded", 1);
    expect(Fault::out_of_order);
    expect(Fault::regression);
}

TEST_F(JudgeTest, NobodyKnowsOfADeclinedPayment) {
    plan.payment.api = Api::moolre;
    plan.payment.end = End::declined;
    got("e1", "payment.pending", 1);
    expect(Fault::missing);
    got("e2", "payment.unresolved", 2);
    expect_clean();
    got("e3", "payment.failed", 3);
    expect(Fault::false_end);
}

TEST_F(JudgeTest, AStolenSecretMakesNoSuccess) {
    plan.habit = Habit::stolen;
    plan.payment.api = Api::honeycoin;
    got("e1", "payment.conflict", 1);
    got("e2", "payment.unresolved", 2);
    expect_clean();
    got("e3", "payment.succeeded", 3);
    expect(Fault::false_end);
}

TEST_F(JudgeTest, ADenialThatLastsMayBeTold) {
    plan.payment.api = Api::honeycoin;
    got("e1", "payment.conflict", 1);
    got("e2", "payment.succeeded", 2);
    expect(Fault::unexpected_conflict);
    plan.trouble = Trouble::not_found;
    expect_clean();
}

TEST_F(JudgeTest, OfAForgedPaymentNothingMayCome) {
    plan.habit = Habit::forged;
    expect_clean();
    got("e1", "payment.pending", 1);
    expect(Fault::invented);
}

TEST_F(JudgeTest, AnotherSourceIsAnotherPayment) {
    got("e1", "payment.succeeded", 1);
    source = "accra";
    got("e2", "payment.succeeded", 1);
    EXPECT_EQ(judged().count(Fault::invented), 1U);
    EXPECT_FALSE(judged().is_clean());
}

}  // namespace
}  // namespace tollgate::load
