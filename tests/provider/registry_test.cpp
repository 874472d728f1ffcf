// The table of providers, what making one checks, and the frame that every provider stands in.
#include "support.hpp"

#include <set>

namespace tollgate::provider::test {
namespace {

TEST(Registry, FindsProvidersByName) {
    std::set<std::string_view> names;
    for (const ProviderEntry& entry : providers()) {
        EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
        EXPECT_EQ(find_provider(entry.name), &entry);
        EXPECT_FALSE(entry.samples.empty());
    }
    EXPECT_TRUE(names.contains("startbutton"));
    EXPECT_EQ(find_provider("Startbutton"), nullptr);
    EXPECT_EQ(find_provider(""), nullptr);
    EXPECT_EQ(find_provider("paystack"), nullptr);
}

TEST(Registry, AProviderKnowsItsNameEvidenceAndAnswer) {
    const auto provider = make_startbutton();
    EXPECT_EQ(provider->name(), "startbutton");
    EXPECT_EQ(provider->evidence(), event::Evidence::signature);
    EXPECT_EQ(provider->acknowledgement(), R"({"status":"ok"})");
}

TEST(Registry, RefusesSecretsThatProveNothing) {
    const ProviderEntry& entry = *find_provider("startbutton");
    for (const std::vector<std::string>& secrets : {std::vector<std::string>{}, {""}, {"good", ""}}) {
        const auto made = entry.make({"kenya", secrets, {}});
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, core::Errc::invalid_argument);
        EXPECT_EQ(made.error().message.find("good"), std::string::npos);
    }
    EXPECT_FALSE(entry.sign({"kenya", {}, {}}, "{}"));
    EXPECT_FALSE(entry.sign({"kenya", {""}, {}}, "{}"));
}

TEST(Registry, RefusesSettingsThatAreUnknownOrWrong) {
    const ProviderEntry& entry = *find_provider("startbutton");
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"merchant_id", "17"},     {"exponents", "2"},       {"exponents.", "2"},      {"exponents.ugx", "2"},
        {"exponents.UGXX", "2"},   {"exponents.UGX", "7"},   {"exponents.UGX", "-1"},  {"exponents.UGX", "2.0"},
        {"exponents.UGX", ""},     {"exponents.UGX", "two"}, {"exponents.UGX.x", "2"}, {"", ""},
        {"exponents.UGX", "\xb2"}, {"Exponents.UGX", "2"}};
    for (const auto& [key, value] : wrong) {
        const auto made = entry.make({"kenya", {"secret"}, {{key, value}}});
        ASSERT_FALSE(made) << key << " " << value;
        EXPECT_EQ(made.error().code, core::Errc::invalid_argument);
        EXPECT_TRUE(made.error().message.starts_with(key + ": ")) << made.error().message;
    }
    EXPECT_TRUE(entry.make({"kenya", {"secret"}, {{"exponents.UGX", "0"}, {"exponents.TND", "3"}}}));
}

/// Verifies everything; understands nothing, in the two ways there are.
class Mute final : public Provider {
  public:
    explicit Mute(bool fails) : Provider({"mute-source", {}, {}}), fails_(fails) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "mute"; }
    [[nodiscard]] event::Evidence evidence() const noexcept override { return event::Evidence::shared_secret; }

  protected:
    [[nodiscard]] core::Result<void> check(const RawCallback& callback) override {
        if (callback.body == "refuse") return core::Error(core::Errc::malformed, "not today");
        return {};
    }
    [[nodiscard]] core::Result<std::vector<event::Candidate>> understand(
        const VerifiedCallback& /*callback*/) override {
        if (fails_) return core::Error(core::Errc::internal, "line one\nline two");
        return std::vector<event::Candidate>();
    }
    [[nodiscard]] std::string without_secrets(std::string_view body) const override {
        return std::string(body) + " cut";
    }

  private:
    bool fails_;
};

TEST(ProviderFrame, NothingUnderstoodIsAnUnrecognisedCallback) {
    for (const bool fails : {true, false}) {
        Mute mute(fails);
        const Callback callback({}, "body");
        const auto candidates = mute.normalise(mute.verify(callback.raw()).value());
        ASSERT_EQ(candidates.size(), 1U);
        const event::Candidate& candidate = candidates.front();
        EXPECT_EQ(candidate.transition.id(), "unrecognised");
        EXPECT_EQ(candidate.facts.reason->message, fails ? "line one line two" : "the callback says nothing");
        EXPECT_EQ(candidate.facts.source, "mute-source");
        EXPECT_EQ(candidate.facts.provider, "mute");
        EXPECT_EQ(candidate.facts.evidence, event::Evidence::shared_secret);
        EXPECT_EQ(candidate.facts.received_at, received_at);
        EXPECT_EQ(candidate.journal.body, "body cut");
        // Of the body as it came: the same callback is the same event, however its secrets are cut out.
        EXPECT_EQ(candidate.facts.reference, "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5");
    }
}

TEST(ProviderFrame, ARefusalIsAlwaysUnauthenticated) {
    Mute mute(false);
    const Callback callback({}, "refuse");
    const auto verified = mute.verify(callback.raw());
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, core::Errc::unauthenticated);
    EXPECT_EQ(verified.error().message, "not today");
}

TEST(ProviderFrame, AContentTypeIsKeptShortAndOnOneLine) {
    Mute mute(false);
    const std::string type = "text/plain\t" + std::string(1000, 'x');
    RawCallback raw{"POST", "/in/mute", {}, type, "body", received_at};
    const auto candidates = mute.normalise(mute.verify(raw).value());
    EXPECT_EQ(candidates.front().journal.content_type, "text/plain " + std::string(189, 'x'));
}

}  // namespace
}  // namespace tollgate::provider::test
