// What the rules do with sums: expected ones, repeated ones, settled and reversed ones.
#include "sample.hpp"

#include <tollgate/event/rules.hpp>

#include <gtest/gtest.h>

namespace tollgate::event {
namespace {

const Candidate succeeded = report(TransitionName::succeeded);
const Candidate settled = report(TransitionName::settled);
const Candidate reversed = report(TransitionName::reversed);

const Conflict& conflict_of(const Decision& decision) {
    return *decision.events.back().facts.conflict;
}

TEST(ExpectedAmount, PaidExactlyIsAccepted) {
    Payment payment;
    payment.expect("3000");
    const Decision decision = payment.take(with_amount(succeeded, "3000.00"));
    EXPECT_EQ(text(decision), "accepted succeeded");
    EXPECT_EQ(decision.events[0].facts.expected_amount, money("3000"));
    EXPECT_EQ(payment.state().amount, money("3000.00"));
}

TEST(ExpectedAmount, PaidLessIsAConflictInsteadOfSuccess) {
    Payment payment;
    payment.expect("3000");
    const Decision decision = payment.take(with_amount(succeeded, "1000"));
    EXPECT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(payment.state().status, Status::none);
    EXPECT_EQ(payment.state().amount, std::nullopt);
    const Event& event = decision.events[0];
    EXPECT_EQ(event.id, event_id("kenya", "610ae86889ee", "conflict:amount:51d2a67dd339077b"));
    EXPECT_EQ(event.status, Status::none);
    EXPECT_EQ(event.sequence, 1U);
    EXPECT_EQ(event.facts.amount, money("1000"));
    EXPECT_EQ(event.facts.expected_amount, money("3000"));
    const Conflict& conflict = conflict_of(decision);
    EXPECT_EQ(conflict.kind, ConflictKind::amount);
    EXPECT_EQ(conflict.kept.status, std::nullopt);
    EXPECT_EQ(conflict.kept.amount, money("3000"));
    EXPECT_EQ(conflict.kept.evidence, std::nullopt);
    EXPECT_EQ(conflict.contradicting.status, Status::succeeded);
    EXPECT_EQ(conflict.contradicting.amount, money("1000"));
    EXPECT_EQ(conflict.contradicting.evidence, Evidence::signature);
}

TEST(ExpectedAmount, TheSameWrongSumSettledIsTheSameConflict) {
    Payment payment;
    payment.expect("3000");
    payment.go(report(TransitionName::pending));
    payment.go(with_amount(succeeded, "1000"));
    const PaymentState before = payment.state();
    const Decision again = payment.take(with_amount(settled, "1000.00"));
    EXPECT_EQ(text(again), "conflict") << "not a duplicate: settled was never published";
    EXPECT_EQ(again.next, std::nullopt);
    EXPECT_EQ(payment.state(), before);
    EXPECT_EQ(text(payment.take(with_amount(settled, "1000.01"))), "conflict conflict");
    EXPECT_EQ(payment.state().status, Status::pending);
    EXPECT_EQ(text(payment.take(with_amount(settled, "3000"))), "accepted succeeded settled");
}

TEST(ExpectedAmount, PaidInAnotherCurrencyIsAConflictInsteadOfSuccess) {
    Payment payment;
    payment.expect("3000");
    const Decision decision = payment.take(with_amount(succeeded, "3000", "UGX"));
    EXPECT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(conflict_of(decision).kind, ConflictKind::currency);
    EXPECT_EQ(payment.state().status, Status::none);
}

TEST(ExpectedAmount, PaidMoreIsBothInOneAccept) {
    Payment payment;
    payment.expect("3000");
    const Decision decision = payment.take(with_amount(succeeded, "3500"));
    EXPECT_EQ(text(decision), "accepted succeeded conflict");
    EXPECT_EQ(decision.events[0].sequence, 1U);
    EXPECT_EQ(decision.events[0].facts.conflict.has_value(), false);
    EXPECT_EQ(decision.events[1].sequence, 2U);
    EXPECT_EQ(decision.events[1].status, Status::succeeded);
    EXPECT_EQ(conflict_of(decision).kept.status, Status::succeeded);
    EXPECT_EQ(conflict_of(decision).kept.amount, money("3000"));
    EXPECT_EQ(payment.state().transitions.size(), 2U);
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3500"))), "duplicate");
    EXPECT_EQ(text(payment.take(with_amount(settled, "3500"))), "accepted settled") << "the surplus is known";
}

TEST(ExpectedAmount, HoldsForTheImpliedSuccessToo) {
    Payment paid_less;
    paid_less.expect("3000");
    EXPECT_EQ(text(paid_less.take(with_amount(settled, "2999.99"))), "conflict conflict");
    Payment paid_more;
    paid_more.expect("3000");
    const Decision decision = paid_more.take(with_amount(settled, "3000.01"));
    EXPECT_EQ(text(decision), "accepted succeeded settled conflict");
    EXPECT_EQ(decision.events[2].sequence, 3U);
    EXPECT_EQ(decision.events[2].status, Status::settled);
}

TEST(ExpectedAmount, WithoutASumThereIsNothingToCompare) {
    Payment payment;
    payment.expect("3000");
    EXPECT_EQ(text(payment.take(succeeded)), "accepted succeeded");
}

TEST(ExpectedAmount, OnlyPaidSumsAreCompared) {
    for (const TransitionName name : {TransitionName::pending, TransitionName::failed, TransitionName::cancelled,
                                      TransitionName::expired, TransitionName::unresolved}) {
        Payment payment;
        payment.expect("3000");
        EXPECT_EQ(payment.take(with_amount(report(name), "1", "UGX")).outcome, Outcome::accepted) << to_string(name);
    }
}

TEST(ExpectedAmount, FillsAMissingCurrency) {
    Payment payment;
    payment.expect("3000");
    const Decision decision = payment.take(with_amount(succeeded, "3000", ""));
    EXPECT_EQ(text(decision), "accepted succeeded");
    EXPECT_EQ(decision.events[0].facts.amount, money("3000.00", "KES"));
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3000", ""))), "duplicate");
}

TEST(ExpectedAmount, ACorrectionIsHeldToIt) {
    Payment payment;
    payment.expect("3000");
    payment.go(report(TransitionName::failed));
    const Candidate correction = report(TransitionName::corrected, "succeeded");
    EXPECT_EQ(text(payment.take(with_amount(correction, "1000"))), "conflict conflict");
    EXPECT_EQ(payment.state().status, Status::failed);
    EXPECT_EQ(text(payment.take(with_amount(correction, "4000"))), "accepted succeeded conflict");
}

TEST(Repeat, WithTheSameSumIsADuplicate) {
    Payment payment;
    payment.go(with_amount(succeeded, "3000"));
    for (const auto& [digits, currency] : {std::pair{"3000", "KES"}, {"3000.00", "KES"}, {"3000", ""}})
        EXPECT_EQ(text(payment.take(with_amount(succeeded, digits, currency))), "duplicate");
    EXPECT_EQ(text(payment.take(succeeded)), "duplicate");
}

TEST(Repeat, WithAnotherSumIsAConflict) {
    Payment payment;
    payment.go(with_amount(succeeded, "3000"));
    const Decision decision = payment.take(with_evidence(with_amount(succeeded, "3001"), Evidence::requery));
    EXPECT_EQ(text(decision), "conflict conflict");
    const Conflict& conflict = conflict_of(decision);
    EXPECT_EQ(conflict.kind, ConflictKind::amount);
    EXPECT_EQ(conflict.kept.status, Status::succeeded);
    EXPECT_EQ(conflict.kept.amount, money("3000"));
    EXPECT_EQ(conflict.kept.evidence, Evidence::signature);
    EXPECT_EQ(conflict.contradicting.status, Status::succeeded);
    EXPECT_EQ(conflict.contradicting.amount, money("3001"));
    EXPECT_EQ(conflict.contradicting.evidence, Evidence::requery);
    EXPECT_EQ(payment.state().amount, money("3000"));
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3001"))), "duplicate");
}

TEST(Repeat, WithAnotherCurrencyIsAConflictOfCurrency) {
    Payment payment;
    payment.go(with_amount(succeeded, "3000"));
    const Decision decision = payment.take(with_amount(succeeded, "3001", "UGX"));
    EXPECT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(conflict_of(decision).kind, ConflictKind::currency);
}

TEST(Repeat, AnOlderSumIsNotGuessed) {
    Payment payment;
    payment.go(with_amount(report(TransitionName::pending), "2900"));
    payment.go(with_amount(succeeded, "3000"));
    const Decision decision = payment.take(with_amount(report(TransitionName::pending), "2800"));
    EXPECT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(conflict_of(decision).kept.amount, std::nullopt);
    EXPECT_EQ(conflict_of(decision).contradicting.status, Status::pending);
}

TEST(Repeat, TheFirstSumIsLearnt) {
    Payment payment;
    payment.go(succeeded);
    const Decision decision = payment.take(with_amount(succeeded, "3000"));
    EXPECT_EQ(text(decision), "duplicate");
    EXPECT_TRUE(decision.next.has_value());
    EXPECT_EQ(payment.state().amount, money("3000"));
    EXPECT_EQ(payment.take(with_amount(succeeded, "3000")).next, std::nullopt);
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "1"))), "conflict conflict");
}

