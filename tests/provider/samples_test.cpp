// What holds for the samples of every provider: signed they are let in and understood, and no two are the same payment.
#include "support.hpp"

#include <set>

namespace tollgate::provider::test {
namespace {

/// A source with everything that the provider insists on.
SourceSettings settings_for(const ProviderEntry& entry, std::string_view key = secret) {
    SourceSettings made{"kenya", {std::string(key)}, {}};
    for (const SettingKey& needed : entry.settings) {
        if (!needed.required) continue;
        std::string value(needed.example);
        std::erase(value, '"');
        made.values.emplace_back(needed.name, std::move(value));
    }
    return made;
}

TEST(Samples, AreLetInOnceSignedAndUnderstood) {
    for (const ProviderEntry& entry : providers()) {
        const auto provider = entry.make(settings_for(entry)).value();
        EXPECT_EQ(provider->evidence(), entry.evidence);
        for (const std::string_view which : entry.samples) {
            const auto body = entry.sample(settings_for(entry), which);
            ASSERT_TRUE(body) << which;
            const auto candidates = normalised(*provider, *body);
            EXPECT_EQ(reason_unrecognised(candidates), "") << entry.name << " " << which;
            for (const event::Candidate& candidate : candidates) expect_sound(candidate, *body);
        }
    }
}

TEST(Samples, SignedAgainAreTheSameBytes) {
    for (const ProviderEntry& entry : providers())
        for (const std::string_view which : entry.samples) {
            const auto once = entry.sign(settings_for(entry), entry.sample(settings_for(entry), which).value()).value();
            const auto twice = entry.sign(settings_for(entry), once.body).value();
            EXPECT_EQ(twice.body, once.body) << entry.name << " " << which;
            EXPECT_EQ(twice.headers, once.headers) << entry.name << " " << which;
        }
}

TEST(Samples, OfAnotherSecretAreRefused) {
    for (const ProviderEntry& entry : providers()) {
        const auto provider = entry.make(settings_for(entry)).value();
        for (const std::string_view which : entry.samples) {
            const auto stranger = settings_for(entry, "another-secret-of-some-length");
            const Callback forged(entry.sign(stranger, entry.sample(settings_for(entry), which).value()).value());
            EXPECT_NE(refusal(*provider, forged), "") << entry.name << " " << which;
        }
    }
}

TEST(Samples, AreFreshEveryTime) {
    for (const ProviderEntry& entry : providers()) {
        const auto provider = entry.make(settings_for(entry)).value();
        std::set<std::string> references;
        for (int round = 0; round < 100; ++round)
            for (const std::string_view which : entry.samples)
                references.insert(
                    normalised(*provider, entry.sample(settings_for(entry), which).value()).front().facts.reference);
        EXPECT_EQ(references.size(), 100 * entry.samples.size()) << entry.name;
    }
}

TEST(Samples, AnUnknownNameIsAnsweredWithTheKnownOnes) {
    for (const ProviderEntry& entry : providers()) {
        const auto missing = entry.sample(settings_for(entry), "collection.failed");
        ASSERT_FALSE(missing);
        EXPECT_EQ(missing.error().code, core::Errc::not_found);
        for (const std::string_view which : entry.samples)
            EXPECT_NE(missing.error().message.find(which), std::string::npos) << which;
    }
}

}  // namespace
}  // namespace tollgate::provider::test
