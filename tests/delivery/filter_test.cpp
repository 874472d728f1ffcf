// Filter: patterns and the minimum of evidence.
#include <tollgate/delivery/filter.hpp>

#include <gtest/gtest.h>

namespace tollgate::delivery {
namespace {

using event::Evidence;
using event::Happening;

TEST(Matches, WithoutAStarOnlyItself) {
    EXPECT_TRUE(matches("payment.succeeded", "payment.succeeded"));
    EXPECT_FALSE(matches("payment.succeeded", "payment.succeede"));
    EXPECT_FALSE(matches("payment.succeede", "payment.succeeded"));
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("", "a"));
    EXPECT_FALSE(matches("a", ""));
    EXPECT_FALSE(matches("payment?succeeded", "payment.succeeded"));
    EXPECT_FALSE(matches("Payment.succeeded", "payment.succeeded"));
}

TEST(Matches, AStarStandsForAnyRun) {
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("*", "payment.succeeded"));
    EXPECT_TRUE(matches("payment.*", "payment.succeeded"));
    EXPECT_TRUE(matches("payment.*", "payment."));
    EXPECT_FALSE(matches("payment.*", "payment"));
    EXPECT_FALSE(matches("payment.*", "payout.succeeded"));
    EXPECT_TRUE(matches("*.succeeded", "payout.succeeded"));
    EXPECT_FALSE(matches("*.succeeded", "payout.succeeded.not"));
    EXPECT_TRUE(matches("p*t.s*d", "payment.succeeded"));
    EXPECT_TRUE(matches("*a*b*", "xxaxxbxx"));
    EXPECT_FALSE(matches("*a*b*", "xxbxxaxx"));
    EXPECT_TRUE(matches("*ab", "aaab"));
    EXPECT_TRUE(matches("**", "a"));
}

TEST(Matches, TakesNoExponentialTime) {
    const std::string text(5'000, 'a');
    std::string pattern;
    for (int i = 0; i < 50; ++i) pattern += "a*";
    EXPECT_FALSE(matches(pattern + "b", text));
}

store::LogEntry entry(Happening happening, Evidence evidence = Evidence::signature, std::string source = "kenya") {
    store::LogEntry made;
    made.type = event::type_of(event::Kind::payment, happening);
    made.source = std::move(source);
    made.happening = happening;
    made.evidence = evidence;
    return made;
}

TEST(Filter, WantsEverythingUnlessToldOtherwise) {
    const Filter filter;
    for (int happening = 0; happening <= static_cast<int>(Happening::unrecognised); ++happening) {
        EXPECT_TRUE(filter.wants(entry(static_cast<Happening>(happening), Evidence::ip)));
    }
}

TEST(Filter, NeedsOneTypeAndOneSourceToMatch) {
    Filter filter;
    filter.types = {"payment.succeeded", "payout.*"};
    filter.sources = {"ghana", "ken*"};
    EXPECT_TRUE(filter.wants(entry(Happening::succeeded)));
    EXPECT_FALSE(filter.wants(entry(Happening::failed)));
    EXPECT_FALSE(filter.wants(entry(Happening::succeeded, Evidence::signature, "uganda")));
    filter.sources = {};
    EXPECT_FALSE(filter.wants(entry(Happening::succeeded)));
}

TEST(Filter, AsksEvidenceOfFinalStatesOnly) {
    struct Row {
        Evidence evidence;
        bool signature;
        bool confirmed;
    };
    const Row rows[] = {
        {Evidence::signature, true, false},
        {Evidence::shared_secret, false, false},
        {Evidence::ip, false, false},
        {Evidence::requery, true, true},
        {Evidence::callback_and_requery, true, true},
        {Evidence::operator_decision, false, false},
    };
    Filter signature;
    signature.evidence = MinimumEvidence::signature;
    Filter confirmed;
    confirmed.evidence = MinimumEvidence::confirmed;
    for (const Row& row : rows) {
        for (const Happening final : {Happening::succeeded, Happening::failed, Happening::cancelled, Happening::expired,
                                      Happening::settled, Happening::reversed}) {
            EXPECT_EQ(signature.wants(entry(final, row.evidence)), row.signature) << to_string(row.evidence);
            EXPECT_EQ(confirmed.wants(entry(final, row.evidence)), row.confirmed) << to_string(row.evidence);
        }
        for (const Happening other : {Happening::pending, Happening::action_required, Happening::disputed,
                                      Happening::conflict, Happening::unresolved, Happening::unrecognised}) {
            EXPECT_TRUE(signature.wants(entry(other, row.evidence)));
            EXPECT_TRUE(confirmed.wants(entry(other, row.evidence)));
        }
    }
}

TEST(Filter, OfAnEventThatIsProvenBetterOnlyWhoWasNotContentBeforeWantsIt) {
    auto event = entry(Happening::succeeded, Evidence::callback_and_requery);
    event.raised_from = Evidence::shared_secret;
    Filter filter;
    EXPECT_FALSE(filter.wants(event)) << "it has it";
    filter.evidence = MinimumEvidence::signature;
    EXPECT_TRUE(filter.wants(event));
    filter.evidence = MinimumEvidence::confirmed;
    EXPECT_TRUE(filter.wants(event));

    event.raised_from = Evidence::signature;
    filter.evidence = MinimumEvidence::signature;
    EXPECT_FALSE(filter.wants(event));
    filter.evidence = MinimumEvidence::confirmed;
    EXPECT_TRUE(filter.wants(event));

    event.evidence = Evidence::signature;
    event.raised_from = Evidence::shared_secret;
    EXPECT_FALSE(filter.wants(event)) << "better, and not good enough";

    // What an operator has said, and the provider after it.
    event.raised_from = Evidence::operator_decision;
    EXPECT_FALSE(filter.wants(event));
    filter.evidence = MinimumEvidence::signature;
    EXPECT_TRUE(filter.wants(event));
    filter.evidence = MinimumEvidence::any;
    EXPECT_FALSE(filter.wants(event));
}

}  // namespace
}  // namespace tollgate::delivery
