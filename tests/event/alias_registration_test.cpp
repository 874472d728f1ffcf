// Registrations that find their payment by another id: in either order, once, and compared as ever.
#include "ledger.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace tollgate::event {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Sums {
    std::string expected;
    std::string currency;
    Types before;  ///< published when the registration comes first
    Types after;   ///< when the callback does
};

/// Under an alias as under the reference, in either order.
TEST(Alias, SumsAreComparedAsUnderTheReference) {
    const std::vector<Sums> all{
        {"3000.00", "KES", {"succeeded"}, {"succeeded"}},
        {"3000.01", "KES", {"conflict"}, {"succeeded", "conflict"}},
        {"3000.00", "UGX", {"conflict"}, {"succeeded", "conflict"}},
        {"2999.00", "KES", {"succeeded", "conflict"}, {"succeeded", "conflict"}},
    };
    for (const Sums& sums : all) {
        Ledger first;
        first.expect("order-17", money(sums.expected, sums.currency));
        first.callback("T1", "order-17");
        EXPECT_EQ(first.types("T1"), sums.before) << sums.expected << sums.currency;
        Ledger second;
        second.callback("T1", "order-17");
        second.expect("order-17", money(sums.expected, sums.currency));
        EXPECT_EQ(second.types("T1"), sums.after) << sums.expected << sums.currency;
        for (Ledger* ledger : {&first, &second}) {
            EXPECT_EQ(ledger->at("T1").expected_amount, money(sums.expected, sums.currency));
            const auto types = ledger->types("T1");
            ledger->callback("T1", "order-17");
            ledger->expect("order-17", money(sums.expected, sums.currency));
            EXPECT_EQ(ledger->types("T1"), types) << "said once";
        }
        // The same under the reference.
        Asked asked;
        asked.expect(money(sums.expected, sums.currency));
        const Decision decision = asked.take(with_amount(report(TransitionName::succeeded), "3000.00"));
        Types types;
        for (const Event& event : decision.events) types.emplace_back(to_string(event.happening));
        EXPECT_EQ(types, sums.before);
    }
}

TEST(Alias, TimesPassOver) {
    Ledger ledger;
    ledger.terms().first_after = 20min;
    ledger.expect("order-17", std::nullopt);
    ledger.terms().first_after = 3min;
    EXPECT_EQ(ledger.at("m order-17").expectation->due, noon + 20min);
    ledger.pass(5min);
    ledger.callback("T1", "order-17", TransitionName::pending);
    const auto& expectation = ledger.at("T1").expectation;
    ASSERT_TRUE(expectation);
    EXPECT_EQ(expectation->purpose, Purpose::outcome);
    EXPECT_EQ(expectation->due, noon + 20min);
    EXPECT_EQ(expectation->since, noon) << "giving up counts from the registration";
    EXPECT_FALSE(ledger.at("m order-17").expectation) << "it is the payment's now";
    EXPECT_THAT(ledger.types("T1"), ElementsAre("pending"));
}

Candidate payout(Candidate registration) {
    registration.facts.kind = Kind::payout;
    return registration;
}

TEST(Alias, TheKindPassesOver) {
    Ledger ledger;
    ledger.take(payout(ledger.registration("order-17", money("3000.00"))));
    EXPECT_EQ(ledger.at("m order-17").kind, Kind::payout) << "it is asked about as such";
    Candidate own = ledger.own_registration("T1", std::nullopt);
    own.facts.merchant_reference = "order-17";
    ledger.take(own);
    EXPECT_EQ(ledger.at("T1").kind, Kind::payout) << "which of its registrations said so does not matter";
    ledger.callback("T2", "order-17");
    EXPECT_EQ(ledger.at("T2").kind, Kind::payment) << "the provider knows better";
}

TEST(Alias, TheKindIsThatOfTheRegistrationThatCounts) {
    std::vector<Candidate> all;
    Ledger times;
    all.push_back(times.registration("order-17", money("3000.00")));
    all.push_back(payout(all[0]));
    times.pass(1min);
    all.push_back(times.registration("order-17", money("20.00")));
    for (const std::vector<std::size_t>& order : std::vector<std::vector<std::size_t>>{{0, 1}, {1, 0}}) {
        Ledger ledger;
        for (const std::size_t each : order) ledger.take(all[each]);
        EXPECT_EQ(ledger.at("m order-17").kind, Kind::payout) << "in whichever order they come";
        ledger.take(all[2]);
        EXPECT_EQ(ledger.at("m order-17").kind, Kind::payment) << "another attempt under the same id";
        ledger.take(all[1]);
        EXPECT_EQ(ledger.at("m order-17").kind, Kind::payment);
    }
}

