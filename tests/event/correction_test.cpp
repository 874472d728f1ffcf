// Corrections: what is published when a final state is found to be wrong, and how often that can be.
#include "waiting_fixture.hpp"

namespace tollgate::event {
namespace {

using enum TransitionName;

TEST(Correction, ToSettledBringsTheSuccessFirst) {
    Asked payment;
    payment.answer(expired);
    payment.callback(succeeded);
    Decision decision;
    for (int time = 0; time < 2; ++time) {
        // What a status answer "successful" is read as.
        payment.take(with_evidence(report(succeeded), Evidence::requery));
        decision = payment.answer(settled);
        payment.pass(10min);
    }
    EXPECT_EQ(text(decision), "accepted succeeded settled");
    const std::string wrong = event_id("kenya", "610ae86889ee", "expired");
    ASSERT_EQ(decision.events.size(), 2U);
    EXPECT_EQ(decision.events[0].id, event_id("kenya", "610ae86889ee", "corrected:succeeded"));
    EXPECT_EQ(decision.events[0].status, Status::succeeded);
    EXPECT_EQ(decision.events[0].corrects, wrong);
    EXPECT_EQ(decision.events[1].id, event_id("kenya", "610ae86889ee", "corrected:settled"));
    EXPECT_EQ(decision.events[1].corrects, wrong) << "the success before it was no mistake";
    EXPECT_EQ(payment.state().status, Status::settled);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Correction, ToSettledByPeopleBringsTheSuccessFirstToo) {
    for (const TransitionName before : {failed, reversed}) {
        Asked payment;
        payment.callback(succeeded);
        if (before == failed) {
            payment.take(with_evidence(report(corrected, "failed"), Evidence::operator_decision));
        } else {
            payment.callback(reversed);
        }
        const Candidate correction = with_evidence(report(corrected, "settled"), Evidence::operator_decision);
        EXPECT_EQ(text(payment.take(correction)), "accepted succeeded settled");
        EXPECT_EQ(text(payment.take(correction)), "duplicate");
        EXPECT_TRUE(payment.state().decided);
    }
}

TEST(Correction, ToSettledOfWhatIsNotEnoughIsAConflictInstead) {
    Asked payment;
    payment.expect(money("3000"));
    payment.callback(failed);
    payment.callback(succeeded);
    payment.answer(with_amount(report(settled), "2000"));
    payment.pass(10min);
    EXPECT_EQ(text(payment.answer(with_amount(report(settled), "2000"))), "conflict conflict");
    EXPECT_EQ(payment.state().status, Status::failed);
}

TEST(Correction, ToSettledTellsWhatWasWrongAlsoWhenItIsProvenBetter) {
    Asked payment;
    payment.callback(expired);
    payment.take(with_evidence(report(corrected, "settled"), Evidence::operator_decision));
    const Decision raised = payment.callback(settled);
    ASSERT_EQ(text(raised), "accepted settled");
    EXPECT_EQ(raised.events[0].corrects, event_id("kenya", "610ae86889ee", "expired"));
}

TEST(Correction, ToSettledAfterOneToSucceededIsAboutTheSameMistake) {
    Asked payment;
    payment.callback(expired);
    payment.take(with_evidence(report(corrected, "succeeded"), Evidence::operator_decision));
    // Said by somebody who saw it expired.
    const Decision decision = payment.take(with_evidence(report(corrected, "settled"), Evidence::operator_decision));
    ASSERT_EQ(text(decision), "accepted settled");
    EXPECT_EQ(decision.events[0].corrects, event_id("kenya", "610ae86889ee", "expired"));
}

TEST(Correction, OfAStatusForTheSecondTimeIsANewOne) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    const std::vector<std::pair<TransitionName, std::string>> turns{
        {failed, "corrected:failed"},       {succeeded, "corrected:succeeded"},   {failed, "corrected:failed:2"},
        {cancelled, "corrected:cancelled"}, {succeeded, "corrected:succeeded:2"}, {failed, "corrected:failed:3"}};
    std::string before = "succeeded";
    for (const auto& [truth, id] : turns) {
        payment.answer(truth);
        payment.pass(10min);
        const Decision decision = payment.answer(truth);
        ASSERT_EQ(decision.events.size(), 1U) << id;
        EXPECT_EQ(decision.events[0].id, event_id("kenya", "610ae86889ee", id));
        EXPECT_EQ(decision.events[0].corrects, event_id("kenya", "610ae86889ee", before)) << id;
        EXPECT_EQ(to_string(payment.state().status), to_string(truth));
        EXPECT_EQ(text(payment.answer(truth)), "duplicate") << "it is in that status now";
        before = id;
    }
}

TEST(Correction, ThatIsNumberedIsStillOneWhenItIsProvenBetter) {
    Asked payment;
    payment.callback(succeeded);
    for (const char* qualifier : {"failed", "succeeded", "failed:2"}) {
        Candidate correction = with_evidence(report(corrected, qualifier), Evidence::operator_decision);
        EXPECT_EQ(payment.take(correction).events.size(), 1U) << qualifier;
        EXPECT_EQ(text(payment.take(correction)), "duplicate") << qualifier;
    }
    const Decision raised = payment.callback(failed);
    ASSERT_EQ(text(raised), "accepted failed");
    EXPECT_EQ(raised.events[0].id, event_id("kenya", "610ae86889ee", "corrected:failed:2"));
    EXPECT_EQ(raised.events[0].corrects, event_id("kenya", "610ae86889ee", "corrected:succeeded"));
    EXPECT_EQ(text(payment.callback(failed)), "duplicate");
}

TEST(Correction, NamesAFinalStatusAndANumber) {
    for (const char* qualifier : {"", "pending", "failed:", "failed:1", "failed:0", "failed:x", "failed:2x", ":2"}) {
        Asked payment;
        payment.callback(succeeded);
        EXPECT_EQ(text(payment.take(with_evidence(report(corrected, qualifier), Evidence::operator_decision))), "stale")
            << qualifier;
    }
}

}  // namespace
}  // namespace tollgate::event
