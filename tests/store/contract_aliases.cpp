// The contract of a payment's other ids: they lead to it, and what is registered under one reaches every payment that
// carries it, whatever comes first, in whatever batches, and over a reopen.
#include "store/contract.hpp"

#include <tollgate/event/alias.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

namespace tollgate::test {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

namespace {

event::Candidate with_merchant(event::Candidate candidate, std::string merchant) {
    candidate.facts.merchant_reference = std::move(merchant);
    return candidate;
}

event::Money kes(std::string_view digits) {
    return event::Money::from_major(digits, "KES").value();
}

/// A source whose provider can be asked.
event::Candidate asked(event::Candidate candidate) {
    event::Terms terms;
    terms.first_after = 3min;
    terms.give_up_after = 24h;
    candidate.terms = terms;
    return candidate;
}

}  // namespace

class StoreContractAliases : public StoreContract {
  protected:
    event::Candidate registration(std::string merchant, std::string_view amount) {
        event::Candidate candidate;
        candidate.transition.name = event::TransitionName::expected;
        candidate.facts.source = "kenya";
        candidate.facts.provider = "startbutton";
        candidate.facts.merchant_reference = std::move(merchant);
        candidate.facts.evidence = event::Evidence::operator_decision;
        candidate.facts.expected_amount = kes(amount);
        candidate.facts.received_at = clock_.wall();
        return candidate;
    }
    /// The references that an alias names.
    std::vector<std::string> named(const std::string& alias) {
        std::vector<std::string> references;
        if (const auto record = payment(alias)) {
            for (const auto& each : record->state.named) references.push_back(each.reference);
        }
        return references;
    }
    std::vector<std::string> types(const std::string& reference) {
        std::vector<std::string> types;
        for (const store::LogEntry& entry : read_everything()) {
            if (entry.reference == reference) types.push_back(entry.type);
        }
        return types;
    }
    /// Names of what is due, of all shards.
    std::vector<std::string> due() {
        using Answer = std::vector<store::DueExpectation>;
        const store::DueWish wish{"kenya", 1000, {{core::WallTime::min(), clock_.wall()}}, false};
        std::vector<std::string> names;
        for (store::Shard shard = 0; shard < shards; ++shard) {
            for (auto& each : value_of(wait_for<Answer>(
                     [&](store::Store::Done<Answer> done) { store().read_due(shard, {wish}, std::move(done)); }))) {
                names.push_back(std::move(each.reference));
            }
        }
        return names;
    }
};

TEST_P(StoreContractAliases, EveryIdLeadsToItsPayment) {
    event::Candidate callback = succeeded("T1");
    callback.facts.merchant_reference = "order-17";
    callback.facts.provider_reference = "99";
    callback.facts.network_reference = "RB12";
    accept_one(callback);
    for (const std::string alias : {"m order-17", "p 99", "n RB12"}) EXPECT_THAT(named(alias), ElementsAre("T1"));
    EXPECT_THAT(named("m 99"), IsEmpty());
    EXPECT_FALSE(payment("order-17"));
    reopen();
    EXPECT_THAT(named("n RB12"), ElementsAre("T1"));
    EXPECT_EQ(payment("T1")->state.status, event::Status::succeeded);
}

TEST_P(StoreContractAliases, ARepeatChangesNothingAndAnotherPaymentIsAdded) {
    const auto callback = with_merchant(succeeded("T1"), "order-17");
    EXPECT_EQ(accept_one(callback).outcome, event::Outcome::accepted);
    const auto before = payment("m order-17")->state;
    clock_.advance(1h);
    EXPECT_EQ(accept_one(callback).outcome, event::Outcome::duplicate);
    EXPECT_EQ(payment("m order-17")->state, before);
    accept({with_merchant(succeeded("T2"), "order-17"), with_merchant(succeeded("T3"), "order-17")});
    EXPECT_THAT(named("m order-17"), ElementsAre("T1", "T2", "T3"));
    EXPECT_EQ(read_everything().size(), 3U);
}

TEST_P(StoreContractAliases, ARegistrationWaitsForItsPayment) {
    accept_one(asked(registration("order-17", "3000.01")));
    EXPECT_THAT(read_everything(), IsEmpty());
    EXPECT_EQ(payment("m order-17")->state.expected_amount, kes("3000.01"));
    reopen();
    clock_.advance(2min);
    EXPECT_THAT(due(), IsEmpty());
    clock_.advance(1min);
    EXPECT_THAT(due(), ElementsAre("m order-17"));
    const auto accepted = accept_one(asked(with_merchant(succeeded("T1"), "order-17")));
    EXPECT_EQ(accepted.outcome, event::Outcome::conflict);
    EXPECT_THAT(accepted.event_types, ElementsAre("payment.conflict"));
    EXPECT_THAT(types("T1"), ElementsAre("payment.conflict"));
    EXPECT_EQ(payment("T1")->state.expected_amount, kes("3000.01"));
    EXPECT_EQ(std::ranges::count(due(), "m order-17"), 0) << "it is the payment's now";
    EXPECT_FALSE(payment("m order-17")->state.expectation);
}

TEST_P(StoreContractAliases, ARegistrationThatComesLateReachesEveryPayment) {
    accept({with_merchant(succeeded("T1"), "order-17"), with_merchant(pending("T2"), "order-17")});
    const auto accepted = accept_one(asked(registration("order-17", "3000.01")));
    EXPECT_EQ(accepted.outcome, event::Outcome::conflict);
    EXPECT_THAT(accepted.event_types, testing::Contains("payment.conflict"));
    EXPECT_THAT(types("T1"), ElementsAre("payment.succeeded", "payment.conflict"));
    for (const std::string reference : {"T1", "T2"}) {
        EXPECT_EQ(payment(reference)->state.expected_amount, kes("3000.01"));
    }
    EXPECT_FALSE(payment("m order-17")->state.expectation);
    const std::size_t published = read_everything().size();
    accept_one(asked(registration("order-17", "3000.01")));
    EXPECT_EQ(read_everything().size(), published);
}

TEST_P(StoreContractAliases, InOneBatchTheOrderDoesNotMatter) {
    accept({with_merchant(succeeded("T1"), "a"), registration("a", "3000.01"), registration("b", "3000.01"),
            with_merchant(succeeded("T2"), "b"), with_merchant(succeeded("T2"), "b")});
    for (const std::string reference : {"T1", "T2"}) {
        EXPECT_EQ(payment(reference)->state.expected_amount, kes("3000.01"));
        EXPECT_THAT(types(reference), testing::Contains("payment.conflict"));
    }
    EXPECT_EQ(std::ranges::count(types("T2"), "payment.conflict"), 1);
}

TEST_P(StoreContractAliases, AnAnswerAboutItMakesThePaymentAndEndsTheAsking) {
    accept_one(asked(registration("order-17", "3000.00")));
    clock_.advance(3min);
    event::Answer said;
    said.question = {clock_.wall(), event::Purpose::outcome, "reported", "paid"};
    said.definite = true;
    said.next_due = clock_.wall() + 5min;
    auto report = asked(with_merchant(succeeded("T1"), "order-17"));
    report.facts.evidence = event::Evidence::requery;
    report.journal = {};
    report.answer = said;
    auto question = asked(candidate(event::TransitionName::answered, "m order-17"));
    question.journal = {};
    question.facts.evidence = event::Evidence::requery;
    question.answer = said;
    accept({report, question});
    EXPECT_THAT(types("T1"), ElementsAre("payment.succeeded"));
    clock_.advance(100h);
    EXPECT_THAT(due(), IsEmpty());
    EXPECT_EQ(payment("m order-17")->state.questions.size(), 1U);

    // Of another one nobody knows anything.
    accept_one(asked(registration("order-18", "3000.00")));
    clock_.advance(3min);
    question.facts.reference = "m order-18";
    question.answer->question.at = clock_.wall();
    question.answer->next_due = clock_.wall() + 5min;
    accept_one(question);
    EXPECT_THAT(due(), IsEmpty());
    clock_.advance(5min);
    EXPECT_THAT(due(), ElementsAre("m order-18"));
    for (int hour = 0; hour < 27; ++hour) {
        clock_.advance(1h);
        question.answer->question.at = clock_.wall();
        question.answer->next_due = clock_.wall() + 1h;
        if (accept_one(question).outcome == event::Outcome::lapsed) break;
    }
    EXPECT_EQ(accept_one(question).outcome, event::Outcome::duplicate);
    clock_.advance(100h);
    EXPECT_THAT(due(), IsEmpty());
    EXPECT_EQ(read_everything().size(), 1U) << "nothing is said of a payment that nobody ever heard of";
}

TEST_P(StoreContractAliases, TheyAreForgottenAsPaymentsAreAndNotCountedAsOnes) {
    accept({with_merchant(succeeded("T1"), "order-17"), asked(registration("order-18", "3000.00"))});
    store::RetentionPolicy policy;
    policy.state_retention = 30min;
    clock_.advance(20min);
    accept_one(with_merchant(succeeded("T2"), "order-17"));
    clock_.advance(20min);
    EXPECT_EQ(maintain(policy).forgotten_payments, 1U);
    EXPECT_FALSE(payment("T1"));
    EXPECT_FALSE(payment("m order-18"));
    EXPECT_THAT(named("m order-17"), ElementsAre("T1", "T2")) << "it has changed since";
    EXPECT_THAT(due(), IsEmpty());
    accept_one(with_merchant(succeeded("T1"), "order-17"));
    EXPECT_THAT(named("m order-17"), ElementsAre("T1", "T2"));
    clock_.advance(100h);
    maintain(policy);
    EXPECT_EQ(maintain(policy).forgotten_payments, 0U);
    EXPECT_FALSE(payment("m order-17"));
}

/// Random batches of callbacks, registrations and repeats: every payment that carries an id has the sum that was
/// registered under it, and each contradiction was published once.
TEST_P(StoreContractAliases, WhateverTheOrderEachPaymentGetsWhatWasRegistered) {
    std::mt19937 random(3);
    std::map<std::string, std::string> carriers;
    std::vector<event::Candidate> all;
    for (int order = 0; order < 12; ++order) {
        const std::string merchant = "order-" + std::to_string(order);
        for (unsigned each = 0; each <= random() % 3; ++each) {
            const std::string reference = "T-" + std::to_string(order) + "-" + std::to_string(each);
            carriers.emplace(reference, merchant);
            all.push_back(asked(with_merchant(pending(reference), merchant)));
            all.push_back(asked(with_merchant(succeeded(reference), merchant)));
        }
        all.push_back(asked(registration(merchant, order % 2 == 0 ? "3000.00" : "3000.01")));
    }
    const auto repeated = all;
    all.insert(all.end(), repeated.begin(), repeated.end());
    std::shuffle(all.begin(), all.end(), random);
    while (!all.empty()) {
        const std::size_t size = std::min<std::size_t>(all.size(), 1 + random() % 9);
        accept({all.end() - static_cast<std::ptrdiff_t>(size), all.end()});
        all.resize(all.size() - size);
    }
    const auto log = read_everything();
    for (const auto& [reference, merchant] : carriers) {
        EXPECT_THAT(named("m " + merchant), testing::Contains(reference));
        const bool fits = (merchant.back() - '0') % 2 == 0;
        EXPECT_EQ(payment(reference)->state.expected_amount, kes(fits ? "3000.00" : "3000.01")) << reference;
        const auto of = [&, &name = reference](std::string_view type) {
            return std::ranges::count_if(
                log, [&](const store::LogEntry& entry) { return entry.reference == name && entry.type == type; });
        };
        EXPECT_EQ(of("payment.conflict") > 0, !fits) << reference;
        EXPECT_LE(of("payment.succeeded"), 1);
    }
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreContractAliases, testing::ValuesIn(engines()), name_of_engine);

}  // namespace tollgate::test