TEST(Alias, ARegistrationOfAnotherKindChangesNothingThatWasHeard) {
    Ledger ledger;
    ledger.callback("T1", "order-17");
    ledger.take(payout(ledger.registration("order-17", money("3000.00"))));
    EXPECT_EQ(ledger.at("T1").kind, Kind::payment);
}

TEST(Alias, EachPaymentThatCarriesItGetsIt) {
    Ledger ledger;
    ledger.expect("order-17", money("3000.00"));
    ledger.callback("T1", "order-17", TransitionName::failed);
    ledger.callback("T2", "order-17", TransitionName::succeeded, "20.00");
    EXPECT_THAT(ledger.types("T1"), ElementsAre("failed"));
    EXPECT_THAT(ledger.types("T2"), ElementsAre("conflict"));
    EXPECT_EQ(ledger.at("T2").expected_amount, money("3000.00"));

    Ledger late;
    late.callback("T1", "order-17", TransitionName::pending);
    late.callback("T2", "order-17", TransitionName::succeeded, "20.00");
    late.expect("order-17", money("3000.00"));
    EXPECT_EQ(late.at("T1").expected_amount, money("3000.00"));
    EXPECT_THAT(late.types("T2"), ElementsAre("succeeded", "conflict"));
}

TEST(Alias, TheNewestSumCountsForPaymentsThatAreHeardOfAfterIt) {
    Ledger ledger;
    ledger.expect("order-17", std::nullopt);
    ledger.expect("order-17", money("3000.00"));
    ledger.pass(1s);
    ledger.expect("order-17", money("4000.00"));
    EXPECT_EQ(ledger.at("m order-17").expected_amount, money("4000.00")) << "no payment has come of the other";
    ledger.callback("T1", "order-17", TransitionName::succeeded, "4000.00");
    EXPECT_THAT(ledger.types("T1"), ElementsAre("succeeded"));
    ledger.pass(1s);
    ledger.expect("order-17", money("5000.00"));
    EXPECT_THAT(ledger.types("T1"), ElementsAre("succeeded")) << "it keeps what it got";
    EXPECT_EQ(ledger.at("T1").expected_amount, money("4000.00"));
    ledger.callback("T2", "order-17", TransitionName::succeeded, "5000.00");
    EXPECT_THAT(ledger.types("T2"), ElementsAre("succeeded"));
}

TEST(Alias, ASumThatIsNamedAfterAPaymentWithoutOneIsReplacedToo) {
    Ledger ledger;
    ledger.callback("T1", "order-17");
    ledger.pass(1s);
    ledger.expect("order-17", money("3000.00"));
    ledger.pass(1s);
    ledger.expect("order-17", money("4000.00"));
    EXPECT_EQ(ledger.at("T1").expected_amount, money("3000.00"));
    ledger.callback("T2", "order-17", TransitionName::succeeded, "4000.00");
    EXPECT_THAT(ledger.types("T2"), ElementsAre("succeeded"));
}

TEST(Alias, AnIdIsUsedAgainTheNextMonth) {
    Ledger ledger;
    ledger.expect("order-17", money("3000.00"));
    ledger.callback("T1", "order-17");
    const Candidate old = ledger.registration("order-17", money("3000.00"));
    ledger.pass(std::chrono::hours(24 * 30));
    ledger.expect("order-17", money("4000.00"));
    EXPECT_THAT(ledger.types("T1"), ElementsAre("succeeded")) << "it is not about a payment of last month";
    EXPECT_TRUE(ledger.at("m order-17").expectation) << "but about one to come";
    ledger.take(old);
    EXPECT_EQ(ledger.at("m order-17").expected_amount, money("4000.00")) << "what is old is handed over again";
    ledger.callback("T2", "order-17", TransitionName::succeeded, "4000.00");
    EXPECT_THAT(ledger.types("T2"), ElementsAre("succeeded"));
}

TEST(Alias, WhoRepeatsAnOlderRegistrationDoesNotOvertakeTheNewerOne) {
    Ledger ledger;
    const core::WallTime first = ledger.now();
    const auto initiated = [&](core::WallTime at, std::string_view amount) {
        Candidate registration = ledger.registration("order-17", money(amount));
        registration.facts.occurred_at = at;
        ledger.take(registration);
    };
    initiated(first, "3000.00");
    ledger.pass(30min);
    initiated(ledger.now(), "2500.00");
    ledger.pass(1min);
    initiated(first, "3000.00");  // its answer had not come, so it is sent again
    ledger.callback("T2", "order-17", TransitionName::succeeded, "2500.00");
    EXPECT_THAT(ledger.types("T2"), ElementsAre("succeeded"));
}

