// A payment whose customer has paid too little under a reference of its own: what is expected of it, and who still
// asks.
#include "waiting_fixture.hpp"

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

}  // namespace
}  // namespace tollgate::event
