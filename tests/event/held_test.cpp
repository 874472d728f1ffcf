// Final states that could be anybody's word: held, confirmed, denied, or published unconfirmed.
#include "waiting_fixture.hpp"

namespace tollgate::event {
namespace {

using enum TransitionName;

Terms confirming() {
    Terms terms = usual_terms();
    terms.confirm = Confirm::weak;
    return terms;
}

TEST(Held, AFinalStateWithoutProofWaits) {
    for (const TransitionName end : {succeeded, failed, cancelled, expired, settled, reversed}) {
        Asked payment(confirming());
        EXPECT_EQ(text(payment.callback(end, Evidence::shared_secret)), "held") << to_string(end);
        EXPECT_EQ(payment.state().status, Status::none);
        EXPECT_EQ(payment.awaited(), "confirmation in 0 s");
        payment.pass(1s);
        EXPECT_EQ(text(payment.callback(end, Evidence::shared_secret)), "duplicate");
        EXPECT_EQ(payment.expectation()->since, noon) << "a repeat does not put off the end of patience";
    }
}

TEST(Held, WhatIsProvenOrNotFinalDoesNotWait) {
    Asked payment(confirming());
    EXPECT_EQ(text(payment.callback(pending, Evidence::shared_secret)), "accepted pending");
    EXPECT_EQ(text(payment.callback(succeeded, Evidence::signature)), "accepted succeeded");
    Asked never;
    EXPECT_EQ(text(never.callback(succeeded, Evidence::shared_secret)), "accepted succeeded") << "confirm = never";
}

TEST(Held, SignedOnesWaitTooWhereThatIsWanted) {
    Terms terms = confirming();
    terms.confirm = Confirm::always;
    Asked payment(terms);
    EXPECT_EQ(text(payment.callback(pending)), "accepted pending");
    EXPECT_EQ(text(payment.callback(succeeded)), "held");
    const Decision decision = payment.answer(succeeded);
    EXPECT_EQ(text(decision), "accepted succeeded");
    EXPECT_EQ(decision.events.at(0).facts.evidence, Evidence::callback_and_requery);
    EXPECT_EQ(text(payment.callback(settled)), "accepted settled") << "what follows a final state is not held";
}

TEST(Held, WhatWasAskedBeforePutsTheConfirmationOffNoLonger) {
    for (const bool is_definite : {false, true}) {
        Asked payment(confirming());
        payment.callback(pending, Evidence::shared_secret);
        payment.pass(1h);
        EXPECT_EQ(text(payment.callback(succeeded, Evidence::shared_secret)), "held");
        payment.pass(10s);
        EXPECT_EQ(text(payment.no_report_on(Purpose::outcome, is_definite, 1h)), "duplicate");
        EXPECT_EQ(payment.awaited(), "confirmation in 0 s");
    }
}

TEST(Held, PatienceEndsInTimeHoweverLongTheProviderWantsToBeLeftAlone) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    payment.pass(5s);
    payment.no_report(false, 1h);
    EXPECT_EQ(payment.awaited(), "confirmation in 115 s");
    payment.pass(115s);
    EXPECT_EQ(text(payment.no_report(false, 1h)), "accepted succeeded");

