// What is awaited of a payment: when asking begins, and when it ends.
#include "waiting_fixture.hpp"

namespace tollgate::event {
namespace {

using enum TransitionName;

TEST(Awaiting, BeginsWithAReportThatIsNotFinal) {
    Asked payment;
    EXPECT_EQ(text(payment.callback(pending)), "accepted pending");
    EXPECT_EQ(payment.awaited(), "outcome in 180 s");
    payment.pass(60s);
    EXPECT_EQ(text(payment.callback(pending)), "duplicate");
    EXPECT_EQ(payment.awaited(), "outcome in 120 s") << "a repeat does not put off the question";
}

TEST(Awaiting, BeginsWithARegistration) {
    Asked payment;
    EXPECT_EQ(text(payment.expect(money("3000"))), "duplicate");
    EXPECT_EQ(payment.awaited(), "outcome in 180 s");
    EXPECT_EQ(payment.state().status, Status::none);
    EXPECT_EQ(payment.state().sequence, 0U);
    EXPECT_EQ(payment.state().expected_amount, money("3000"));
}

TEST(Awaiting, ARegistrationSaysWhatKindItIsUntilTheProviderHasSpoken) {
    Asked payment;
    payment.expect(money("3000"));
    EXPECT_EQ(payment.state().kind, Kind::payment);
    payment.expect(std::nullopt, Kind::payout);
    EXPECT_EQ(payment.state().kind, Kind::payout) << "whoever says nothing has not said that it is a payment";
    payment.expect();
    EXPECT_EQ(payment.state().kind, Kind::payout);
    payment.callback(pending);
    EXPECT_EQ(payment.state().kind, Kind::payment) << "the provider knows better";
    payment.expect(std::nullopt, Kind::payout);
    EXPECT_EQ(payment.state().kind, Kind::payment);
}

TEST(Awaiting, APayoutThatWasNeverHeardOfIsGivenUpAsOne) {
    Asked payment;
    payment.expect(std::nullopt, Kind::payout);
    payment.pass_asking(24h);
    payment.no_report(true);
    payment.no_report(true);
    const Decision last = payment.no_report(true);
    ASSERT_EQ(last.events.size(), 1U);
    EXPECT_EQ(type_of(last.events[0].facts.kind, last.events[0].happening), "payout.unresolved");
}

TEST(Awaiting, ARegistrationOfAnotherKindChangesNothingThatWasHeard) {
    const auto less = [] { return with_amount(report(succeeded), "20.00"); };
    Asked conflicting;
    conflicting.expect(money("3000"));
    EXPECT_EQ(text(conflicting.take(less())), "conflict conflict");
    ASSERT_EQ(conflicting.state().status, Status::none) << "published instead of the end";
    conflicting.expect(std::nullopt, Kind::payout);
    EXPECT_EQ(conflicting.state().kind, Kind::payment);

    Asked held;
    held.terms().confirm = Confirm::weak;
    held.expect();
    held.callback(succeeded, Evidence::shared_secret);
    ASSERT_FALSE(held.state().held.empty());
    held.expect(std::nullopt, Kind::payout);
    EXPECT_EQ(held.state().kind, Kind::payment);
}

TEST(Awaiting, ARegistrationMakesTheQuestionComeSoonerAndNeverLater) {
    Asked payment;
    payment.callback(pending);
    payment.pass(1min);
    payment.terms().first_after = 30s;
    EXPECT_EQ(text(payment.expect()), "duplicate");
    EXPECT_EQ(payment.awaited(), "outcome in 30 s");
    EXPECT_EQ(payment.expectation()->since, noon) << "giving up counts from the first word";
    payment.terms().first_after = 3min;
    payment.expect();
    EXPECT_EQ(payment.awaited(), "outcome in 30 s");
    payment.terms().first_after = 0ms;
    payment.expect();
    EXPECT_EQ(payment.awaited(), "outcome in 0 s");
}

TEST(Awaiting, ARegistrationOfAFinalPaymentOpensNothing) {
    Asked payment;
    payment.callback(succeeded);
    EXPECT_EQ(text(payment.expect()), "duplicate");
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Awaiting, BeginsAgainWithARegistrationAfterGivingUp) {
    Asked payment;
    payment.callback(pending);
    payment.pass_asking(24h);
    for (int answer = 0; answer < 3; ++answer) payment.no_report(true);
    ASSERT_EQ(payment.state().status, Status::unresolved);
    payment.terms().first_after = 0ms;
    EXPECT_EQ(text(payment.expect()), "duplicate");
    EXPECT_EQ(payment.awaited(), "outcome in 0 s");
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded");
}

TEST(Awaiting, DoesNotBeginWhereNobodyCanBeAsked) {
    Asked payment;
    payment.nobody_asks();
    payment.callback(pending);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Awaiting, DoesNotBeginWithAnEnd) {
    for (const TransitionName end : {succeeded, failed, cancelled, expired, settled, reversed}) {
        Asked payment;
        payment.callback(end);
        EXPECT_EQ(payment.awaited(), "nothing") << to_string(end);
    }
}

TEST(Awaiting, EndsWithTheEndWhoeverReportsIt) {
    for (const bool asked : {false, true}) {
        Asked payment;
        payment.callback(pending);
        EXPECT_EQ(text(asked ? payment.answer(failed) : payment.callback(failed)), "accepted failed");
        EXPECT_EQ(payment.awaited(), "nothing");
        EXPECT_EQ(payment.state().evidence, asked ? Evidence::requery : Evidence::signature);
    }
}

TEST(Awaiting, EndsWithTheEndEvenWhenAskingWasSwitchedOff) {
    Asked payment;
    payment.callback(pending);
    payment.nobody_asks();
    EXPECT_EQ(text(payment.callback(succeeded)), "accepted succeeded");
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Awaiting, GoesOnWhileThePaymentDoes) {
    Asked payment;
    payment.callback(pending);
    payment.pass(3min);
    EXPECT_EQ(text(payment.answer(pending)), "duplicate");
    EXPECT_EQ(payment.awaited(), "outcome in 180 s");
    EXPECT_EQ(payment.expectation()->since, noon);
    ASSERT_EQ(payment.state().questions.size(), 1U);
    EXPECT_EQ(payment.state().questions[0], (Question{noon + 3min, Purpose::outcome, "reported", "said so"}));
}

TEST(Awaiting, KeepsTheLastQuestionsOnly) {
    Asked payment;
    payment.callback(pending);
    for (std::size_t asked = 0; asked < max_questions + 5; ++asked) {
        payment.pass(3min);
        payment.no_report(false);
    }
    ASSERT_EQ(payment.state().questions.size(), max_questions);
    EXPECT_EQ(payment.state().questions.front().at, noon + 6 * 3min);
    EXPECT_EQ(payment.state().questions.back().at, payment.now());
}

TEST(GivingUp, TakesTimeAndThreeDefiniteAnswers) {
    Asked payment;
    payment.callback(pending);
    payment.pass_asking(24h - 10ms);
    for (int answer = 0; answer < 5; ++answer) EXPECT_EQ(text(payment.no_report(true)), "duplicate") << "too early";
    payment.pass(10ms);
    EXPECT_EQ(text(payment.answer(pending)), "accepted unresolved");
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(text(payment.take(event::action(ActionKind::otp, std::nullopt, "1"))), "stale");
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(text(payment.callback(succeeded)), "accepted succeeded") << "a later callback still counts";
}

TEST(GivingUp, IsNotForOurOwnTrouble) {
    Asked payment;
    payment.callback(pending);
    payment.no_report(true);
    payment.no_report(true);
    payment.pass_asking(30h);
    for (int question = 0; question < 50; ++question) {
        EXPECT_EQ(text(payment.no_report(false)), "duplicate");
        payment.pass_asking(1h);
    }
    EXPECT_EQ(payment.state().status, Status::pending);
    // Down for a while: what was said before counts no longer.
    payment.disturb();
    EXPECT_EQ(text(payment.no_report(true)), "duplicate");
    EXPECT_EQ(text(payment.no_report(true)), "duplicate");
    EXPECT_EQ(text(payment.no_report(true)), "accepted unresolved");
}

TEST(GivingUp, OfARegistrationThatNobodyEverPaid) {
    Asked payment;
    payment.expect();
    payment.pass_asking(25h);
    payment.no_report(true);
    payment.no_report(true);
    EXPECT_EQ(text(payment.no_report(true)), "accepted unresolved");
    EXPECT_EQ(payment.state().evidence, Evidence::requery);
}

TEST(Expected, ALesserSumIsAConflictInEitherOrder) {
    Asked before;
    before.expect(money("3000"));
    EXPECT_EQ(text(before.take(with_amount(report(succeeded), "2999.99"))), "conflict conflict");
    EXPECT_EQ(before.state().status, Status::none);

    Asked after;
    after.take(with_amount(report(succeeded), "2999.99"));
    const Decision decision = after.expect(money("3000"));
    EXPECT_EQ(text(decision), "conflict conflict");
    ASSERT_EQ(decision.events.size(), 1U);
    EXPECT_EQ(decision.events[0].facts.conflict->kind, ConflictKind::amount);
    EXPECT_EQ(decision.events[0].facts.conflict->kept.amount, money("3000"));
    EXPECT_EQ(decision.events[0].facts.conflict->contradicting.amount, money("2999.99"));
    EXPECT_EQ(after.awaited(), "conflict in 0 s");
    EXPECT_EQ(text(after.expect(money("3000"))), "duplicate");
}

TEST(Expected, AConflictIsOfTheKindThatThePaymentIs) {
    Asked payout;
    Candidate success = with_amount(report(succeeded), "2999.99");
    success.facts.kind = Kind::payout;
    payout.take(success);
    EXPECT_EQ(payout.expect(money("3000")).events.at(0).facts.kind, Kind::payout);
}

TEST(Expected, TheRightSumIsNoNews) {
    Asked payment;
    payment.take(with_amount(report(succeeded), "3000"));
    EXPECT_EQ(text(payment.expect(money("3000.00"))), "duplicate");
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(text(payment.expect(money("1"))), "duplicate") << "the first registration counts";
    EXPECT_EQ(payment.state().expected_amount, money("3000.00"));
}

TEST(Settlement, IsAskedForOnce) {
    Asked payment;
    payment.terms().settlement_after = 120h;
    payment.callback(succeeded);
    EXPECT_EQ(payment.awaited(), "settlement in 432000 s");
    payment.pass(120h);
    EXPECT_EQ(text(payment.no_report(false)), "duplicate");
    EXPECT_EQ(payment.awaited(), "settlement in 180 s") << "our own trouble does not count";
    payment.pass(3min);
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded") << "better proven";
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(text(payment.callback(settled)), "accepted settled");
}

TEST(Settlement, IsNotAskedForSoonerBecauseAnAnswerIsToldAgain) {
    Asked payment;
    payment.terms().settlement_after = 120h;
    payment.expect(money("3000"));
    Candidate answer = with_evidence(with_amount(report(succeeded), "3000"), Evidence::requery);
    const core::WallTime now = payment.now();
    answer.answer = Answer{{now, Purpose::outcome, "reported", "said so"}, true, now + 3min, now - 1h};
    EXPECT_EQ(text(payment.take(answer)), "accepted succeeded");
    EXPECT_EQ(payment.awaited(), "settlement in 432000 s");
    EXPECT_EQ(text(payment.take(answer)), "duplicate") << "its outcome was unknown";
    EXPECT_EQ(payment.awaited(), "settlement in 432000 s");
}

TEST(Settlement, IsAskedForOnceTheDoubtIsOver) {
    Asked payment;
    payment.terms().settlement_after = 120h;
    payment.expect(money("5000"));
    EXPECT_EQ(text(payment.take(with_amount(report(succeeded), "5100"))), "accepted succeeded conflict");
    EXPECT_EQ(payment.awaited(), "conflict in 0 s");
    payment.answer(with_amount(report(succeeded), "5100"));
    EXPECT_EQ(payment.awaited(), "settlement in 432000 s");

    Asked waiting;
    waiting.terms().settlement_after = 120h;
    waiting.callback(succeeded);
    waiting.pass(1h);
    waiting.callback(failed);
    EXPECT_EQ(waiting.awaited(), "conflict in 0 s");
    waiting.answer(succeeded, 10min);
    waiting.pass(10min);
    waiting.answer(succeeded);
    EXPECT_EQ(waiting.awaited(), "settlement in 432000 s");
    waiting.pass(120h);
    waiting.answer(succeeded);
    EXPECT_EQ(waiting.awaited(), "nothing");
    waiting.callback(cancelled);
    EXPECT_EQ(waiting.awaited(), "conflict in 0 s");
    waiting.answer(succeeded, 10min);
    waiting.pass(10min);
    waiting.answer(succeeded);
    EXPECT_EQ(waiting.awaited(), "nothing") << "it was asked for";
}

TEST(Settlement, IsAskedForWherePeopleEndTheDoubt) {
    Asked payment;
    payment.terms().settlement_after = 120h;
    payment.callback(succeeded);
    payment.callback(failed);
    payment.callback(succeeded, Evidence::operator_decision);
    EXPECT_EQ(payment.awaited(), "settlement in 432000 s");
}

TEST(Settlement, IsNotAskedForSoonerBecauseOfARegistration) {
    Asked payment;
    payment.terms().settlement_after = 120h;
    payment.callback(succeeded);
    payment.expect(money("3000"));
    EXPECT_EQ(payment.awaited(), "settlement in 432000 s");
}

TEST(Settlement, IsAskedForInTimeThoughSomebodyWantedToKnowSooner) {
    Asked payment;
    payment.terms().settlement_after = 120h;
    payment.callback(succeeded);
    payment.terms().first_after = 0ms;
    payment.pass(48h);
    for (int question = 0; question < 4; ++question) {
        payment.expect();
        EXPECT_EQ(payment.awaited(), "settlement in 0 s");
        payment.answer(succeeded);
        EXPECT_EQ(payment.expectation()->due, noon + 120h);
        payment.pass(1s);
    }
    payment.pass(72h);
    payment.answer(succeeded);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Settlement, ThatComesIsNoLongerAwaited) {
    Asked payment;
    payment.terms().settlement_after = 120h;
    payment.callback(succeeded);
    EXPECT_EQ(text(payment.callback(settled)), "accepted settled");
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(GivingUp, CountsAnswersInARow) {
    Asked payment;
    payment.callback(pending);
    payment.pass_asking(25h);
    payment.no_report(true);
    payment.pass(1min);
    payment.no_report(true);
    payment.pass(1min);
    payment.no_report(false);
    payment.pass(1min);
    EXPECT_EQ(text(payment.no_report(true)), "duplicate");
    EXPECT_EQ(payment.expectation()->definite, 1U);
}

}  // namespace
}  // namespace tollgate::event
