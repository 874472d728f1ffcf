// A payment whose customer has paid too little under a reference of its own: what is expected of it, and who still
// asks.
#include "waiting_fixture.hpp"

#include <tollgate/event/alias.hpp>

namespace tollgate::event {
namespace {

using enum TransitionName;

TEST(Underpaid, WhatItsMerchantRegistersCountsBeforeWhatItsProviderExpected) {
    Asked payment;
    payment.take(underpayment("4500", "5000"));
    ASSERT_EQ(payment.state().expected_amount, money("5000"));
    payment.expect(money("6000"));
    EXPECT_EQ(payment.state().expected_amount, money("6000"));
    EXPECT_EQ(text(payment.take(with_amount(report(succeeded), "5000"))), "conflict conflict");
    EXPECT_EQ(payment.state().status, Status::none);
    EXPECT_EQ(text(payment.take(with_amount(report(succeeded), "6000"))), "accepted succeeded");
}

TEST(Underpaid, SoDoesWhatIsRegisteredUnderAnotherOfItsIds) {
    Asked payment;
    payment.take(underpayment("4500", "5000"));
    EXPECT_TRUE(payment.state().named_by_provider);
    Candidate elsewhere = report(expected);
    elsewhere.transition.qualifier = qualifier_inherited;
    elsewhere.facts.expected_amount = money("6000");
    payment.take(elsewhere);
    EXPECT_EQ(payment.state().expected_amount, money("6000"));
    EXPECT_FALSE(payment.state().named_by_provider);
    EXPECT_TRUE(payment.state().inherited);
    payment.take(underpayment("4400", "5000"));
    EXPECT_EQ(payment.state().expected_amount, money("6000"));
    payment.expect(money("7000"));
    EXPECT_EQ(payment.state().expected_amount, money("7000")) << "its own registration counts before that";
}

TEST(Underpaid, ARegistrationAfterItsEndIsCompared) {
    Asked payment;
    payment.take(underpayment("4500", "5000"));
    payment.take(with_amount(report(succeeded), "5000"));
    const Decision decision = payment.expect(money("6000"));
    EXPECT_EQ(text(decision), "conflict conflict");
    EXPECT_EQ(decision.events.at(0).facts.conflict->kept.amount, money("6000"));
}

TEST(Underpaid, WhatItsMerchantRegisteredBeforeStays) {
    Asked payment;
    payment.expect(money("6000"));
    payment.take(underpayment("4500", "5000"));
    EXPECT_EQ(payment.state().expected_amount, money("6000"));
    EXPECT_FALSE(payment.state().inherited);
}

TEST(Underpaid, IsNotAskedAboutAnyMore) {
    Asked payment;
    payment.callback(pending);
    ASSERT_EQ(payment.awaited(), "outcome in 180 s");
    EXPECT_EQ(text(payment.take(underpayment("4500", "5000"))), "conflict conflict");
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(text(payment.take(underpayment("4500", "5000"))), "duplicate");
    EXPECT_EQ(payment.awaited(), "nothing");
    EXPECT_EQ(text(payment.take(with_amount(report(succeeded), "5000"))), "accepted succeeded") << "after all";
}

TEST(Underpaid, IsAskedAboutAgainWhenItsMerchantExpectsItStill) {
    Asked payment;
    payment.expect(money("5000"));
    payment.take(underpayment("4500", "5000"));
    ASSERT_EQ(payment.awaited(), "nothing");
    payment.expect(money("5000"));
    EXPECT_EQ(payment.awaited(), "outcome in 180 s");
}

TEST(Underpaid, WithAnEndIsDoubted) {
    Asked payment;
    payment.take(with_amount(report(succeeded), "5000"));
    payment.take(underpayment("4500", "5000"));
    EXPECT_EQ(payment.awaited(), "conflict in 0 s");
}

TEST(Underpaid, WhatIsHeldIsStillConfirmed) {
    Terms terms = usual_terms();
    terms.confirm = Confirm::always;
    Asked payment(terms);
    payment.take(with_amount(report(succeeded), "5000"));
    payment.take(underpayment("4500", "5000"));
    EXPECT_EQ(payment.awaited(), "confirmation in 0 s");
}

TEST(Underpaid, WithoutRoomToSayItIsAskedAboutAsBefore) {
    Asked payment;
    payment.callback(pending);
    for (std::size_t index = 1; index < max_transitions - reserved_transitions; ++index)
        payment.take(dispute("DSP-" + std::to_string(index), "created"));
    EXPECT_EQ(text(payment.take(underpayment("4500", "5000"))), "overflow");
    EXPECT_EQ(payment.awaited(), "outcome in 180 s");
}

}  // namespace
}  // namespace tollgate::event
