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
    payment.pass_asking(10min);
    payment.answer(succeeded);
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
    payment.pass_asking(9min);
    EXPECT_EQ(payment.state().status, Status::succeeded);
    payment.answer(succeeded);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Conflict, IsNotOverBeforeTheProvidersRecordCanHaveCaughtUp) {
    Asked payment;
    payment.callback(failed);
    EXPECT_EQ(text(payment.callback(succeeded)), "conflict conflict");
    payment.pass(1s);
    payment.answer(failed);
    EXPECT_EQ(payment.awaited(), "conflict in 180 s") << "asked a second after its callback: too soon to tell";
    payment.pass(10min);
    payment.answer(succeeded);
    payment.pass(10min);
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded");

    Asked denied;
    denied.callback(failed);
    denied.callback(succeeded);
    denied.pass_asking(10min - 1ms);
    denied.answer(failed);
    EXPECT_EQ(denied.awaited(), "conflict in 180 s");
    denied.answer(failed);
    EXPECT_EQ(denied.awaited(), "nothing") << "ten minutes after it was doubted";
}

TEST(Conflict, AnAnswerForTheStateBeginsTheOtherSideAnew) {
    Asked payment;
    payment.callback(failed);
    payment.callback(succeeded);
    payment.answer(succeeded);
    payment.pass(9min);
    payment.answer(failed);
    payment.pass(9min);
    payment.answer(succeeded);
    EXPECT_EQ(payment.state().status, Status::failed) << "it wavered in between";
    payment.pass(10min);
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded");
}

TEST(Conflict, IsOpenedAgainByARepeat) {
    Asked payment;
    payment.callback(failed);
    payment.callback(succeeded);
    payment.pass_asking(10min);
    payment.answer(failed);
    ASSERT_EQ(payment.awaited(), "nothing");
    payment.pass(1h);
    EXPECT_EQ(text(payment.callback(succeeded)), "duplicate") << "published once";
    EXPECT_EQ(payment.awaited(), "conflict in 0 s");
    payment.answer(succeeded);
    payment.pass(10min);
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded");
    EXPECT_EQ(text(payment.callback(succeeded)), "duplicate");
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Conflict, IsOpenedAgainByAReportFromBeforeACorrection) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    payment.answer(failed);
    payment.pass(10min);
    ASSERT_EQ(text(payment.answer(failed)), "accepted failed");
    payment.pass(1h);
    EXPECT_EQ(text(payment.callback(succeeded)), "duplicate");
    EXPECT_EQ(payment.awaited(), "conflict in 0 s");
}

TEST(Conflict, ThatIsRepeatedForEverIsAskedAboutNoFasterThanOneThatIsOpen) {
    Asked payment;
    payment.callback(failed);
    payment.callback(succeeded);
    const core::WallTime begin = payment.now();
    std::vector<core::WallTime> questions;
    int ends = 0;
    while (payment.now() < begin + 10h) {
        if (payment.expectation() && payment.expectation()->due <= payment.now()) {
            questions.push_back(payment.now());
            payment.answer(failed, 10min);
            if (!payment.expectation()) ++ends;
        }
        payment.callback(succeeded);
        payment.pass(20s);
    }
    EXPECT_GT(ends, 20) << "a repeat keeps nothing open";
    for (std::size_t index = 1; index < questions.size(); ++index)
        EXPECT_GE(questions[index] - questions[index - 1], 10min) << "question " << index;
}

TEST(Conflict, ThatIsNewWhileAnotherIsOpenHasItsOwnTime) {
    Asked payment;
    payment.callback(failed);
    payment.callback(cancelled);
    payment.no_report(false);
    payment.pass(1h);
    EXPECT_EQ(text(payment.callback(succeeded)), "conflict conflict");
    EXPECT_EQ(payment.awaited(), "conflict in 0 s") << "overdue";
    payment.answer(failed);
    EXPECT_EQ(payment.awaited(), "conflict in 180 s") << "of the one from an hour ago this would be the end";
    payment.pass_asking(10min);
    payment.answer(failed);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Conflict, OfSumsAloneEndsWithTheFirstAnswerForTheState) {
    Asked payment;
    payment.take(with_amount(report(succeeded), "3000"));
    EXPECT_EQ(text(payment.take(with_amount(report(succeeded), "2000"))), "conflict conflict");
    ASSERT_EQ(payment.awaited(), "conflict in 0 s");
    payment.answer(succeeded);
    EXPECT_EQ(payment.awaited(), "nothing") << "no answer moves that, so only people can tell what is missing";
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
    payment.pass_asking(10min);
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