    Asked known(confirming());
    known.callback(succeeded, Evidence::shared_secret);
    known.pass(100s);
    known.answer(pending);
    EXPECT_EQ(known.awaited(), "confirmation in 20 s");
    known.pass(20s);
    known.no_report(false, 1h);
    EXPECT_EQ(known.awaited(), "confirmation in 100 s")
        << "two minutes from what was said last, if nobody answers any more";
    known.pass(100s);
    EXPECT_EQ(text(known.no_report(false, 1h)), "accepted succeeded");
}

TEST(Held, IsPublishedWhenTheProviderSaysTheSame) {
    Asked payment(confirming());
    payment.take(with_evidence(report(succeeded), Evidence::shared_secret));
    payment.pass(1s);
    Candidate answer = with_amount(report(succeeded), "3000");
    answer.facts.network_reference = "N-1";
    const Decision decision = payment.answer(answer);
    EXPECT_EQ(text(decision), "accepted succeeded");
    const Facts& facts = decision.events.at(0).facts;
    EXPECT_EQ(facts.evidence, Evidence::callback_and_requery);
    EXPECT_EQ(facts.amount, money("3000"));
    EXPECT_EQ(facts.network_reference, "N-1");
    EXPECT_EQ(facts.received_at, noon);
    EXPECT_EQ(decision.events.at(0).id, event_id("kenya", "610ae86889ee", "succeeded"));
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_TRUE(payment.state().held.empty());
    EXPECT_EQ(text(payment.callback(succeeded, Evidence::shared_secret)), "duplicate");
}

TEST(Held, ASuccessIsConfirmedByItsSettlement) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    EXPECT_EQ(text(payment.answer(settled)), "accepted succeeded settled");
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Held, AnotherSumIsTheProvidersAndAConflict) {
    Asked payment(confirming());
    payment.take(with_evidence(with_amount(report(succeeded), "9000"), Evidence::shared_secret));
    const Decision decision = payment.answer(with_amount(report(succeeded), "3000"));
    EXPECT_EQ(text(decision), "conflict succeeded conflict");
    EXPECT_EQ(decision.events.at(0).facts.amount, money("3000"));
    EXPECT_EQ(decision.events.at(1).facts.conflict->contradicting.amount, money("9000"));
    EXPECT_EQ(payment.state().amount, money("3000"));
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Held, AnotherEndIsTheTruthAndAConflict) {
    Asked payment(confirming());
    payment.callback(pending, Evidence::shared_secret);
    payment.callback(succeeded, Evidence::shared_secret);
    const Decision decision = payment.answer(failed);
    EXPECT_EQ(text(decision), "conflict failed conflict");
    EXPECT_EQ(decision.events.at(0).facts.evidence, Evidence::requery);
    const Conflict& conflict = *decision.events.at(1).facts.conflict;
    EXPECT_EQ(conflict.kept.status, Status::failed);
    EXPECT_EQ(conflict.contradicting.status, Status::succeeded);
    EXPECT_EQ(conflict.contradicting.evidence, Evidence::shared_secret);
    EXPECT_EQ(payment.state().status, Status::failed);
    EXPECT_EQ(payment.awaited(), "conflict in 180 s") << "its record may be behind its callback";
    payment.pass(3min);
    EXPECT_EQ(text(payment.answer(failed, 7min)), "duplicate");
    EXPECT_EQ(payment.awaited(), "conflict in 420 s");
    payment.pass(7min);
    EXPECT_EQ(text(payment.answer(failed)), "duplicate");
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Held, ARecordThatWasBehindItsCallbackIsCorrected) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    payment.pass(1s);
    EXPECT_EQ(text(payment.answer(failed)), "conflict failed conflict") << "of an attempt before";
    payment.pass(3min);
    EXPECT_EQ(text(payment.answer(succeeded)), "duplicate") << "its conflict is published";
    payment.pass(10min);
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded");
    EXPECT_EQ(payment.state().status, Status::succeeded);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Held, WhatIsConfirmedAtOnceAlthoughAnotherEndWasNamedIsDoubted) {
    Asked payment(confirming());
    payment.callback(failed, Evidence::shared_secret);
    payment.pass(1s);
    EXPECT_EQ(text(payment.callback(succeeded, Evidence::shared_secret)), "conflict conflict");
    EXPECT_EQ(text(payment.answer(failed)), "accepted failed") << "asked before the second came";
    EXPECT_EQ(payment.awaited(), "conflict in 180 s");
    payment.pass(3min);
    payment.answer(succeeded);
    payment.pass(10min);
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded");
    EXPECT_EQ(payment.awaited(), "nothing");

    Asked unanswered(confirming());
    unanswered.callback(failed, Evidence::shared_secret);
    unanswered.callback(succeeded, Evidence::shared_secret);
    unanswered.pass(2min);
    EXPECT_EQ(text(unanswered.no_report(false)), "accepted failed");
    EXPECT_EQ(unanswered.expectation()->contradicting, Status::succeeded);
    unanswered.pass(3min);
    EXPECT_EQ(text(unanswered.answer(failed)), "accepted failed") << "better proven";
    EXPECT_EQ(unanswered.awaited(), "conflict in 180 s");
}

