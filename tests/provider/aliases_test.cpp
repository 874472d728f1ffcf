// Which ids beside the reference a provider's entry says that it carries, and can be asked by: what is so.
#include "support.hpp"

#include <tollgate/event/alias.hpp>

#include <array>

namespace tollgate::provider::test {
namespace {

using event::AliasKind;
constexpr std::array kinds{AliasKind::merchant, AliasKind::provider, AliasKind::network};

/// With everything that the provider insists on.
Values example_values(std::span<const SettingKey> keys) {
    Values values;
    for (const SettingKey& key : keys) {
        std::string value(key.example);
        std::erase_if(value, [](char c) { return c == '"' || c == '$' || c == '{' || c == '}'; });
        if (key.required) values.emplace_back(key.name, std::move(value));
    }
    return values;
}

StatusSubject subject_by(AliasKind kind) {
    StatusSubject subject;
    if (kind == AliasKind::merchant) subject.merchant_reference = "order-17";
    if (kind == AliasKind::provider) subject.provider_reference = "order-17";
    return subject;
}

TEST(Aliases, OfEachProviderAreThoseThatItsSamplesCarry) {
    for (const ProviderEntry& entry : providers()) {
        const Values values = example_values(entry.settings);
        const auto provider = make_provider(entry.name, values);
        const SourceSettings settings{"kenya", {std::string(secret)}, values};
        event::AliasKinds carried;
        for (const std::string_view which : entry.samples) {
            for (const auto& candidate : normalised(*provider, entry.sample(settings, which).value())) {
                for (const event::Alias& alias : event::aliases_of(candidate.facts)) {
                    EXPECT_TRUE(entry.aliases.has(alias.kind)) << entry.name << " " << to_string(alias.kind);
                    if (alias.kind == AliasKind::merchant) carried.merchant = true;
                    if (alias.kind == AliasKind::provider) carried.provider = true;
                    if (alias.kind == AliasKind::network) carried.network = true;
                }
            }
        }
        for (const AliasKind kind : kinds) {
            EXPECT_EQ(entry.aliases.has(kind), carried.has(kind)) << entry.name << " " << to_string(kind);
        }
    }
}

TEST(Aliases, AProviderCanBeAskedByThoseThatItsEntryNames) {
    for (const ProviderEntry& entry : providers()) {
        const auto api =
            entry.status.make({"kenya", example_values(entry.settings), example_values(entry.status.credentials), {}});
        ASSERT_TRUE(api) << entry.name << ": " << api.error().message;
        for (const AliasKind kind : kinds) {
            EXPECT_EQ((*api)->ask(subject_by(kind), received_at).has_value(), entry.status.asked_by.has(kind))
                << entry.name << " " << to_string(kind);
            EXPECT_TRUE(!entry.status.asked_by.has(kind) || entry.aliases.has(kind))
                << entry.name << ": its answer has to carry the id that was asked for";
        }
    }
}

}  // namespace
}  // namespace tollgate::provider::test
