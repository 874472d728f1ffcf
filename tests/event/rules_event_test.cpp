// What the published events and the state hold: pairs, actions, conflicts of status, corrections, disputes, the
// unrecognised.
#include "sample.hpp"

#include <tollgate/event/rules.hpp>

#include <gtest/gtest.h>

namespace tollgate::event {
namespace {

const Candidate pending = report(TransitionName::pending);
const Candidate succeeded = report(TransitionName::succeeded);
const Candidate settled = report(TransitionName::settled);
const Candidate failed = report(TransitionName::failed);

std::string id_of(std::string_view transition) {
    return event_id("kenya", "610ae86889ee", transition);
}

TEST(AcceptedEvent, CarriesTheFactsAndTheState) {
    Candidate candidate = with_evidence(with_amount(succeeded, "3000"), Evidence::callback_and_requery);
    candidate.facts.kind = Kind::payout;
    candidate.facts.merchant_reference = "order-17";
    candidate.facts.details = R"({"a":1})";
    candidate.journal = {"application/json", "{}"};
    const Decision decision = decide(nullptr, candidate, noon + std::chrono::milliseconds{5});
    ASSERT_EQ(text(decision), "accepted succeeded");
    const Event& event = decision.events[0];
    EXPECT_EQ(event.id, "evt_535fdc7d64fd9276791a984ada7983d0");
    EXPECT_EQ(event.timestamp, noon + std::chrono::milliseconds{5});
    EXPECT_EQ(event.status, Status::succeeded);
    EXPECT_EQ(event.sequence, 1U);
    EXPECT_EQ(event.corrects, std::nullopt);
    EXPECT_FALSE(event.raw.has_value());
    EXPECT_EQ(event.facts.merchant_reference, "order-17");
    EXPECT_EQ(event.facts.received_at, noon);
    EXPECT_EQ(event.facts.details, R"({"a":1})");
    const PaymentState& state = decision.next.value();
    EXPECT_EQ(state.kind, Kind::payout);
    EXPECT_EQ(state.evidence, Evidence::callback_and_requery);
    ASSERT_EQ(state.transitions.size(), 1U);
    EXPECT_EQ(state.transitions[0], (RecordedTransition{transition_digest("succeeded"), money_digest(money("3000"))}));
}

TEST(AcceptedEvent, ShowsTheCandidatesExpectedAmountBeforeTheStates) {
    Payment payment;
    payment.expect("3000");
    Candidate candidate = pending;
    candidate.facts.expected_amount = money("2000");
    EXPECT_EQ(payment.take(candidate).events.at(0).facts.expected_amount, money("2000"));
    EXPECT_EQ(payment.state().expected_amount, money("3000"));
}

TEST(SettledFirst, PublishesBothWithTheSameFacts) {
    Payment payment;
    payment.go(pending);
    Candidate candidate = with_amount(settled, "3000");
    candidate.facts.method = "mobile_money";
    const Decision decision = payment.take(candidate);
    ASSERT_EQ(text(decision), "accepted succeeded settled");
    EXPECT_EQ(decision.events[0].id, id_of("succeeded"));
    EXPECT_EQ(decision.events[1].id, id_of("settled"));
    EXPECT_EQ(decision.events[0].status, Status::succeeded);
    EXPECT_EQ(decision.events[1].status, Status::settled);
    EXPECT_EQ(decision.events[0].sequence, 2U);
    EXPECT_EQ(decision.events[1].sequence, 3U);
    for (const Event& event : decision.events) {
        EXPECT_EQ(event.facts.amount, money("3000"));
        EXPECT_EQ(event.facts.method, "mobile_money");
    }
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3000"))), "duplicate");
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "3001"))), "conflict conflict");
}

TEST(Action, ARequeryDoesNotRepeatTheOneThePaymentIsIn) {
    const auto asked = [](std::string url, std::string_view time) {
        return with_evidence(action(ActionKind::redirect, std::move(url), time), Evidence::requery);
    };
    Payment payment;
    payment.go(action(ActionKind::redirect, "https://pay.example/1", "t1"));
    EXPECT_EQ(text(payment.take(asked("https://pay.example/1", "t2"))), "duplicate");
    EXPECT_EQ(text(payment.take(asked("https://pay.example/2", "t2"))), "accepted action_required");
    EXPECT_EQ(text(payment.take(asked("https://pay.example/1", "t3"))), "accepted action_required");
    EXPECT_EQ(text(payment.take(action(ActionKind::redirect, "https://pay.example/1", "t4"))),
              "accepted action_required")
        << "the provider itself called again";
    EXPECT_EQ(
        text(payment.take(with_evidence(action(ActionKind::otp, "https://pay.example/1", "t5"), Evidence::requery))),
        "accepted action_required")
        << "another kind";
}

TEST(Action, IsOverWhenTheStatusMoves) {
    Payment payment;
    payment.go(action(ActionKind::otp, std::nullopt, "t1"));
    EXPECT_NE(payment.state().action, 0U);
    payment.go(succeeded);
    EXPECT_EQ(payment.state().action, 0U);
}

