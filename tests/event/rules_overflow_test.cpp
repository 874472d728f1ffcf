// A payment with more transitions than are kept: what still finds room, and what is counted only.
#include "sample.hpp"

#include <tollgate/event/rules.hpp>

#include <gtest/gtest.h>

namespace tollgate::event {
namespace {

const Candidate pending = report(TransitionName::pending);
const Candidate succeeded = report(TransitionName::succeeded);
const Candidate settled = report(TransitionName::settled);
const Candidate failed = report(TransitionName::failed);
const Candidate reversed = report(TransitionName::reversed);
const Candidate unresolved = report(TransitionName::unresolved);

constexpr std::size_t ordinary_transitions = max_transitions - reserved_transitions;

/// A payment with `count` transitions recorded, in status pending.
Payment crowded(std::size_t count = ordinary_transitions) {
    Payment payment;
    payment.go(pending);
    for (std::size_t index = 1; index < count; ++index) payment.go(dispute("DSP-" + std::to_string(index), "created"));
    return payment;
}

/// A payment with no room at all: the reserve is used up as well.
Payment full() {
    Payment payment = crowded();
    payment.go(unresolved);
    payment.go(succeeded);
    payment.go(settled);
    for (const std::string status : {"failed", "cancelled", "expired", "succeeded", "settled"})
        payment.go(report(TransitionName::corrected, status));
    return payment;
}

TEST(Overflow, WhatMovesNoFinalStateIsCountedOnlyBeforeTheReserve) {
    Payment payment = crowded();
    ASSERT_EQ(payment.state().transitions.size(), ordinary_transitions);
    const PaymentState before = payment.state();
    for (const Candidate& candidate :
         {dispute("DSP-new", "created"), underpayment("1", "2"), action(ActionKind::otp, std::nullopt, "t")}) {
        const Decision decision = payment.take(candidate);
        EXPECT_EQ(text(decision), "overflow") << candidate.transition.id();
        EXPECT_EQ(decision.next, std::nullopt);
    }
    EXPECT_EQ(payment.state(), before);
    EXPECT_EQ(text(payment.take(pending)), "duplicate");

    Payment disputed;
    for (std::size_t index = 0; index < ordinary_transitions; ++index)
        disputed.go(dispute("DSP-" + std::to_string(index), "created"));
    EXPECT_EQ(text(disputed.take(pending)), "overflow");
}

TEST(Overflow, TheTrueEndFindsRoomAfterAnyNumberOfOtherReports) {
    Payment payment = crowded();
    EXPECT_EQ(text(payment.take(unresolved)), "accepted unresolved");
    EXPECT_EQ(text(payment.take(with_amount(settled, "3000"))), "accepted succeeded settled");
    EXPECT_EQ(text(payment.take(reversed)), "accepted reversed");
    EXPECT_EQ(text(payment.take(report(TransitionName::corrected, "settled"))), "accepted succeeded settled");
    EXPECT_EQ(payment.state().status, Status::settled);
    EXPECT_EQ(text(crowded().take(failed)), "accepted failed");
}

TEST(Overflow, AConflictAloneNeverUsesTheReserve) {
    Payment payment = crowded();
    payment.go(succeeded);
    EXPECT_EQ(text(payment.take(failed)), "overflow");
    EXPECT_EQ(text(payment.take(with_amount(pending, "1"))), "duplicate") << "learnt";
    EXPECT_EQ(text(payment.take(with_amount(pending, "2"))), "overflow");
    Payment short_paid = crowded();
    short_paid.expect("3000");
    EXPECT_EQ(text(short_paid.take(with_amount(succeeded, "1"))), "overflow");
    EXPECT_EQ(text(short_paid.take(with_amount(succeeded, "3000"))), "accepted succeeded");
}

TEST(Overflow, AConflictThatComesWithTheEndUsesTheReserve) {
    Payment payment = crowded();
    payment.expect("3000");
    EXPECT_EQ(text(payment.take(with_amount(settled, "3001"))), "accepted succeeded settled conflict");
}

TEST(Overflow, TheReserveEndsToo) {
    Payment payment = full();
    ASSERT_EQ(payment.state().transitions.size(), max_transitions);
    const PaymentState before = payment.state();
    for (const Candidate& candidate : {reversed, failed, report(TransitionName::corrected, "reversed"),
                                       dispute("DSP-new", "created"), underpayment("1", "2")})
        EXPECT_EQ(text(payment.take(candidate)), "overflow") << candidate.transition.id();
    EXPECT_EQ(payment.state(), before);
}

TEST(Overflow, ThePairNeedsRoomForBoth) {
    Payment payment = crowded();
    payment.go(unresolved);
    // A state as no rule would make it: one place left, and no final status yet.
    PaymentState state = payment.state();
    for (std::uint64_t filler = 1; state.transitions.size() < max_transitions - 1; ++filler)
        state.transitions.push_back({filler, 0});
    EXPECT_EQ(text(decide(&state, settled, noon)), "overflow");
    EXPECT_EQ(text(decide(&state, succeeded, noon)), "accepted succeeded");
}

}  // namespace
}  // namespace tollgate::event