TEST(Held, ADenialThatLastsIsAConflictAndThenTheTruthCounts) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    payment.pass(10s);
    EXPECT_EQ(text(payment.answer(pending)), "accepted pending");
    EXPECT_EQ(payment.awaited(), "confirmation in 110 s") << "when patience ends";
    payment.pass(110s);
    EXPECT_EQ(text(payment.answer(pending)), "conflict conflict");
    EXPECT_EQ(payment.state().status, Status::pending);
    EXPECT_TRUE(payment.state().held.empty());
    EXPECT_EQ(payment.awaited(), "outcome in 180 s");
    payment.pass(1h);
    EXPECT_EQ(text(payment.answer(failed)), "accepted failed");
}

TEST(Held, WhereNobodyCanDenyItEndsUnresolved) {
    Terms terms = confirming();
    terms.can_deny = false;
    Asked payment(terms);
    payment.callback(succeeded, Evidence::shared_secret);
    payment.pass(2min);
    EXPECT_EQ(text(payment.answer(pending)), "accepted pending unresolved");
    EXPECT_EQ(payment.state().status, Status::unresolved);
    EXPECT_EQ(payment.awaited(), "outcome in 180 s") << "the provider may still come to know it";
    payment.pass(1h);
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded");
}

TEST(Held, IsPublishedOnItsOwnWordWhenNobodyAnswers) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    payment.pass(2min - 1ms);
    EXPECT_EQ(text(payment.no_report(false)), "duplicate");
    payment.pass(1ms);
    const Decision decision = payment.no_report(false);
    EXPECT_EQ(text(decision), "accepted succeeded");
    EXPECT_EQ(decision.events.at(0).facts.evidence, Evidence::shared_secret);
    EXPECT_EQ(payment.awaited(), "conflict in 180 s") << "it is doubted: asking goes on";
    payment.pass(3min);
    const Decision confirmed = payment.answer(succeeded);
    EXPECT_EQ(text(confirmed), "accepted succeeded") << "for those who wanted to be sure";
    EXPECT_EQ(confirmed.events.at(0).raised_from, Evidence::shared_secret);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Held, WhatWasPublishedUnconfirmedIsCorrectedByTwoAnswers) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    payment.pass(2min);
    payment.no_report(false);
    payment.pass(3min);
    EXPECT_EQ(text(payment.answer(failed)), "conflict conflict");
    payment.pass(10min);
    EXPECT_EQ(text(payment.answer(failed)), "accepted failed");
    EXPECT_EQ(payment.state().status, Status::failed);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Held, WaitsForEverWhereThatIsWanted) {
    Terms terms = confirming();
    terms.publish_unconfirmed = false;
    Asked payment(terms);
    payment.callback(succeeded, Evidence::shared_secret);
    for (int question = 0; question < 100; ++question) {
        payment.pass(1h);
        EXPECT_EQ(text(payment.no_report(false)), "duplicate");
    }
    EXPECT_EQ(payment.state().status, Status::none);
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded");
}

TEST(Held, AnotherWordIsAConflictAtOnceAndPutsNothingOff) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    payment.pass(90s);
    const Decision decision = payment.callback(failed, Evidence::shared_secret);
    EXPECT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(decision.events.at(0).facts.conflict->kept.status, Status::succeeded);
    EXPECT_EQ(text(payment.callback(failed, Evidence::shared_secret)), "duplicate");
    EXPECT_EQ(payment.expectation()->since, noon);
    payment.pass(30s);
    EXPECT_EQ(text(payment.no_report(false)), "accepted succeeded") << "what came first, on its own word";
}

TEST(Held, ASettlementTakesThePlaceOfItsSuccessAndNotTheOtherWayRound) {
    Terms terms = confirming();
    terms.confirm = Confirm::always;
    Asked payment(terms);
    payment.callback(succeeded);
    EXPECT_EQ(text(payment.callback(settled)), "held");
    EXPECT_EQ(text(payment.callback(succeeded)), "duplicate");
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded settled");
}

TEST(Held, OneEarlyAnswerIsNotTheLastWordWhenTheProviderIsAwaySince) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    payment.pass(2s);
    payment.answer(pending);
    payment.pass(2min - 1s);
    EXPECT_EQ(text(payment.no_report(false)), "duplicate");
    payment.pass(1s);
    EXPECT_EQ(text(payment.no_report(false)), "accepted succeeded");
}

TEST(Held, WhatWasPublishedUnconfirmedAndIsNeverKnownEndsAsAConflict) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    payment.pass(2min);
    EXPECT_EQ(text(payment.no_report(false)), "accepted succeeded");
    payment.pass_asking(24h);
    payment.no_report(true);
    payment.no_report(true);
    EXPECT_EQ(text(payment.no_report(true)), "conflict conflict");
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(payment.state().status, Status::succeeded);
}

