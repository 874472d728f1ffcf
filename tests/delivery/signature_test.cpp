// WebhookSigner: the reference vector of Standard Webhooks, several secrets, and secrets that are none.
#include <tollgate/delivery/signature.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::delivery {
namespace {

constexpr const char* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

TEST(WebhookSigner, MakesTheReferenceSignature) {
    auto signer = WebhookSigner::create({secret});
    ASSERT_TRUE(signer);
    // Source: the test vector of the Standard Webhooks reference libraries.
    const std::string signature = signer->sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})");
    EXPECT_EQ(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    EXPECT_EQ(signer->sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"), signature);
}

TEST(WebhookSigner, SignsOnceForEachSecret) {
    const std::string other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    auto both = WebhookSigner::create({other, secret});
    auto first = WebhookSigner::create({other});
    auto second = WebhookSigner::create({secret});
    ASSERT_TRUE(both && first && second);
    EXPECT_EQ(both->sign("a", 1, "b"), first->sign("a", 1, "b") + " " + second->sign("a", 1, "b"));
}

TEST(WebhookSigner, EveryPartCounts) {
    auto signer = WebhookSigner::create({secret});
    ASSERT_TRUE(signer);
    const std::string signature = signer->sign("id", 1, "body");
    EXPECT_NE(signer->sign("ie", 1, "body"), signature);
    EXPECT_NE(signer->sign("id", 2, "body"), signature);
    EXPECT_NE(signer->sign("id", 1, "bodz"), signature);
}

TEST(WebhookSigner, RefusesWhatIsNoSecretWithoutTellingIt) {
    const std::string bad[] = {
        "",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",        // no prefix
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  // not this prefix
        "whsec_",                                  // no key
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa",    // 32 digits less two: no base64
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2Lf",      // 21 bytes
        "whsec_MfKQ9r8GKYqrTwj PD8ILPZIo2LaLaSw",  // white space
        "whsec_" + std::string(88, 'A'),           // 66 bytes
    };
    for (const std::string& text : bad) {
        const auto signer = WebhookSigner::create({secret, text});
        ASSERT_FALSE(signer) << text;
        EXPECT_EQ(signer.error().code, core::Errc::invalid_argument);
        EXPECT_THAT(signer.error().message, testing::Not(testing::HasSubstr("MfKQ")));
    }
    EXPECT_FALSE(WebhookSigner::create({}));
    EXPECT_TRUE(WebhookSigner::create({"whsec_" + core::to_base64(std::string(24, 'k'))}));
    EXPECT_TRUE(WebhookSigner::create({"whsec_" + core::to_base64(std::string(64, 'k'))}));
}

}  // namespace
}  // namespace tollgate::delivery