TEST(Repeat, ALearntSumIsComparedWithTheExpectedOne) {
    Payment payment;
    payment.expect("3000");
    payment.go(succeeded);
    const Decision decision = payment.take(with_amount(succeeded, "1000"));
    EXPECT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(conflict_of(decision).kept.status, Status::succeeded);
    EXPECT_EQ(conflict_of(decision).kept.amount, money("3000"));
    EXPECT_EQ(payment.state().amount, money("1000"));
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "1000"))), "duplicate");
}

TEST(Repeat, OfACorrectedStatusComparesWithTheCorrection) {
    Payment payment;
    payment.go(report(TransitionName::failed));
    payment.go(with_amount(report(TransitionName::corrected, "succeeded"), "3000"));
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3000"))), "duplicate");
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3001"))), "conflict conflict");
}

TEST(Settled, WithTheSumOfSuccessIsAccepted) {
    Payment payment;
    payment.go(with_amount(succeeded, "3000"));
    EXPECT_EQ(text(payment.take(with_amount(settled, "3000.0"))), "accepted settled");
}

TEST(Settled, WithLessThanSuccessIsAConflictInstead) {
    Payment payment;
    payment.go(with_amount(succeeded, "3000"));
    const Decision decision = payment.take(with_amount(settled, "2990"));
    EXPECT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(conflict_of(decision).kept.status, Status::succeeded);
    EXPECT_EQ(conflict_of(decision).kept.amount, money("3000"));
    EXPECT_EQ(conflict_of(decision).kept.evidence, Evidence::signature);
    EXPECT_EQ(conflict_of(decision).contradicting.status, Status::settled);
    EXPECT_EQ(payment.state().status, Status::succeeded);
    EXPECT_EQ(text(payment.take(with_amount(settled, "3000", "UGX"))), "conflict conflict");
    EXPECT_EQ(text(payment.take(settled)), "accepted settled") << "without a sum there is nothing to contradict";
}

