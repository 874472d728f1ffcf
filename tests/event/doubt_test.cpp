// Final states that are doubted: asked about, confirmed, or corrected by two answers.
#include "waiting_fixture.hpp"

namespace tollgate::event {
namespace {

using enum TransitionName;

TEST(Conflict, IsAskedAboutAtOnce) {
    Asked payment;
    payment.callback(succeeded);
    EXPECT_EQ(text(payment.callback(failed)), "conflict conflict");
    EXPECT_EQ(payment.awaited(), "conflict in 0 s");
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded") << "better proven";
    EXPECT_EQ(payment.awaited(), "nothing") << "the provider stands by what we have";
    EXPECT_EQ(payment.state().status, Status::succeeded);
}

TEST(Conflict, TwoAnswersFarApartCorrect) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    EXPECT_EQ(text(payment.answer(failed)), "duplicate") << "it was said once that they contradict";
    payment.pass(10min - 1ms);
    payment.answer(failed);
    EXPECT_EQ(payment.state().status, Status::succeeded) << "too soon after the first";
    payment.pass(1ms);
    const Decision decision = payment.answer(failed);
    EXPECT_EQ(text(decision), "accepted failed");
    EXPECT_EQ(decision.events.at(0).corrects, event_id("kenya", "610ae86889ee", "succeeded"));
    EXPECT_EQ(payment.state().status, Status::failed);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Conflict, AnAnswerThatWaversBeginsAnew) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    payment.answer(failed);
    payment.pass(9min);
    payment.answer(cancelled);
    payment.pass(9min);
    payment.answer(failed);
    payment.pass(9min);
    EXPECT_EQ(payment.state().status, Status::succeeded);
    payment.answer(succeeded);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Conflict, TroubleInBetweenChangesNothing) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    payment.answer(failed);
    for (int question = 0; question < 3; ++question) {
        payment.pass(5min);
        EXPECT_EQ(text(payment.no_report(false)), "duplicate");
    }
    EXPECT_EQ(text(payment.answer(failed)), "accepted failed");
}

TEST(Conflict, IsAskedAboutSoonerWhenSomebodyWantsToKnow) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    payment.no_report(false);
    EXPECT_EQ(payment.awaited(), "conflict in 180 s");
    payment.terms().first_after = 0ms;
    payment.expect();
    EXPECT_EQ(payment.awaited(), "conflict in 0 s");
}

TEST(Conflict, EndsWithAnOperatorsWordForTheState) {
    for (const bool is_asked : {true, false}) {
        Asked payment;
        payment.callback(succeeded);
        payment.callback(failed);
        if (!is_asked) payment.nobody_asks();
        EXPECT_EQ(text(payment.callback(succeeded, Evidence::operator_decision)), "duplicate");
        EXPECT_EQ(payment.awaited(), "nothing");
        EXPECT_EQ(payment.state().status, Status::succeeded);
    }
}

TEST(Conflict, EndsWithAnOperatorsCorrection) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    const Candidate correction = with_evidence(report(corrected, "failed"), Evidence::operator_decision);
    const Decision decision = payment.take(correction);
    EXPECT_EQ(text(decision), "accepted failed");
    EXPECT_EQ(decision.events.at(0).corrects, event_id("kenya", "610ae86889ee", "succeeded"));
    EXPECT_EQ(decision.events.at(0).facts.evidence, Evidence::operator_decision);
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(text(payment.take(correction)), "duplicate");
    EXPECT_EQ(text(payment.callback(failed)), "accepted failed") << "better proven";
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(text(payment.callback(failed)), "duplicate");
}

TEST(Conflict, DoesNotEndWithAnOperatorsWordThatContradictsToo) {
    Asked payment;
    payment.callback(succeeded);
    EXPECT_EQ(text(payment.callback(failed, Evidence::operator_decision)), "conflict conflict");
    EXPECT_EQ(payment.awaited(), "conflict in 0 s") << "something else came in between, and nobody has decided on it";
}

TEST(Conflict, ThatNobodyDecidesIsLeftToPeople) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    payment.pass_asking(24h);
    for (int answer = 0; answer < 3; ++answer) EXPECT_EQ(text(payment.no_report(true)), "duplicate");
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(payment.state().status, Status::succeeded);
}

TEST(Conflict, IsNotGivenUpWhenTheProviderHasJustTakenASide) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    payment.pass_asking(24h);
    for (int answer = 0; answer < 2; ++answer) payment.no_report(true);
    payment.answer(failed);
    EXPECT_EQ(payment.awaited(), "conflict in 180 s") << "its second answer decides";
    payment.pass(10min);
    EXPECT_EQ(text(payment.answer(failed)), "accepted failed");
}

TEST(Conflict, IsOpenedByAnAnswerWhyeverItWasAskedFor) {
    Asked settlement;
    settlement.terms().settlement_after = 120h;
    settlement.callback(succeeded);
    settlement.pass(120h);
    EXPECT_EQ(text(settlement.answer(failed)), "conflict conflict");
    EXPECT_EQ(settlement.awaited(), "conflict in 180 s");
    settlement.pass(10min);
    EXPECT_EQ(text(settlement.answer(failed)), "accepted failed");

    Asked overtaken;  // a callback ended it while the question was on its way
    overtaken.callback(pending);
    overtaken.callback(succeeded);
    EXPECT_EQ(text(overtaken.answer(failed)), "conflict conflict");
    EXPECT_EQ(overtaken.awaited(), "conflict in 180 s");
}

TEST(Conflict, ASuccessIsNothingAgainstAReversal) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(reversed);
    payment.callback(failed);
    ASSERT_EQ(payment.awaited(), "conflict in 0 s");
    payment.answer(succeeded);
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(payment.state().status, Status::reversed);
}

TEST(Answers, CountOnceHoweverOftenAndLateTheyAreHandedOver) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    Candidate said = with_evidence(report(failed), Evidence::requery);
    said.answer =
        Answer{{payment.now(), Purpose::conflict, "reported", "failed"}, true, payment.now() + 10min, noon - 1h};
    payment.take(said);
    payment.pass(11min);
    EXPECT_EQ(text(payment.take(said)), "duplicate") << "the accept had ended unknown";
    EXPECT_EQ(payment.state().status, Status::succeeded);
    EXPECT_EQ(payment.state().questions.size(), 1U);
}

}  // namespace
}  // namespace tollgate::event