TEST(Held, ASignedCallbackIsProofEnough) {
    Asked payment(confirming());
    payment.callback(failed, Evidence::shared_secret);
    EXPECT_EQ(text(payment.callback(succeeded, Evidence::signature)), "accepted succeeded");
    EXPECT_TRUE(payment.state().held.empty());
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Held, AnEndWithLessThanIsExpectedGoesOnBeingAskedAbout) {
    for (const bool provider_answers : {true, false}) {
        Asked payment(confirming());
        payment.expect(money("3000"));
        payment.take(with_evidence(with_amount(report(succeeded), "2000"), Evidence::shared_secret));
        payment.pass(2min);
        const Decision decision =
            provider_answers ? payment.answer(with_amount(report(succeeded), "2000")) : payment.no_report(false);
        EXPECT_EQ(text(decision), "conflict conflict");
        EXPECT_EQ(payment.state().status, Status::none);
        EXPECT_TRUE(payment.state().held.empty());
        EXPECT_EQ(payment.awaited(), "outcome in 180 s") << "it has no end yet";
        payment.pass_asking(24h);
        payment.answer(pending);
        payment.answer(pending);
        EXPECT_EQ(text(payment.answer(pending)), "accepted unresolved");
        EXPECT_EQ(payment.awaited(), "nothing");
    }
}

TEST(Held, ASuccessIsNothingAgainstItsReversal) {
    Asked payment(confirming());
    EXPECT_EQ(text(payment.callback(succeeded, Evidence::shared_secret)), "held");
    EXPECT_EQ(text(payment.answer(reversed)), "accepted reversed") << "it is older, and no contradiction";
    EXPECT_EQ(payment.awaited(), "nothing");

    Asked overtaken(confirming());
    EXPECT_EQ(text(overtaken.callback(reversed, Evidence::shared_secret)), "held");
    EXPECT_EQ(text(overtaken.callback(succeeded, Evidence::shared_secret)), "duplicate");
    EXPECT_EQ(text(overtaken.answer(failed)), "conflict failed conflict") << "this is one";
    EXPECT_EQ(overtaken.awaited(), "conflict in 180 s");
}

TEST(Held, PeopleMayDecide) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    EXPECT_EQ(text(payment.take(with_evidence(report(succeeded), Evidence::operator_decision))), "accepted succeeded");
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Held, AWeakWordAgainstAFinalStateIsAConflictNotHeld) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::signature);
    EXPECT_EQ(text(payment.callback(failed, Evidence::shared_secret)), "conflict conflict");
    EXPECT_EQ(payment.awaited(), "conflict in 0 s");
}

TEST(Held, AnOperatorWhoAgreesStandsForIt) {
    Asked payment(confirming());
    payment.take(with_evidence(with_amount(report(succeeded), "3000"), Evidence::shared_secret));
    Candidate decision = with_evidence(report(succeeded), Evidence::operator_decision);
    decision.facts.reason = Reason{std::nullopt, "seen on the statement"};
    const Decision decided = payment.take(decision);
    EXPECT_EQ(text(decided), "accepted succeeded");
    const Facts& facts = decided.events.at(0).facts;
    EXPECT_EQ(facts.evidence, Evidence::operator_decision);
    EXPECT_EQ(facts.amount, money("3000"));
    EXPECT_EQ(facts.reason->message, "seen on the statement");
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_TRUE(payment.state().held.empty());
}

TEST(Held, AnOperatorWhoDisagreesHasTheLastWord) {
    Asked payment(confirming());
    payment.callback(succeeded, Evidence::shared_secret);
    EXPECT_EQ(text(payment.callback(failed, Evidence::operator_decision)), "conflict failed conflict");
    EXPECT_EQ(payment.state().status, Status::failed);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Held, AProofStaysWhatItIsWhenAnOperatorAgrees) {
    Terms terms = confirming();
    terms.confirm = Confirm::always;
    Asked payment(terms);
    payment.callback(succeeded);
    const Decision decided = payment.callback(succeeded, Evidence::operator_decision);
    EXPECT_EQ(decided.events.at(0).facts.evidence, Evidence::signature);
}

}  // namespace
}  // namespace tollgate::event
