// Sums against sums that are known without an expectation: of a start, of what succeeded, of a dispute; and which
// contradictions are one.
#include "sample.hpp"

#include <tollgate/event/rules.hpp>

#include <gtest/gtest.h>

namespace tollgate::event {
namespace {

const Candidate pending = report(TransitionName::pending);
const Candidate succeeded = report(TransitionName::succeeded);
const Candidate settled = report(TransitionName::settled);
const Candidate reversed = report(TransitionName::reversed);

const Conflict& conflict_of(const Decision& decision) {
    return *decision.events.back().facts.conflict;
}

Candidate dispute_of(const Money& sum, std::string status = "created") {
    Candidate candidate = dispute("DSP-1", std::move(status));
    candidate.facts.dispute->amount = sum;
    return candidate;
}

TEST(Settled, IsNotHeldToAnExpectationThatWasLearntAfterTheSuccess) {
    Payment payment;
    payment.go(with_amount(succeeded, "4500"));
    payment.go(underpayment("4500", "5000"));
    ASSERT_EQ(payment.state().expected_amount, money("5000"));
    EXPECT_EQ(text(payment.take(with_amount(settled, "4500"))), "accepted settled");
    EXPECT_EQ(payment.state().status, Status::settled);
    EXPECT_EQ(text(payment.take(with_amount(settled, "4500"))), "duplicate");
}

TEST(Settled, WithAnotherSumThanTheSuccessIsStillHeldToTheExpectation) {
    Payment payment;
    payment.go(with_amount(succeeded, "4500"));
    payment.go(underpayment("4500", "5000"));
    EXPECT_EQ(text(payment.take(with_amount(settled, "4400"))), "conflict conflict");
    EXPECT_EQ(payment.state().status, Status::succeeded);
}

TEST(ReplacedReport, IsAConflictEveryTimeButPublishedOnce) {
    Payment payment;
    payment.expect("3000");
    payment.go(with_amount(succeeded, "1000"));
    for (int repeat = 0; repeat < 2; ++repeat) {
        const Decision again = payment.take(with_amount(succeeded, "1000"));
        EXPECT_EQ(text(again), "conflict");
        EXPECT_EQ(again.next, std::nullopt);
    }
}

TEST(ReplacedReport, OfACorrectionIsAConflictEveryTime) {
    Payment payment;
    payment.expect("3000");
    payment.go(report(TransitionName::failed));
    const Candidate correction = with_amount(report(TransitionName::corrected, "succeeded"), "1000");
    payment.go(correction);
    EXPECT_EQ(text(payment.take(correction)), "conflict");
    EXPECT_EQ(payment.state().status, Status::failed);
}

TEST(LearntSum, ThatRepeatsAPublishedConflictIsAConflict) {
    Payment expecting;
    expecting.expect("3000");
    expecting.go(succeeded);
    expecting.go(with_amount(settled, "3500"));
    const Decision surplus = expecting.take(with_amount(succeeded, "3500"));
    EXPECT_EQ(text(surplus), "conflict") << "the surplus was published with the settlement";
    EXPECT_TRUE(surplus.next.has_value()) << "the sum is learnt all the same";
    EXPECT_EQ(text(expecting.take(with_amount(succeeded, "3500"))), "duplicate");
}

TEST(Contradiction, OfAFinalSumIsNotHiddenByOneOfAStart) {
    Payment payment;
    payment.go(with_amount(pending, "3000"));
    EXPECT_EQ(text(payment.take(with_amount(pending, "2000"))), "conflict conflict");
    payment.go(with_amount(succeeded, "3000"));
    EXPECT_EQ(text(payment.take(with_amount(pending, "2000"))), "duplicate") << "the start again";
    const Decision decision = payment.take(with_amount(succeeded, "2000"));
    ASSERT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(conflict_of(decision).kept.status, Status::succeeded);
    EXPECT_EQ(conflict_of(decision).kept.amount, money("3000"));
}

TEST(Contradiction, OfAFinalSumIsNotHiddenByALateOneOfAStart) {
    Payment payment;
    payment.go(with_amount(pending, "3000"));
    payment.go(with_amount(succeeded, "3000"));
    EXPECT_EQ(text(payment.take(with_amount(pending, "2000"))), "conflict conflict");
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "2000"))), "conflict conflict");
}

TEST(Contradiction, ByTheSameSumVerifiedAndCompletedIsOne) {
    Payment payment;
    payment.go(with_amount(succeeded, "3000"));
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "2000"))), "conflict conflict");
    EXPECT_EQ(text(payment.take(with_amount(settled, "2000"))), "conflict");
    EXPECT_EQ(payment.state().status, Status::succeeded);
}