/// However the nodes, and their spools, hand them over.
TEST(Alias, WhichSumCountsDependsOnTheRegistrationsAndNotOnTheirOrder) {
    const Ledger at;
    std::vector<Candidate> all;
    for (const auto& [digits, seconds] : {std::pair{"3000.00", 0}, {"4000.00", 2}, {"", 1}, {"", 3}, {"2000.00", 2}}) {
        all.push_back(at.registration("order-17", *digits != 0 ? std::optional(money(digits)) : std::nullopt));
        all.back().facts.received_at += std::chrono::seconds{seconds};
    }
    std::vector<std::size_t> order{0, 1, 2, 3, 4};
    std::optional<PaymentState> before;
    do {
        Ledger ledger;
        for (const std::size_t each : order) ledger.take(all[each]);
        const PaymentState kept = ledger.at("m order-17");
        EXPECT_EQ(kept.expected_amount, money("4000.00"));
        EXPECT_EQ(before.value_or(kept), kept);
        before = kept;
        for (const Candidate& each : all) ledger.take(each);
        EXPECT_EQ(ledger.at("m order-17"), kept) << "said again, nothing changes";
    } while (std::ranges::next_permutation(order).found);
}

TEST(Alias, APaymentThatIsOlderThanTheInitiationIsNotMeant) {
    Ledger ledger;
    ledger.callback("T1", "order-17");
    ledger.pass(30min);
    Candidate registration = ledger.registration("order-17", money("9.00"));
    registration.facts.occurred_at = ledger.now() - 10min;
    ledger.take(registration);
    EXPECT_THAT(ledger.types("T1"), ElementsAre("succeeded"));
    EXPECT_THAT(payments_meant(ledger.at("m order-17"), registration.facts), IsEmpty());
    registration.facts.occurred_at = ledger.now() - 30min;
    ledger.take(registration);
    EXPECT_THAT(ledger.types("T1"), ElementsAre("succeeded", "conflict"));
    EXPECT_THAT(payments_meant(ledger.at("m order-17"), registration.facts), ElementsAre("T1"));
}

TEST(Alias, ASecondAttemptUnderTheSameIdIsAwaitedThoughTheFirstIsStillMeant) {
    Ledger ledger;
    ledger.callback("T1", "order-17", TransitionName::failed);
    ledger.pass(3min);
    Candidate registration = ledger.registration("order-17", money("3000.00"));
    registration.facts.occurred_at = ledger.now();
    ledger.take(registration);
    EXPECT_THAT(payments_meant(ledger.at("m order-17"), registration.facts), ElementsAre("T1"));
    EXPECT_TRUE(ledger.at("m order-17").expectation) << "nothing of it has been heard of yet";
}

TEST(Alias, WhatWaitsIsHeldForConfirmationAsEver) {
    Ledger ledger;
    ledger.terms().confirm = Confirm::weak;
    ledger.expect("order-17", money("3000.00"));
    Candidate weak = with_evidence(with_amount(report(TransitionName::succeeded), "20.00"), Evidence::shared_secret);
    weak.facts.reference = "T1";
    weak.facts.merchant_reference = "order-17";
    EXPECT_EQ(ledger.take(weak).outcome, Outcome::held);
    EXPECT_EQ(ledger.at("T1").expectation->purpose, Purpose::confirmation);
    EXPECT_EQ(ledger.at("T1").expected_amount, money("3000.00"));
    EXPECT_THAT(ledger.types("T1"), IsEmpty());
}

TEST(Alias, AnAnswerAboutItMakesThePayment) {
    Ledger ledger;
    ledger.expect("order-17", money("3000.00"));
    ledger.pass(3min);
    Candidate answer = with_evidence(with_amount(report(TransitionName::succeeded), "20.00"), Evidence::requery);
    answer.facts.reference = "T1";
    answer.facts.merchant_reference = "order-17";
    answer.answer = Answer{{ledger.now(), Purpose::outcome, "reported", "paid"}, true, ledger.now() + 1h, {}};
    EXPECT_THAT(text(ledger.take(answer)), "conflict conflict");
    EXPECT_EQ(ledger.at("T1").questions.size(), 1U);
    EXPECT_THAT(ledger.named("m order-17"), ElementsAre("T1"));
    EXPECT_FALSE(ledger.at("m order-17").expectation);
}

