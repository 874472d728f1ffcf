// Ids that name payments, and registrations that find theirs by one: in either order, once, and compared as ever.
#include "waiting_fixture.hpp"

#include <tollgate/event/alias.hpp>

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace tollgate::event {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Types = std::vector<std::string>;

/// What a store keeps of one source: payments and aliases by name.
class Ledger {
  public:
    Decision take(Candidate candidate) {
        if (has_terms_) candidate.terms = terms_;
        if (const auto alias = registered_alias(candidate)) return take_registration(*alias, candidate);
        const PaymentState* const current = find(candidate.facts.reference);
        std::vector<AliasRecord> records;
        for (const Alias& alias : unlinked(current, candidate)) {
            const PaymentState* const state = find(name_of(alias));
            records.push_back({alias, state ? std::optional(*state) : std::nullopt});
        }
        Decision decision =
            records.empty() ? decide(current, candidate, now_) : decide_and_link(current, candidate, records, now_);
        for (AliasRecord& record : records) keep(name_of(record.alias), std::move(record.state));
        keep(candidate.facts.reference, decision.next);
        publish(decision);
        return decision;
    }
    Decision callback(const std::string& reference, std::optional<std::string> merchant,
                      TransitionName name = TransitionName::succeeded, std::string_view amount = "3000.00") {
        Candidate candidate = with_amount(report(name), amount);
        candidate.facts.reference = reference;
        candidate.facts.merchant_reference = std::move(merchant);
        candidate.facts.received_at = now_;
        return take(std::move(candidate));
    }
    Candidate registration(std::string merchant, std::optional<Money> amount) const {
        Candidate candidate = with_evidence(report(TransitionName::expected), Evidence::operator_decision);
        candidate.facts.reference.clear();
        candidate.facts.merchant_reference = std::move(merchant);
        candidate.facts.expected_amount = std::move(amount);
        candidate.facts.received_at = now_;
        return candidate;
    }
    void expect(std::string merchant, std::optional<Money> amount) {
        take(registration(std::move(merchant), std::move(amount)));
    }
    /// An answer to a question about the alias that names no payment.
    Decision no_report(const std::string& alias, bool definite, std::string_view result = "unknown") {
        Candidate candidate = with_evidence(report(TransitionName::answered), Evidence::requery);
        candidate.facts.reference = alias;
        candidate.answer = Answer{{now_, Purpose::outcome, std::string(result), "said so"}, definite, now_ + 1h, {}};
        return take(std::move(candidate));
    }

    void pass(std::chrono::milliseconds time) { now_ += time; }
    void nobody_asks() { has_terms_ = false; }
    Terms& terms() { return terms_; }
    [[nodiscard]] core::WallTime now() const { return now_; }
    [[nodiscard]] const PaymentState* find(const std::string& name) const {
        const auto found = kept_.find(name);
        return found == kept_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] const PaymentState& at(const std::string& name) const { return kept_.at(name); }
    [[nodiscard]] std::vector<std::string> named(const std::string& alias) const {
        std::vector<std::string> references;
        for (const NamedPayment& each : at(alias).named) references.push_back(each.reference);
        return references;
    }
    [[nodiscard]] Types types(const std::string& reference) const {
        const auto found = published_.find(reference);
        return found == published_.end() ? Types{} : found->second;
    }
    [[nodiscard]] const std::map<std::string, PaymentState>& kept() const { return kept_; }
    [[nodiscard]] const std::vector<Event>& events() const { return events_; }

  private:
    Decision take_registration(const Alias& alias, const Candidate& candidate) {
        AliasRegistration registration = register_under_alias(find(name_of(alias)), candidate, now_);
        keep(name_of(alias), std::move(registration.next));
        for (const Candidate& each : registration.for_payments) take(each);
        return {};
    }
    void keep(const std::string& name, std::optional<PaymentState> state) {
        if (!state) return;
        EXPECT_EQ(unpack(pack(*state)).value(), *state);
        kept_.insert_or_assign(name, std::move(*state));
    }
    void publish(const Decision& decision) {
        for (const Event& event : decision.events) {
            published_[event.facts.reference].emplace_back(to_string(event.happening));
            events_.push_back(event);
        }
    }

    core::WallTime now_ = noon;
    Terms terms_ = usual_terms();
    bool has_terms_ = true;
    std::map<std::string, PaymentState> kept_;
    std::map<std::string, Types> published_;
    std::vector<Event> events_;
};

TEST(Alias, NamesAreNoReferencesAndLeadBack) {
    for (const AliasKind kind : {AliasKind::merchant, AliasKind::provider, AliasKind::network}) {
        const Alias alias{kind, "order-17"};
        EXPECT_EQ(alias_of(name_of(alias)), alias);
        EXPECT_TRUE(is_alias(name_of(alias)));
        EXPECT_FALSE(valid_reference(name_of(alias)));
    }
    EXPECT_EQ(name_of({AliasKind::merchant, "order-17"}), "m order-17");
    for (const std::string_view name : {"", "m", "m ", "order-17", "x order", "m a b", "m: 1"})
        EXPECT_FALSE(alias_of(name)) << name;
    EXPECT_FALSE(is_alias("order-17"));
}

TEST(Alias, OnlyWhatCouldBeAReferenceNames) {
    Facts facts;
    facts.merchant_reference = "Invoice 17";
    facts.provider_reference = std::string(129, 'x');
    facts.network_reference = "RB12";
    EXPECT_THAT(aliases_of(facts), ElementsAre(Alias{AliasKind::network, "RB12"}));
}

TEST(Alias, APaymentIsLinkedOnce) {
    Ledger ledger;
    EXPECT_EQ(text(ledger.callback("T1", "order-17")), "accepted succeeded");
    EXPECT_THAT(ledger.named("m order-17"), ElementsAre("T1"));
    const auto kept = ledger.kept();
    const Decision repeat = ledger.callback("T1", "order-17");
    EXPECT_FALSE(repeat.next) << "a repeat writes nothing";
    EXPECT_EQ(ledger.kept(), kept);
}

TEST(Alias, AnIdThatComesLaterIsLinkedThen) {
    Ledger ledger;
    ledger.callback("T1", std::nullopt, TransitionName::pending);
    EXPECT_EQ(ledger.find("m order-17"), nullptr);
    ledger.callback("T1", "order-17", TransitionName::pending);
    EXPECT_THAT(ledger.named("m order-17"), ElementsAre("T1"));
    EXPECT_THAT(ledger.types("T1"), ElementsAre("pending"));
}

TEST(Alias, KindsAreToldApart) {
    Ledger ledger;
    Candidate candidate = report(TransitionName::succeeded);
    candidate.facts.reference = "T1";
    candidate.facts.provider_reference = "17";
    ledger.take(candidate);
    ledger.expect("17", money("9"));
    EXPECT_TRUE(ledger.at("m 17").expectation);
    EXPECT_FALSE(ledger.at("T1").expected_amount);
}

TEST(Alias, BothAreBounded) {
    Ledger ledger;
    for (int number = 0; number < 20; ++number) ledger.callback("T" + std::to_string(number), "order-17");
    EXPECT_EQ(ledger.named("m order-17").size(), max_named);
    EXPECT_EQ(ledger.named("m order-17").back(), "T19") << "the latest are kept";
    for (int number = 0; number < 20; ++number) ledger.callback("T0", "other-" + std::to_string(number));
    EXPECT_EQ(ledger.at("T0").links.size(), max_links);
    EXPECT_FALSE(ledger.callback("T0", "other-19").next);
}

TEST(Alias, OfACallbackThatNobodyUnderstoodNothingIsLinked) {
    Candidate candidate = report(TransitionName::unrecognised);
    candidate.facts.merchant_reference = "order-17";
    EXPECT_THAT(unlinked(nullptr, candidate), IsEmpty());
}

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

TEST(Alias, TheFirstSumCountsUntilAPaymentHasComeOfIt) {
    Ledger ledger;
    ledger.expect("order-17", std::nullopt);
    ledger.expect("order-17", money("3000.00"));
    ledger.pass(1s);
    ledger.expect("order-17", money("4000.00"));
    EXPECT_EQ(ledger.at("m order-17").expected_amount, money("3000.00"));
    ledger.callback("T1", "order-17");
    EXPECT_THAT(ledger.types("T1"), ElementsAre("succeeded"));
    // The next month.
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
