// A final state that is proven better than before: published once more, under the same id.
#include "waiting_fixture.hpp"

#include <gtest/gtest.h>

namespace tollgate::event {
namespace {

using enum TransitionName;

Decision unasked(Asked& payment, TransitionName name, Evidence evidence) {
    payment.nobody_asks();
    return payment.callback(name, evidence);
}

/// A success with a sum, that could be anybody's word.
Candidate claim() {
    return with_evidence(with_amount(report(succeeded), "3000"), Evidence::shared_secret);
}

TEST(Raised, AConfirmationKeepsIdAndNumberAndSaysWhatThereWasBefore) {
    Asked payment;
    const Event before = payment.callback(succeeded, Evidence::shared_secret).events.at(0);
    const Decision decision = payment.answer(succeeded);
    ASSERT_EQ(decision.events.size(), 1U);
    const Event& event = decision.events.front();
    EXPECT_EQ(event.id, before.id);
    EXPECT_EQ(event.happening, Happening::succeeded);
    EXPECT_EQ(event.sequence, before.sequence) << "nobody sees a gap";
    EXPECT_EQ(event.raised_from, Evidence::shared_secret);
    EXPECT_EQ(event.facts.evidence, Evidence::callback_and_requery);
    EXPECT_EQ(event.status, Status::succeeded);
    EXPECT_EQ(before.raised_from, std::nullopt);
}

TEST(Raised, HappensOnce) {
    Asked payment;
    payment.callback(succeeded, Evidence::shared_secret);
    EXPECT_EQ(payment.answer(succeeded).events.size(), 1U);
    EXPECT_TRUE(payment.answer(succeeded).events.empty());
    EXPECT_TRUE(payment.callback(succeeded, Evidence::signature).events.empty());
    EXPECT_TRUE(payment.callback(succeeded, Evidence::shared_secret).events.empty());
}

TEST(Raised, NeverByAWeakerWordOrAnEqualOne) {
    for (const Evidence word :
         {Evidence::shared_secret, Evidence::ip, Evidence::signature, Evidence::operator_decision}) {
        Asked payment;
        payment.callback(failed, Evidence::signature);
        EXPECT_TRUE(unasked(payment, failed, word).events.empty()) << to_string(word);
    }
    Asked payment;
    payment.callback(failed, Evidence::ip);
    EXPECT_TRUE(unasked(payment, failed, Evidence::operator_decision).events.empty()) << "no word of the provider's";
}

TEST(Raised, StepByStep) {
    Asked payment;
    payment.callback(failed, Evidence::ip);
    EXPECT_EQ(payment.callback(failed, Evidence::signature).events.at(0).raised_from, Evidence::ip);
    EXPECT_EQ(payment.state().evidence, Evidence::signature);
    EXPECT_EQ(payment.answer(failed).events.at(0).raised_from, Evidence::signature);
    EXPECT_EQ(payment.state().evidence, Evidence::callback_and_requery);
}

TEST(Raised, BehindEventsThatCameSinceItHasANumberOfItsOwn) {
    Asked payment;
    payment.callback(succeeded, Evidence::shared_secret);
    const std::uint32_t last = payment.take(dispute("d-1", "open")).events.at(0).sequence;
    EXPECT_EQ(payment.answer(succeeded).events.at(0).sequence, last + 1);
}

TEST(Raised, NotByAnotherSum) {
    Asked payment;
    payment.take(claim());
    EXPECT_EQ(text(payment.answer(with_amount(report(succeeded), "1"))), "conflict conflict");
    EXPECT_EQ(payment.state().evidence, Evidence::shared_secret);
}

/// What was registered since says that the sum is not enough.
TEST(Raised, NotWithASumThatIsNotWhatIsExpectedByNow) {
    for (const std::string said : {"", "3000"}) {
        Asked payment;
        payment.take(claim());
        EXPECT_EQ(text(payment.expect(money("4000"))), "conflict conflict");
        const Candidate again = said.empty() ? report(succeeded) : with_amount(report(succeeded), said);
        EXPECT_TRUE(payment.answer(again).events.empty()) << said;
    }
}

TEST(Raised, NorByASettlementOfIt) {
    for (const std::string said : {"", "3000"}) {
        Asked payment;
        payment.take(claim());
        payment.expect(money("3000", "GHS"));
        const Candidate next = said.empty() ? report(settled) : with_amount(report(settled), said);
        EXPECT_EQ(text(payment.answer(next)), "accepted settled") << said;
    }
}

TEST(Raised, AnAnswerWithoutASumShowsTheOneThatIsKnown) {
    Asked payment;
    payment.take(claim());
    EXPECT_EQ(payment.answer(succeeded).events.at(0).facts.amount, claim().facts.amount);
}

TEST(Raised, ASettlementThatTheProviderConfirmsConfirmsItsSuccessToo) {
    Asked payment;
    payment.callback(succeeded, Evidence::shared_secret);
    const Decision decision = payment.answer(settled);
    ASSERT_EQ(text(decision), "accepted succeeded settled");
    EXPECT_EQ(decision.events[0].raised_from, Evidence::shared_secret);
    EXPECT_EQ(decision.events[1].raised_from, std::nullopt);
    EXPECT_LT(decision.events[0].sequence, decision.events[1].sequence);
}

TEST(Raised, NotASuccessWithASumThatIsFoundWantingSince) {
    Asked payment;
    payment.take(claim());
    ASSERT_EQ(text(payment.expect(money("4000"))), "conflict conflict");
    const Decision decision = payment.answer(with_amount(report(settled), "3000"));
    EXPECT_EQ(text(decision), "accepted settled") << "what is wrong with the sum was said";
}

TEST(Raised, OfAPaymentWithoutRoomForMoreTransitionsToo) {
    Asked payment;
    int disputes = 0;
    while (payment.take(dispute(std::to_string(disputes), "open")).outcome == Outcome::accepted) ++disputes;
    EXPECT_GT(disputes, 40);
    payment.callback(succeeded, Evidence::shared_secret);
    EXPECT_EQ(payment.answer(succeeded).events.size(), 1U);
}

/// It succeeded, and people have found out that it ended as `status`.
Event correct(Asked& payment, const char* status) {
    return payment.take(with_evidence(report(corrected, status), Evidence::operator_decision)).events.at(0);
}

TEST(Raised, AnOperatorsCorrectionThatTheProviderConfirms) {
    for (const bool is_answer : {false, true}) {
        Asked payment;
        const Event wrong = payment.callback(succeeded).events.at(0);
        const Event before = correct(payment, "failed");
        const Decision decision = is_answer ? payment.answer(failed) : payment.callback(failed);
        ASSERT_EQ(text(decision), "accepted failed");
        const Event& event = decision.events.front();
        EXPECT_EQ(event.id, before.id);
        EXPECT_EQ(event.corrects, wrong.id);
        EXPECT_EQ(event.sequence, before.sequence);
        EXPECT_EQ(event.raised_from, Evidence::operator_decision);
        EXPECT_EQ(event.facts.evidence, is_answer ? Evidence::requery : Evidence::signature);
        EXPECT_TRUE(payment.callback(failed).events.empty()) << "once";
        EXPECT_TRUE(payment.state().decided) << "what people have said stands all the same";
        EXPECT_TRUE(payment.state().corrected);
        EXPECT_EQ(text(payment.callback(succeeded)), "duplicate") << "it has happened, and was wrong";
    }
}

TEST(Raised, ACorrectionStepByStep) {
    Asked payment;
    payment.callback(succeeded);
    const Event before = correct(payment, "failed");
    EXPECT_TRUE(unasked(payment, failed, Evidence::shared_secret).events.empty()) << "could be anybody's word";
    EXPECT_EQ(payment.callback(failed).events.at(0).raised_from, Evidence::operator_decision);
    const Event event = payment.answer(failed).events.at(0);
    EXPECT_EQ(event.id, before.id);
    EXPECT_EQ(event.corrects, before.corrects);
    EXPECT_EQ(event.raised_from, Evidence::signature);
    EXPECT_EQ(event.facts.evidence, Evidence::callback_and_requery);
}

TEST(Raised, OfSeveralCorrectionsTheLastStillNamesTheOneBefore) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(settled);
    const Event first = correct(payment, "failed");
    payment.take(dispute("d-1", "open"));
    const Event second = correct(payment, "cancelled");
    ASSERT_EQ(second.corrects, first.id);
    payment.take(dispute("d-1", "closed"));
    const Event event = payment.callback(cancelled).events.at(0);
    EXPECT_EQ(event.id, second.id);
    EXPECT_EQ(event.corrects, first.id);
    EXPECT_GT(event.sequence, second.sequence) << "others came since";
}

TEST(Raised, ACorrectionBackToWhatWasSaidFirst) {
    Asked payment;
    payment.callback(succeeded);
    const Event first = correct(payment, "failed");
    const Event second = correct(payment, "succeeded");
    ASSERT_EQ(second.corrects, first.id);
    const Event event = payment.callback(succeeded).events.at(0);
    EXPECT_EQ(event.id, second.id);
    EXPECT_EQ(event.corrects, first.id);
    EXPECT_TRUE(payment.callback(succeeded).events.empty());
}

TEST(Raised, ACorrectionOfASettlementNamesTheSettlement) {
    Asked payment;
    const Event wrong = payment.callback(settled).events.at(1);
    ASSERT_EQ(correct(payment, "failed").corrects, wrong.id);
    EXPECT_EQ(payment.callback(failed).events.at(0).corrects, wrong.id);
}

TEST(Raised, ASettlementConfirmsACorrectionToItsSuccess) {
    Asked payment;
    const Event wrong = payment.callback(failed).events.at(0);
    const Event before = correct(payment, "succeeded");
    const Decision decision = payment.callback(settled);
    ASSERT_EQ(text(decision), "accepted succeeded settled");
    EXPECT_EQ(decision.events[0].id, before.id);
    EXPECT_EQ(decision.events[0].corrects, wrong.id);
    EXPECT_EQ(decision.events[0].raised_from, Evidence::operator_decision);
    EXPECT_EQ(decision.events[1].corrects, std::nullopt);
    EXPECT_EQ(decision.events[1].raised_from, std::nullopt);
}

TEST(Raised, NotACorrectionWithAnotherSum) {
    Asked payment;
    payment.callback(failed);
    payment.take(with_evidence(with_amount(report(corrected, "succeeded"), "3000"), Evidence::operator_decision));
    EXPECT_EQ(text(payment.take(with_amount(report(succeeded), "20"))), "conflict conflict");
    EXPECT_EQ(payment.state().evidence, Evidence::operator_decision);
    EXPECT_EQ(text(payment.take(with_amount(report(succeeded), "3000"))), "accepted succeeded");
}

TEST(Raised, NotACorrectionThatTwoAnswersHaveProven) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    payment.answer(failed);
    payment.pass(11min);
    ASSERT_EQ(text(payment.answer(failed)), "accepted failed");
    ASSERT_TRUE(payment.state().corrected);
    EXPECT_TRUE(payment.callback(failed).events.empty());
    EXPECT_TRUE(payment.answer(failed).events.empty());
}

}  // namespace
}  // namespace tollgate::event
