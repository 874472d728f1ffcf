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

TEST(Raised, OfAPaymentWithoutRoomForMoreTransitionsToo) {
    Asked payment;
    int disputes = 0;
    while (payment.take(dispute(std::to_string(disputes), "open")).outcome == Outcome::accepted) ++disputes;
    EXPECT_GT(disputes, 40);
    payment.callback(succeeded, Evidence::shared_secret);
    EXPECT_EQ(payment.answer(succeeded).events.size(), 1U);
}

}  // namespace
}  // namespace tollgate::event