TEST(KnownSum, OfAStartInAnotherCurrencyIsPublishedWithTheSuccess) {
    Payment payment;
    payment.go(with_amount(pending, "3000"));
    const Decision decision = payment.take(with_amount(succeeded, "3000", "USD"));
    ASSERT_EQ(text(decision), "accepted succeeded conflict");
    EXPECT_EQ(decision.events[1].sequence, 3U);
    EXPECT_EQ(decision.events[1].status, Status::succeeded);
    const Conflict& conflict = conflict_of(decision);
    EXPECT_EQ(conflict.kind, ConflictKind::currency);
    EXPECT_EQ(conflict.kept.status, Status::pending);
    EXPECT_EQ(conflict.kept.amount, money("3000"));
    EXPECT_EQ(conflict.contradicting.status, Status::succeeded);
    EXPECT_EQ(conflict.contradicting.amount, money("3000", "USD"));
    EXPECT_EQ(payment.state().amount, money("3000", "USD"));
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3000", "USD"))), "duplicate");
    EXPECT_EQ(text(payment.take(with_amount(settled, "3000", "USD"))), "accepted settled");
}

TEST(KnownSum, OfAStartThatDiffersIsPublishedWithTheSuccess) {
    for (const std::string_view paid : {"2000", "4000"}) {
        Payment payment;
        payment.go(with_amount(pending, "3000"));
        const Decision decision = payment.take(with_amount(succeeded, paid));
        ASSERT_EQ(text(decision), "accepted succeeded conflict") << paid;
        EXPECT_EQ(conflict_of(decision).kind, ConflictKind::amount);
        EXPECT_EQ(conflict_of(decision).kept.amount, money("3000"));
        EXPECT_EQ(payment.state().status, Status::succeeded);
    }
}

TEST(KnownSum, IsComparedByTheImpliedSuccessAndByAReversalToo) {
    Payment at_once;
    at_once.go(with_amount(pending, "3000"));
    EXPECT_EQ(text(at_once.take(with_amount(settled, "2000"))), "accepted succeeded settled conflict");
    Payment back;
    back.go(with_amount(pending, "3000"));
    EXPECT_EQ(text(back.take(with_amount(reversed, "3000", "USD"))), "accepted reversed conflict");
    Payment in_part;
    in_part.go(with_amount(pending, "3000"));
    EXPECT_EQ(text(in_part.take(with_amount(reversed, "500"))), "accepted reversed");
}

TEST(KnownSum, GivesWayToAnExpectedOne) {
    Payment payment;
    payment.expect("3000");
    payment.go(with_amount(pending, "2500"));
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3000"))), "accepted succeeded");
}

TEST(KnownSum, IsComparedWithALearntOne) {
    Payment payment;
    payment.go(with_amount(pending, "3000"));
    payment.go(succeeded);
    const Decision decision = payment.take(with_amount(succeeded, "3000", "USD"));
    ASSERT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(conflict_of(decision).kind, ConflictKind::currency);
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3000", "USD"))), "duplicate");
}

TEST(KnownSum, OfAPartialReversalIsNoSumOfThePayment) {
    Payment payment;
    payment.go(succeeded);
    payment.go(with_amount(reversed, "500"));
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3000"))), "duplicate");
}

TEST(Dispute, RepeatedWithAnotherSumIsAConflictOfDisputedSums) {
    Payment payment;
    payment.go(with_amount(succeeded, "3000"));
    payment.go(dispute_of(money("3000")));
    EXPECT_EQ(text(payment.take(dispute_of(money("3000.00")))), "duplicate");
    const Decision decision = payment.take(dispute_of(money("2000")));
    ASSERT_EQ(text(decision), "conflict conflict");
    const Conflict& conflict = conflict_of(decision);
    EXPECT_EQ(conflict.kind, ConflictKind::amount);
    EXPECT_EQ(conflict.kept.amount, money("3000"));
    EXPECT_EQ(conflict.kept.evidence, std::nullopt);
    EXPECT_EQ(conflict.contradicting.status, std::nullopt);
    EXPECT_EQ(conflict.contradicting.amount, money("2000"));
    EXPECT_EQ(decision.events[0].facts.dispute->reference, "DSP-1");
    EXPECT_EQ(payment.state().amount, money("3000"));
    EXPECT_EQ(text(payment.take(dispute_of(money("2000")))), "duplicate");
    EXPECT_EQ(text(payment.take(dispute_of(money("2000"), "processed"))), "accepted disputed");
}

TEST(Dispute, RepeatedInAnotherCurrencyIsAConflictOfCurrency) {
    Payment payment;
    payment.go(dispute_of(money("10")));
    const Decision decision = payment.take(dispute_of(money("10", "USD")));
    ASSERT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(conflict_of(decision).kind, ConflictKind::currency);
    EXPECT_EQ(conflict_of(decision).kept.amount, std::nullopt) << "only its digest was kept";
}

TEST(Dispute, LearnsItsSumOnce) {
    Payment payment;
    Candidate without_sum = dispute_of(money("10"));
    without_sum.facts.dispute->amount.reset();
    payment.go(without_sum);
    EXPECT_EQ(text(payment.take(dispute_of(money("10")))), "duplicate");
    EXPECT_EQ(text(payment.take(without_sum)), "duplicate");
    EXPECT_EQ(text(payment.take(dispute_of(money("20")))), "conflict conflict");
}

TEST(Dispute, ItsContradictionHidesNoneOfThePayment) {
    Payment payment;
    payment.go(with_amount(pending, "3000"));
    payment.go(dispute_of(money("3000")));
    payment.go(dispute_of(money("2000")));
    EXPECT_EQ(text(payment.take(with_amount(pending, "2000"))), "conflict conflict");
}

}  // namespace
}  // namespace tollgate::event
