// The contract of expectations: which payments are to be asked about when, and that what is found is what their states
// say.
#include "store/contract_expectations.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

namespace tollgate::test {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContractExpectations, APaymentIsFoundWhenItIsDue) {
    const core::WallTime began = clock_.wall();
    accept_one(asked(pending(a_)));
    EXPECT_THAT(due(), IsEmpty());
    clock_.advance(3min - 1ms);
    EXPECT_THAT(due(), IsEmpty());
    clock_.advance(1ms);
    const auto found = read_due(shard);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].source, "kenya");
    EXPECT_EQ(found[0].reference, a_);
    EXPECT_EQ(found[0].kind, event::Kind::payment);
    EXPECT_EQ(found[0].expectation.purpose, Purpose::outcome);
    EXPECT_EQ(found[0].expectation.since, began);
    EXPECT_EQ(found[0].expectation.due, began + 3min);
    EXPECT_EQ(found[0].expectation, payment(a_)->state.expectation);
    EXPECT_THAT(due(), ElementsAre(a_)) << "finding it does not take it away";
}

TEST_P(StoreContractExpectations, APaymentOfAnotherShardIsNotFound) {
    accept_one(asked(pending(a_)));
    clock_.advance(1h);
    for (store::Shard other = 0; other < shards; ++other) EXPECT_EQ(read_due(other).size(), other == shard ? 1U : 0U);
}

TEST_P(StoreContractExpectations, NothingIsDueInAShardThatIsNone) {
    using Answer = std::vector<store::DueExpectation>;
    const auto refused = wait_for<Answer>(
        [this](store::Store::Done<Answer> done) { store().read_due(shards, {wish(10)}, std::move(done)); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::Errc::invalid_argument);
}

TEST_P(StoreContractExpectations, WhereNobodyCanBeAskedNothingIsDue) {
    accept({pending(a_), succeeded(b_)});
    clock_.advance(100h);
    EXPECT_THAT(due(), IsEmpty());
}

TEST_P(StoreContractExpectations, APayoutIsAskedAboutAsOne) {
    auto payout = asked(pending(a_));
    payout.facts.kind = event::Kind::payout;
    accept_one(payout);
    clock_.advance(3min);
    const auto found = read_due(shard);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, event::Kind::payout);
}

TEST_P(StoreContractExpectations, ARegistrationIsEnough) {
    accept_one(asked(candidate(event::TransitionName::expected, a_)));
    EXPECT_THAT(read_everything(), IsEmpty());
    clock_.advance(3min);
    EXPECT_THAT(due(), ElementsAre(a_));
}

TEST_P(StoreContractExpectations, ARepeatLeavesItWhereItIs) {
    accept_one(asked(pending(a_)));
    clock_.advance(2min);
    accept_one(asked(pending(a_)));
    clock_.advance(1min);
    EXPECT_THAT(due(), ElementsAre(a_));
}

TEST_P(StoreContractExpectations, AnAnswerPutsItOff) {
    accept_one(asked(pending(a_)));
    clock_.advance(3min);
    accept_one(no_report(a_, in(10min)));
    EXPECT_THAT(due(), IsEmpty());
    clock_.advance(10min);
    const auto found = read_due(shard);
    ASSERT_EQ(found.size(), 1U) << "and only once";
    EXPECT_EQ(found[0].expectation.definite, 1U);
    EXPECT_EQ(found[0].expectation.due, clock_.wall());
}

TEST_P(StoreContractExpectations, AnEndClosesIt) {
    accept({asked(pending(a_)), asked(pending(b_)), asked(pending(c_))});
    clock_.advance(3min);
    accept({succeeded(a_), answer(failed(b_), in(10min))});
    EXPECT_THAT(due(), ElementsAre(c_));
    clock_.advance(100h);
    EXPECT_THAT(due(), ElementsAre(c_));
}

TEST_P(StoreContractExpectations, WhatIsHeldComesFirst) {
    accept({asked(pending(a_), 1min), asked(pending(b_), 2min)});
    clock_.advance(1h);
    EXPECT_EQ(accept_one(weak(succeeded(c_))).outcome, event::Outcome::held);
    EXPECT_THAT(due(), ElementsAre(c_, a_, b_));
    EXPECT_THAT(due(2), ElementsAre(c_, a_));
    EXPECT_EQ(read_due(shard, 1).at(0).expectation.purpose, Purpose::confirmation);
    // One that waits already becomes one of them.
    EXPECT_EQ(accept_one(weak(succeeded(b_))).outcome, event::Outcome::held);
    EXPECT_THAT(due(2), testing::UnorderedElementsAre(b_, c_));
    EXPECT_EQ(due().size(), 3U);
    auto unanswered = no_report(c_, in(5min), false);
    unanswered.answer->question.purpose = Purpose::confirmation;
    accept({answer(succeeded(b_), in(5min)), unanswered});
    EXPECT_THAT(due(), ElementsAre(a_));
    clock_.advance(5min);
    EXPECT_THAT(due(), ElementsAre(c_, a_));
}

TEST_P(StoreContractExpectations, WhatIsNoLongerHeldQueuesWithTheOthers) {
    accept({asked(pending(a_), 1min), weak(succeeded(b_))});
    clock_.advance(1h);
    EXPECT_THAT(due(), ElementsAre(b_, a_));
    // Denied for longer than a final state is held.
    EXPECT_THAT(accept_one(no_report(b_, in(0min))).event_types, ElementsAre("payment.conflict"));
    const auto found = read_due(shard);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].reference, a_);
    EXPECT_EQ(found[1].reference, b_);
    EXPECT_EQ(found[1].expectation.purpose, Purpose::outcome);
}