TEST(StatusConflict, ShowsBothSidesAndMovesNothing) {
    Payment payment;
    payment.go(with_amount(succeeded, "3000"));
    const Decision decision = payment.take(with_evidence(failed, Evidence::requery));
    ASSERT_EQ(text(decision), "conflict conflict");
    const Event& event = decision.events[0];
    EXPECT_EQ(event.id, id_of("conflict:status:644e031b2ac68ae5"));
    EXPECT_EQ(event.status, Status::succeeded);
    EXPECT_EQ(event.facts.evidence, Evidence::requery);
    const Conflict& conflict = *event.facts.conflict;
    EXPECT_EQ(conflict.kind, ConflictKind::status);
    EXPECT_EQ(conflict.kept.status, Status::succeeded);
    EXPECT_EQ(conflict.kept.amount, money("3000"));
    EXPECT_EQ(conflict.kept.evidence, Evidence::signature);
    EXPECT_EQ(conflict.contradicting.status, Status::failed);
    EXPECT_EQ(conflict.contradicting.amount, std::nullopt);
    EXPECT_EQ(conflict.contradicting.evidence, Evidence::requery);
    EXPECT_EQ(payment.state().evidence, Evidence::signature);
    EXPECT_EQ(text(payment.take(failed)), "duplicate");
    EXPECT_EQ(text(payment.take(report(TransitionName::expired))), "conflict conflict");
}

TEST(ReportedConflict, KeepsTheStatusAndTheExpectedAmount) {
    Payment payment;
    payment.go(pending);
    const Decision decision = payment.take(underpayment("1000", "3000"));
    ASSERT_EQ(text(decision), "conflict conflict");
    const Event& event = decision.events[0];
    EXPECT_EQ(event.status, Status::pending);
    EXPECT_EQ(event.facts.conflict->kept.status, Status::pending);
    EXPECT_EQ(event.facts.conflict->kept.amount, money("3000"));
    EXPECT_EQ(payment.state().expected_amount, money("3000"));
    EXPECT_EQ(payment.state().amount, std::nullopt);
    EXPECT_EQ(text(payment.take(underpayment("1000", "3000"))), "duplicate");
    EXPECT_EQ(text(payment.take(with_amount(succeeded, "1000"))), "conflict")
        << "the same conflict, found by the rules: said once, but no duplicate of a success";
}

TEST(ReportedConflict, DoesNotReplaceAnExpectedAmount) {
    Payment payment;
    payment.expect("2000");
    payment.go(underpayment("1000", "3000"));
    EXPECT_EQ(payment.state().expected_amount, money("2000"));
}

TEST(Correction, NamesTheEventThatWasWrong) {
    Payment payment;
    payment.go(with_amount(succeeded, "3000"));
    const Decision first = payment.take(with_evidence(report(TransitionName::corrected, "failed"), Evidence::requery));
    ASSERT_EQ(text(first), "accepted failed");
    EXPECT_EQ(first.events[0].id, id_of("corrected:failed"));
    EXPECT_EQ(first.events[0].corrects, id_of("succeeded"));
    EXPECT_EQ(first.events[0].status, Status::failed);
    EXPECT_TRUE(payment.state().corrected);
    EXPECT_EQ(payment.state().evidence, Evidence::requery);
    EXPECT_EQ(payment.state().amount, money("3000"));

    const Decision second =
        payment.take(with_evidence(report(TransitionName::corrected, "expired"), Evidence::operator_decision));
    ASSERT_EQ(text(second), "accepted expired");
    EXPECT_EQ(second.events[0].corrects, id_of("corrected:failed"));
}

TEST(Correction, ToWhatIsNoFinalStatusIsStale) {
    for (const std::string qualifier : {"", "pending", "unresolved", "paid", "Failed"}) {
        Payment payment;
        payment.go(succeeded);
        EXPECT_EQ(text(payment.take(report(TransitionName::corrected, qualifier))), "stale") << qualifier;
    }
}

TEST(Correction, IsOverWhenTheStatusMovesOn) {
    Payment payment;
    payment.go(failed);
    payment.go(report(TransitionName::corrected, "succeeded"));
    payment.go(settled);
    EXPECT_FALSE(payment.state().corrected);
    const Decision decision = payment.take(report(TransitionName::corrected, "reversed"));
    EXPECT_EQ(decision.events.at(0).corrects, id_of("settled"));
}

TEST(Dispute, OfAPaymentNeverHeardOfHasNoStatus) {
    Payment payment;
    const Decision decision = payment.take(dispute("DSP-1", "created"));
    ASSERT_EQ(text(decision), "accepted disputed");
    EXPECT_EQ(decision.events[0].status, Status::none);
    EXPECT_EQ(decision.events[0].facts.dispute->reference, "DSP-1");
    EXPECT_EQ(payment.state().status, Status::none);
    EXPECT_EQ(payment.state().sequence, 1U);
}

TEST(Unrecognised, IsPublishedOnceWithItsBody) {
    Candidate candidate = report(TransitionName::unrecognised);
    candidate.facts.reference = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    candidate.journal = {"text/plain", "hello"};
    const Decision first = decide(nullptr, candidate, noon);
    ASSERT_EQ(text(first), "unrecognised unrecognised");
    EXPECT_EQ(first.events[0].id, "evt_70199cfb89dc47c259c23b65d5a2b98f");
    EXPECT_EQ(first.events[0].sequence, 0U);
    EXPECT_EQ(first.events[0].status, Status::none);
    EXPECT_EQ(first.events[0].timestamp, noon);
    EXPECT_EQ(first.events[0].raw->content_type, "text/plain");
    EXPECT_EQ(first.events[0].raw->body, "hello");
    EXPECT_NE(first.next->find("unrecognised"), nullptr);
    const Decision second = decide(&*first.next, candidate, noon);
    EXPECT_EQ(text(second), "duplicate");
    EXPECT_EQ(second.next, std::nullopt);
}

}  // namespace
}  // namespace tollgate::event
