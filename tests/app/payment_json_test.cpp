// What is said of a payment's state: what is held and what is awaited with it.
#include "app/payment_json.hpp"

#include "store/samples.hpp"

#include <tollgate/event/candidate_codec.hpp>
#include <tollgate/event/rules.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace tollgate::app {
namespace {

using namespace std::chrono_literals;

constexpr core::WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 12h};

std::string written(const event::PaymentState& state) {
    std::string text;
    core::JsonWriter json(text);
    json.begin_object();
    write_payment(json, "kenya", "r-1", state);
    json.end_object();
    return text;
}

TEST(PaymentJson, OfAPaymentThatNothingIsKnownOf) {
    EXPECT_EQ(written({}), R"({"source":"kenya","reference":"r-1","kind":"payment","state":null,"evidence":null,)"
                           R"("corrected":false,"amount":null,"expected_amount":null,"sequence":0,"held":null,)"
                           R"("expectation":null})");
}

TEST(PaymentJson, SaysWhatIsHeldAndWhenItsProviderIsAsked) {
    auto claim = test::succeeded("r-1");
    claim.facts.evidence = event::Evidence::shared_secret;
    claim.facts.amount = event::Money::from_major("3000", "KES").value();
    claim.terms.emplace().confirm = event::Confirm::weak;
    const auto decision = event::decide(nullptr, claim, noon);
    ASSERT_EQ(decision.outcome, event::Outcome::held);
    const auto text = written(*decision.next);
    EXPECT_NE(text.find(R"("held":{"status":"succeeded","amount":{"value":"3000.00","minor":300000,"currency":"KES"},)"
                        R"("evidence":"shared_secret"},"expectation":{"purpose":"confirmation",)"
                        R"("since":"2026-11-22T12:00:00.000Z","due":"2026-11-22T12:00:00.000Z"}})"),
              std::string::npos)
        << text;
}

TEST(PaymentJson, WhatIsHeldAndCannotBeReadIsLeftOut) {
    event::PaymentState state;
    state.held = "damaged";
    EXPECT_NE(written(state).find(R"("held":null)"), std::string::npos);
}

TEST(PaymentJson, ACallbackThatIsNotUnderstoodIsNoPayment) {
    auto candidate = test::succeeded("r-1");
    EXPECT_TRUE(is_payment(event::decide(nullptr, candidate, noon).next.value()));
    candidate.transition = {event::TransitionName::unrecognised, {}};
    EXPECT_FALSE(is_payment(event::decide(nullptr, candidate, noon).next.value()));
    EXPECT_TRUE(is_payment({})) << "one that is only expected";
}

}  // namespace
}  // namespace tollgate::app