TEST_P(StoreContractExpectations, OfABatchOnlyTheLastStateCounts) {
    accept({asked(pending(a_)), asked(pending(b_)), succeeded(a_), no_report(b_, in(1h)), weak(succeeded(c_)),
            answer(succeeded(c_), in(1h))});
    clock_.advance(59min);
    EXPECT_THAT(due(), IsEmpty());
    clock_.advance(1min);
    EXPECT_THAT(due(), ElementsAre(b_));
    // Put off, held, confirmed, all at once; and one that begins in the same batch.
    accept({no_report(b_, in(1h)), weak(succeeded(b_)), answer(succeeded(b_), in(1h)), asked(pending(references_[3])),
            weak(failed(references_[3]))});
    EXPECT_THAT(due(), ElementsAre(references_[3]));
    clock_.advance(100h);
    EXPECT_THAT(due(), ElementsAre(references_[3]));
}

TEST_P(StoreContractExpectations, ItSurvivesAReopen) {
    accept({asked(pending(a_)), asked(pending(b_)), weak(succeeded(c_))});
    accept({succeeded(a_)});
    reopen();
    clock_.advance(3min);
    EXPECT_THAT(due(), ElementsAre(c_, b_));
    accept({succeeded(b_), answer(succeeded(c_), in(1h))});
    EXPECT_THAT(due(), IsEmpty());
}

TEST_P(StoreContractExpectations, ItIsForgottenWithItsPayment) {
    accept({asked(pending(a_)), weak(succeeded(b_)), asked(pending(c_))});
    clock_.advance(1h);
    accept_one(no_report(c_, in(0min)));
    store::RetentionPolicy policy;
    policy.state_retention = 30min;
    EXPECT_EQ(maintain(policy).forgotten_payments, 2U);
    EXPECT_THAT(due(), ElementsAre(c_));
    clock_.advance(1h);
    EXPECT_EQ(maintain(policy).forgotten_payments, 1U);
    EXPECT_THAT(due(), IsEmpty());
    // Another one with the same name begins anew.
    accept_one(asked(pending(a_)));
    EXPECT_THAT(due(), IsEmpty());
    clock_.advance(3min);
    EXPECT_THAT(due(), ElementsAre(a_));
}

TEST_P(StoreContractExpectations, LeasesForAskingNeedNoEnrolment) {
    store::LeaseRequest request;
    request.subscriber = store::asking_leases;
    request.lifetime = 20s;
    const auto ask = [&] {
        return wait_for<store::LeaseReport>(
            [&](store::Store::Done<store::LeaseReport> done) { store().renew_leases(request, std::move(done)); });
    };
    const auto first = value_of(ask());
    ASSERT_EQ(first.held.size(), shards);
    request.held = first.held;
    EXPECT_EQ(value_of(ask()).held, first.held);
    request.held.clear();
    request.given_up = first.held;
    request.leaving = true;
    EXPECT_THAT(value_of(ask()).held, IsEmpty());
    request.subscriber = "nobody";
    EXPECT_EQ(ask().error().code, core::Errc::not_found);
}

/// Whatever is done to payments, in whatever batches: what is due is what their states say.
TEST_P(StoreContractExpectations, WhatIsFoundIsWhatTheStatesSay) {
    std::vector<std::string> references = references_in(0, shards, 5);
    for (auto& reference : references_in(shard, shards, 5)) references.push_back(std::move(reference));
    std::mt19937 random(11);
    const auto draw = [&] {
        const std::string& reference = references[random() % references.size()];
        switch (random() % 8) {
            case 0:
                return pending(reference);
            case 1:
                return weak(random() % 2 == 0 ? succeeded(reference) : failed(reference));
            case 2:
                return succeeded(reference);
            case 3:
                return answer(random() % 2 == 0 ? succeeded(reference) : pending(reference), in(2min));
            case 4:
                return asked(failed(reference));
            case 5:
                return asked(pending(reference), std::chrono::minutes{random() % 10});
            default:
                return no_report(reference, in(std::chrono::minutes{random() % 40}), random() % 4 != 0);
        }
    };
    store::RetentionPolicy policy;
    policy.state_retention = 3h;
    std::size_t most = 0;
    for (int round = 0; round < 60; ++round) {
        std::vector<event::Candidate> batch;
        for (std::size_t size = 1 + random() % 5; batch.size() < size;) batch.push_back(draw());
        accept(std::move(batch));
        clock_.advance(std::chrono::minutes{random() % 20});
        if (round % 20 == 19) {
            clock_.advance(4h);
            if (round % 40 == 39) maintain(policy);
        }

        std::map<std::string, event::Expectation> expected;
        for (const std::string& reference : references) {
            const auto record = payment(reference);
            if (!record || !record->state.expectation || record->state.expectation->due > clock_.wall()) continue;
            expected.emplace(reference, *record->state.expectation);
        }
        std::map<std::string, event::Expectation> found;
        for (store::Shard each = 0; each < shards; ++each) {
            const auto in_shard = read_due(each);
            for (const auto& one : in_shard) EXPECT_TRUE(found.emplace(one.reference, one.expectation).second);
            EXPECT_TRUE(std::ranges::is_sorted(in_shard, {}, [](const auto& one) {
                return std::pair(one.expectation.purpose != Purpose::confirmation, one.expectation.due);
            }));
        }
        ASSERT_EQ(found, expected) << "in round " << round;
        most = std::max(most, found.size());
    }
    EXPECT_GT(most, 3U);
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreContractExpectations, testing::ValuesIn(engines()), name_of_engine);

}  // namespace tollgate::test
