// What people have decided stands until they decide again; and questions about payments whose end is known.
#include "waiting_fixture.hpp"

namespace tollgate::event {
namespace {

using enum TransitionName;

Candidate correction_to(const char* status) {
    return with_evidence(report(corrected, status), Evidence::operator_decision);
}

TEST(Decided, TwoAnswersAgainstItChangeNothingAndAreAConflict) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    ASSERT_EQ(text(payment.take(correction_to("failed"))), "accepted failed");
    EXPECT_TRUE(payment.state().decided);
    EXPECT_EQ(text(payment.answer(succeeded)), "conflict conflict");
    EXPECT_EQ(payment.awaited(), "nothing") << "asking again would change nothing";
    payment.pass(11min);
    EXPECT_EQ(text(payment.answer(succeeded)), "duplicate");
    EXPECT_EQ(payment.state().status, Status::failed);
    EXPECT_EQ(payment.state().evidence, Evidence::operator_decision);
}

TEST(Decided, AlsoWhenPeopleOnlySaidWhatWasKnown) {
    for (const bool is_asked : {true, false}) {
        Asked payment;
        payment.callback(succeeded);
        if (!is_asked) payment.nobody_asks();
        EXPECT_EQ(text(payment.callback(succeeded, Evidence::operator_decision)), "duplicate");
        EXPECT_TRUE(payment.state().decided);
        EXPECT_EQ(payment.state().evidence, Evidence::signature) << "its proof is what it was";
        EXPECT_EQ(text(payment.callback(failed)), "conflict conflict");
        EXPECT_EQ(payment.awaited(), "nothing");
    }
}

TEST(Decided, AnAnswerThatWasOnItsWayDoesNotOverturnIt) {
    Asked payment;
    payment.callback(succeeded);
    payment.callback(failed);
    payment.answer(failed);
    payment.pass(11min);
    payment.callback(succeeded, Evidence::operator_decision);
    payment.answer(failed);
    EXPECT_EQ(payment.state().status, Status::succeeded);
    EXPECT_EQ(payment.awaited(), "nothing");
}

TEST(Decided, PeopleMayDecideAgain) {
    Asked payment;
    payment.callback(succeeded);
    ASSERT_EQ(text(payment.take(correction_to("failed"))), "accepted failed");
    EXPECT_EQ(text(payment.take(correction_to("cancelled"))), "accepted cancelled");
    EXPECT_TRUE(payment.state().decided);
    EXPECT_EQ(payment.state().status, Status::cancelled);
}

TEST(Decided, APaymentThatGoesOnIsTheProvidersAgain) {
    Asked payment;
    payment.callback(succeeded, Evidence::operator_decision);
    EXPECT_TRUE(payment.state().decided);
    EXPECT_EQ(text(payment.callback(reversed)), "accepted reversed");
    EXPECT_FALSE(payment.state().decided);
}

TEST(Check, AFinalPaymentIsAskedAboutOnceWhenSomebodyWantsToKnow) {
    Asked payment;
    payment.callback(succeeded);
    payment.terms().first_after = 0ms;
    payment.expect();
    EXPECT_EQ(payment.awaited(), "check in 0 s");
    EXPECT_EQ(text(payment.answer(succeeded)), "accepted succeeded") << "better proven";
    EXPECT_EQ(payment.awaited(), "nothing");
    ASSERT_EQ(payment.state().questions.size(), 1U);
    EXPECT_EQ(payment.state().questions[0].purpose, Purpose::check);
}

TEST(Check, EndsWithWhateverIsSaid) {
    for (const bool is_definite : {true, false}) {
        Asked payment;
        payment.callback(succeeded);
        payment.terms().first_after = 0ms;
        payment.expect();
        EXPECT_EQ(text(payment.no_report(is_definite)), "duplicate");
        EXPECT_EQ(payment.awaited(), "nothing");
        EXPECT_EQ(payment.state().questions.size(), 1U);
    }
}

TEST(Check, AContradictionIsAConflictAndAskedAboutAgain) {
    Asked payment;
    payment.callback(succeeded);
    payment.terms().first_after = 0ms;
    payment.expect();
    EXPECT_EQ(text(payment.answer(failed)), "conflict conflict");
    EXPECT_EQ(payment.awaited(), "conflict in 180 s");
    payment.pass(10min);
    EXPECT_EQ(text(payment.answer(failed)), "accepted failed");
}

TEST(Check, OfWhatPeopleHaveDecidedIsAnsweredAndChangesNothing) {
    Asked payment;
    payment.callback(succeeded, Evidence::operator_decision);
    payment.terms().first_after = 0ms;
    for (int question = 0; question < 3; ++question) {
        payment.expect();
        EXPECT_EQ(payment.awaited(), "check in 0 s");
        EXPECT_EQ(text(payment.answer(failed)), question == 0 ? "conflict conflict" : "duplicate");
        EXPECT_EQ(payment.awaited(), "nothing");
        payment.pass(11min);
    }
    EXPECT_EQ(payment.state().status, Status::succeeded);
}

TEST(Check, IsNotWhatARegistrationMeans) {
    Asked payment;
    payment.callback(succeeded);
    payment.terms().first_after = 1ms;
    payment.expect();
    EXPECT_EQ(payment.awaited(), "nothing");
}

}  // namespace
}  // namespace tollgate::event
