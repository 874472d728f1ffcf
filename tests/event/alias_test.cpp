// Ids that name payments: which do, once, and how many.
#include "ledger.hpp"

#include <gmock/gmock.h>

namespace tollgate::event {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

TEST(Alias, OfOneThatDoesNotLinkNothingIsLinked) {
    Candidate candidate = report(TransitionName::succeeded);
    candidate.facts.merchant_reference = "order-17";
    ASSERT_EQ(unlinked(nullptr, candidate).size(), 1U);
    candidate.links = false;
    EXPECT_THAT(unlinked(nullptr, candidate), IsEmpty());
}

}  // namespace
}  // namespace tollgate::event