TEST(Settled, WithMoreThanSuccessIsBoth) {
    Payment payment;
    payment.go(with_amount(succeeded, "3000"));
    EXPECT_EQ(text(payment.take(with_amount(settled, "3100"))), "accepted settled conflict");
    EXPECT_EQ(payment.state().amount, money("3100"));
}

TEST(Settled, LessThanAKnownSurplusIsStillLess) {
    Payment payment;
    payment.expect("3000");
    payment.go(with_amount(succeeded, "3500"));
    const Decision decision = payment.take(with_amount(settled, "3200"));
    EXPECT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(conflict_of(decision).kept.amount, money("3500"));
}

TEST(Reversed, InPartIsAccepted) {
    Payment payment;
    payment.expect("3000");
    payment.go(with_amount(succeeded, "3000"));
    EXPECT_EQ(text(payment.take(with_amount(reversed, "500"))), "accepted reversed");
    EXPECT_EQ(payment.state().amount, money("500"));
}

TEST(Reversed, InAnotherCurrencyIsAConflictInstead) {
    Payment known;
    known.go(with_amount(succeeded, "3000"));
    const Decision decision = known.take(with_amount(reversed, "3000", "UGX"));
    EXPECT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(conflict_of(decision).kind, ConflictKind::currency);
    EXPECT_EQ(conflict_of(decision).contradicting.status, Status::reversed);
    Payment expected;
    expected.expect("3000");
    EXPECT_EQ(text(expected.take(with_amount(reversed, "3000", "UGX"))), "conflict conflict");
}

TEST(Amount, IsTheFirstNamedUntilAStatusNamesAnother) {
    Payment payment;
    payment.go(with_amount(report(TransitionName::pending), "2900"));
    EXPECT_EQ(payment.state().amount, money("2900"));
    payment.go(report(TransitionName::unresolved));
    EXPECT_EQ(payment.state().amount, money("2900"));
    payment.go(with_amount(succeeded, "3000"));
    EXPECT_EQ(payment.state().amount, money("3000"));
}

TEST(Amount, OfADisputeIsNotThePayments) {
    Payment payment;
    payment.go(with_amount(dispute("DSP-1", "created"), "10", "UGX"));
    EXPECT_EQ(payment.state().amount, std::nullopt);
    payment.go(with_amount(succeeded, "3000"));
    EXPECT_EQ(text(payment.take(with_amount(dispute("DSP-1", "created"), "20", "UGX"))), "duplicate");
    EXPECT_EQ(payment.state().transitions[0].money, money_digest(money("10"))) << "the dispute's own";
    EXPECT_EQ(text(payment.take(with_amount(dispute("DSP-1", "declined"), "20", "UGX"))), "accepted disputed");
    EXPECT_EQ(payment.state().amount, money("3000"));
}

}  // namespace
}  // namespace tollgate::event
