// Every sample is signed, verified and normalised to what its name claims, with a reference of its own.
#include "support.hpp"

#include <map>

namespace tollgate::provider::test {
namespace {

const std::map<std::string_view, std::string_view> claims{
    {"collection.verified", "payment succeeded KES 3000"},
    {"collection.completed", "payment settled KES 3000"},
    {"topup.successful", "topup succeeded NGN 10000"},
    {"transfer.pending", "payout pending KES 1500"},
    {"transfer.successful", "payout succeeded KES 1500"},
    {"transfer.failed", "payout failed KES 1500"},
    {"transfer.reversed", "payout reversed KES 1500"},
    {"conversion.pending", "conversion pending KES 50000"},
    {"conversion.successful", "conversion succeeded KES 50000"},
    {"conversion.failed", "conversion failed KES 50000"},
    {"dispute.created", "payment disputed created"},
    {"dispute.declined", "payment disputed declined"},
    {"dispute.processed", "payment disputed processed"},
    {"underpayment", "payment succeeded NGN 4500 underpayment + payment conflict NGN 4500"},
    {"overpayment", "payment succeeded NGN 500 overpayment"},
};

TEST(StartbuttonSamples, MeanWhatTheyAreCalled) {
    const ProviderEntry& entry = *find_provider("startbutton");
    const auto provider = make_startbutton();
    EXPECT_EQ(entry.samples.size(), claims.size());
    for (const std::string_view which : entry.samples) {
        const auto found = claims.find(which);
        ASSERT_NE(found, claims.end()) << which;
        EXPECT_EQ(claim_of(normalised(*provider, entry.sample(kenya_settings, which).value())), found->second);
    }
}

TEST(StartbuttonSamples, CarryWhatSubscribersWant) {
    const ProviderEntry& entry = *find_provider("startbutton");
    const auto provider = make_startbutton();
    const auto collection =
        normalised(*provider, entry.sample(kenya_settings, "collection.verified").value()).front().facts;
    EXPECT_TRUE(collection.merchant_reference);
    EXPECT_EQ(collection.customer.email, "customer@example.com");
    EXPECT_TRUE(collection.occurred_at);
    const auto failed = normalised(*provider, entry.sample(kenya_settings, "transfer.failed").value()).front().facts;
    EXPECT_EQ(failed.customer.phone, "254710000000");
    EXPECT_TRUE(failed.reason);
    const auto dispute = normalised(*provider, entry.sample(kenya_settings, "dispute.created").value()).front().facts;
    EXPECT_TRUE(dispute.dispute->amount);
    EXPECT_TRUE(dispute.reason);
}

TEST(StartbuttonSamples, TheFirstIsTheOneWithoutAName) {
    const ProviderEntry& entry = *find_provider("startbutton");
    const auto provider = make_startbutton();
    EXPECT_EQ(entry.samples.front(), "collection.verified");
    EXPECT_EQ(claim_of(normalised(*provider, entry.sample(kenya_settings, {}).value())), "payment succeeded KES 3000");
}

}  // namespace
}  // namespace tollgate::provider::test
