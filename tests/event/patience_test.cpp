// Time that counts as patience, and time that does not: nobody asked, or the clock was set.
#include "waiting_fixture.hpp"

namespace tollgate::event {
namespace {

using enum TransitionName;

Terms confirming() {
    Terms terms = usual_terms();
    terms.confirm = Confirm::weak;
    return terms;
}

TEST(Patience, TimeInWhichNobodyAskedIsNoneOfIt) {
    Asked payment;
    payment.callback(pending);
    payment.pass(30h);
    payment.disturb();  // we were down
    for (int answer = 0; answer < 5; ++answer) EXPECT_EQ(text(payment.no_report(true)), "duplicate");
    EXPECT_EQ(payment.expectation()->since, noon + 30h - 3min) << "all but the wait for the first question";
    payment.pass_asking(23h);
    EXPECT_EQ(text(payment.no_report(true)), "duplicate");
    payment.pass_asking(1h);
    payment.no_report(true);
    payment.no_report(true);
    EXPECT_EQ(text(payment.no_report(true)), "accepted unresolved");
}

TEST(Patience, AQuestionAMomentLateIsNoOutage) {
    Asked payment;
    payment.callback(pending);
    payment.pass(4min);
    payment.no_report(true);
    EXPECT_EQ(payment.expectation()->since, noon);
}

TEST(Patience, AnOperatorsQuestionAfterTheClockWasSetForwardChangesNothing) {
    Asked payment;
    payment.callback(pending);
    payment.pass(1min);
    payment.pass(30h);
    payment.disturb();
    payment.terms().first_after = 0ms;
    for (int question = 0; question < 5; ++question) {
        payment.expect();
        EXPECT_EQ(payment.awaited(), "outcome in 0 s");
        EXPECT_EQ(text(payment.no_report(true)), "duplicate");
    }
    EXPECT_GE(payment.expectation()->since, noon + 29h);
}

TEST(Patience, WithWhatIsHeldBeginsAnewWhenTheClockIsSetForward) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    payment.pass(30h);
    payment.disturb();
    EXPECT_EQ(text(payment.no_report(false)), "duplicate");
    payment.pass(1min);
    EXPECT_EQ(text(payment.no_report(true)), "duplicate") << "a denial has to last, too";
    payment.pass(1min);
    EXPECT_EQ(text(payment.no_report(true)), "conflict conflict");
}

TEST(Patience, TwoAnswersAreNotFarApartBecauseTheClockWasSetForward) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    payment.answer(failed);
    payment.pass(30h);
    payment.disturb();
    EXPECT_EQ(text(payment.answer(failed)), "duplicate");
    EXPECT_EQ(payment.state().status, Status::succeeded);
    payment.pass(10min - 1ms);
    EXPECT_EQ(text(payment.answer(failed)), "duplicate");
    payment.pass(1ms);
    EXPECT_EQ(text(payment.answer(failed)), "accepted failed");
}

TEST(Patience, GoesOnWhenTheClockIsSetBack) {
    Asked payment;
    payment.callback(pending);
    payment.pass(1h);
    payment.no_report(true);
    payment.pass(-30h);
    payment.disturb();
    const std::size_t before = payment.state().questions.size();
    payment.no_report(true);
    EXPECT_EQ(payment.state().questions.size(), before + 1)
        << "an answer counts though its time is before the last one's";
    EXPECT_EQ(payment.awaited(), "outcome in 180 s");
    EXPECT_EQ(payment.expectation()->since, payment.now());
    payment.pass_asking(24h);
    payment.no_report(true);
    payment.no_report(true);
    EXPECT_EQ(text(payment.no_report(true)), "accepted unresolved");
}

TEST(Patience, AnswersCountOnceAlsoWhenTheClockWasSetBack) {
    Asked payment;
    payment.callback(pending);
    payment.pass(1h);
    payment.no_report(true);
    payment.pass(-30h);
    payment.disturb();
    Candidate said = with_evidence(report(answered), Evidence::requery);
    said.answer = Answer{
        {payment.now(), Purpose::outcome, "unknown", "not found"}, true, payment.now() + 3min, payment.now() - 1s};
    payment.take(said);
    payment.take(said);
    EXPECT_EQ(payment.state().questions.size(), 2U);
    EXPECT_EQ(payment.expectation()->definite, 1U);
}

TEST(Patience, WhatIsHeldComesOutThoughTheClockWasSetBack) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    payment.no_report(false);
    payment.pass(-30h);
    payment.disturb();
    EXPECT_EQ(text(payment.no_report(false)), "duplicate");
    payment.pass(2min);
    EXPECT_EQ(text(payment.no_report(false)), "accepted succeeded");
}

TEST(Lateness, IsToldOfTheCallbackThatBringsTheEndOfWhatWasAwaited) {
    Asked payment;
    EXPECT_FALSE(payment.expect().lateness);
    payment.pass(40s);
    EXPECT_FALSE(payment.callback(pending).lateness);
    payment.pass(80s);
    Candidate end = report(succeeded);
    end.facts.received_at = payment.now();
    EXPECT_EQ(payment.take(end).lateness, std::chrono::milliseconds{2min});
    EXPECT_FALSE(payment.take(end).lateness) << "a repeat";
}

TEST(Lateness, IsToldOfWhatIsHeldWhenItCame) {
    Asked payment(confirming());
    payment.expect();
    payment.pass(1min);
    Candidate end = with_evidence(report(succeeded), Evidence::shared_secret);
    end.facts.received_at = payment.now();
    EXPECT_EQ(payment.take(end).lateness, std::chrono::milliseconds{1min});
    payment.pass(1s);
    EXPECT_FALSE(payment.answer(succeeded).lateness) << "this one did not come by a callback";
}

TEST(Lateness, IsNothingOfAnAnswerOrWhatNobodyAwaited) {
    Asked asked;
    asked.callback(pending);
    EXPECT_FALSE(asked.answer(succeeded).lateness);
    Asked unawaited;
    EXPECT_FALSE(unawaited.callback(succeeded).lateness);
    Asked settled_later;
    settled_later.callback(succeeded);
    EXPECT_FALSE(settled_later.callback(settled).lateness);
}

}  // namespace
}  // namespace tollgate::event