TEST(Alias, ItLapsesAfterItsTimeAndThreeAnswersAndNothingIsPublished) {
    Ledger ledger;
    ledger.expect("order-17", money("3000.00"));
    ledger.pass(3min);
    ledger.no_report("m order-17", true);
    EXPECT_EQ(ledger.at("m order-17").expectation->due, ledger.now() + 1h);
    for (int hour = 0; hour < 24; ++hour) {
        ledger.pass(1h);
        ledger.no_report("m order-17", false, "failed");
    }
    ledger.pass(1h);
    EXPECT_EQ(ledger.no_report("m order-17", true).outcome, Outcome::duplicate);
    ledger.pass(1h);
    ledger.no_report("m order-17", true);
    ledger.pass(1h);
    EXPECT_TRUE(ledger.at("m order-17").expectation);
    EXPECT_EQ(ledger.no_report("m order-17", true).outcome, Outcome::lapsed);
    EXPECT_FALSE(ledger.at("m order-17").expectation);
    EXPECT_THAT(ledger.events(), IsEmpty());
    // What comes after all is compared.
    ledger.callback("T1", "order-17", TransitionName::succeeded, "20.00");
    EXPECT_THAT(ledger.types("T1"), ElementsAre("conflict"));
}

TEST(Alias, WhereNobodyCanBeAskedItIsLookedAtTwice) {
    Ledger ledger;
    ledger.expect("order-17", money("3000.00"));
    ledger.pass(3min);
    EXPECT_EQ(ledger.no_report("m order-17", false, result_not_askable).outcome, Outcome::duplicate);
    EXPECT_EQ(ledger.at("m order-17").expectation->due, noon + 24h);
    const Ledger waiting = ledger;
    ledger.pass(24h);
    EXPECT_EQ(ledger.no_report("m order-17", false, result_not_askable).outcome, Outcome::lapsed);
    // A payment that comes meanwhile is asked about at its own pace, not at the end of waiting.
    Ledger other = waiting;
    other.callback("T1", "order-17", TransitionName::pending);
    EXPECT_EQ(other.at("T1").expectation->due, other.now() + 3min);
}

TEST(Alias, WithoutAnybodyToAskOnlyTheSumWaits) {
    Ledger ledger;
    ledger.nobody_asks();
    ledger.expect("order-17", money("3000.01"));
    EXPECT_FALSE(ledger.at("m order-17").expectation);
    ledger.callback("T1", "order-17");
    EXPECT_THAT(ledger.types("T1"), ElementsAre("conflict"));
}

/// Whatever comes in whatever order, and however often: what is published of each payment is what the registration
/// under its reference would have made of it, and a repeat of all of it adds nothing.
TEST(Alias, AnyOrderAndRepeats) {
    std::mt19937 random(5);
    for (int round = 0; round < 500; ++round) {
        Ledger ledger;
        std::vector<Candidate> all;
        const std::string paid = random() % 2 == 0 ? "3000.00" : "20.00";
        for (const std::string reference : {"T1", "T2"}) {
            for (const auto name : {TransitionName::pending, TransitionName::succeeded}) {
                Candidate candidate = with_amount(report(name), paid);
                candidate.facts.reference = reference;
                if (name == TransitionName::succeeded || random() % 2 == 0)
                    candidate.facts.merchant_reference = "order-17";
                all.push_back(candidate);
            }
        }
        all.push_back(ledger.registration("order-17", money("3000.00")));
        std::shuffle(all.begin(), all.end(), random);
        for (const Candidate& each : all) {
            ledger.take(each);
            if (random() % 3 == 0) ledger.take(each);
            ledger.pass(std::chrono::seconds{random() % 100});
        }
        const std::size_t published = ledger.events().size();
        for (const Candidate& each : all) ledger.take(each);
        EXPECT_EQ(ledger.events().size(), published);
        for (const std::string reference : {"T1", "T2"}) {
            EXPECT_EQ(ledger.at(reference).expected_amount, money("3000.00"));
            const auto types = ledger.types(reference);
            EXPECT_EQ(std::ranges::count(types, "conflict") > 0, paid == "20.00") << round;
            EXPECT_LE(std::ranges::count(types, "succeeded"), 1);
            EXPECT_LE(std::ranges::count(types, "pending"), 1);
        }
        EXPECT_FALSE(ledger.at("m order-17").expectation);
    }
}

}  // namespace
}  // namespace tollgate::event
