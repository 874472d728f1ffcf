// The documented callback, its signature, every way to tamper with it, and what each status means.
#include "unipesa_support.hpp"

#include <tollgate/core/crypto.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace tollgate::provider::test {
namespace {

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string out(text);
    const auto at = out.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return out.replace(at, what.size(), by);
}

TEST(UnipesaVectors, TheDocumentedCallbackIsASuccess) {
    const auto provider = make_unipesa();
    EXPECT_EQ(fate_of(*provider, seed_callback),
              "payment succeeded\n"
              "reference=16280954971628095497\n"
              "provider_reference=1234567\n"
              "network_reference=QR555RQ\n"
              "amount=? 100 no minor\n"
              "phone=0900000001\n"
              R"(details={"merchant_id":"e0fecd91fcb24f348048193b3fb34875ba3722b4","operation_type":17,"status":2,)"
              R"("provider_id":14,"destination_id":"","result":{"code":0,"message":"OK"}})"
              "\n");
}

/// The request example of the documentation, through sign(): the signature that PHP computed for it.
TEST(UnipesaVectors, TheDocumentedRequestGetsItsSignature) {
    const std::string request =
        R"({"merchant_id":"fffed61be9780b97c5e4c65e4e07bb6b","provider_id":10,"client_id":"254000000000","country":"KE",)"
        R"("order_id":"order_3444298767545","amount":1000,"currency":"KES","callback_url":"https://my.callback.url"})";
    EXPECT_NE(signed_body(request).find(
                  "\"signature\":\"a724c9ebe2b15fca52cf5ad427164db7acef0f7c3f4ea1b3c8a3d07706ac4c2e6d0125a452d86e220f5c"
                  "21686f6239434a490279e61641d33de5fb213e4ef8f2\"}"),
              std::string::npos);
}

TEST(UnipesaSign, ReplacesASignatureAndAddsAMissingOne) {
    EXPECT_EQ(signed_body(replaced(seed_callback, "9a229b2f", "00000000")), seed_callback);
    const std::string bare(seed_callback.substr(0, seed_callback.find(",\"signature\"")));
    EXPECT_EQ(signed_body(bare + "}"), seed_callback);
    const std::string odd = signed_body(" \n{\"signature\" : 1 , \"a\":2}\n");
    EXPECT_TRUE(odd.starts_with(" \n{\"signature\" : \"")) << odd;
    EXPECT_TRUE(odd.ends_with("\" , \"a\":2}\n")) << odd;
    EXPECT_TRUE(signed_body("{}").starts_with("{\"signature\":\""));
    EXPECT_TRUE(find_provider("unipesa")->sign(unipesa_settings(), "[1]").has_error());
    EXPECT_TRUE(find_provider("unipesa")->sign(unipesa_settings(), "no JSON").has_error());
}

TEST(UnipesaSignature, EveryFlippedBitIsRefused) {
    const auto provider = make_unipesa();
    const std::string genuine = fate_of(*provider, seed_callback);
    std::string body(seed_callback);
    std::size_t changed = 0;
    for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
        body[bit / 8] = static_cast<char>(body[bit / 8] ^ (1 << (bit % 8)));
        const std::string fate = fate_of(*provider, body);
        // White space is not signed, and none stands in the example: no flip may be believed.
        EXPECT_EQ(fate, "refused") << bit << " " << body;
        changed += fate != genuine ? 1 : 0;
        body[bit / 8] = static_cast<char>(body[bit / 8] ^ (1 << (bit % 8)));
    }
    EXPECT_EQ(changed, body.size() * 8);
}

TEST(UnipesaSignature, HasOneFormAndOnePlace) {
    const auto provider = make_unipesa();
    const std::string_view signature = seed_callback.substr(seed_callback.size() - 130, 128);
    const std::string member = ",\"signature\":\"" + std::string(signature) + "\"";
    std::string upper(signature);
    std::ranges::transform(upper, upper.begin(),
                           [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
    const std::map<std::string, std::string> others{
        {"missing", ""},
        {"empty", ",\"signature\":\"\""},
        {"null", ",\"signature\":null"},
        {"a number", ",\"signature\":1"},
        {"a list", ",\"signature\":[\"" + std::string(signature) + "\"]"},
        {"upper case", ",\"signature\":\"" + upper + "\""},
        {"shorter", ",\"signature\":\"" + std::string(signature.substr(1)) + "\""},
        {"longer", ",\"signature\":\"" + std::string(signature) + "0\""},
        {"with a space", ",\"signature\":\" " + std::string(signature) + "\""},
        {"twice", member + member},
        {"another name", replaced(member, "signature", "Signature")},
        {"SHA-256", ",\"signature\":\"" + std::string(signature.substr(0, 64)) + "\""},
    };
    for (const auto& [what, other] : others)
        EXPECT_EQ(fate_of(*provider, replaced(seed_callback, member, other)), "refused") << what;
    EXPECT_EQ(fate_of(*provider,
                      replaced(seed_callback, "\"message\":\"OK\"}" + member, "\"message\":\"OK\"" + member + "}")),
              "refused")
        << "inside the result";
    for (const std::string_view body : {"", "null", "[]", "\"x\"", "{}", "{", "{\"signature\":\"\"}"})
        EXPECT_EQ(fate_of(*provider, body), "refused") << body;
}

TEST(UnipesaSignature, AnyOfTheSecretsMatchesAndNoOther) {
    auto settings = unipesa_settings();
    settings.secrets = {"another-secret-of-the-merchant", std::string(unipesa_secret)};
    EXPECT_TRUE(is_believed(fate_of(*make_unipesa(settings), seed_callback)));
    settings.secrets = {"another-secret-of-the-merchant"};
    EXPECT_EQ(fate_of(*make_unipesa(settings), seed_callback), "refused");
}

TEST(UnipesaSignature, IsNotBelievedForAnotherMerchant) {
    EXPECT_EQ(
        fate_of(*make_unipesa(unipesa_settings({{"merchant_id", "fffed61be9780b97c5e4c65e4e07bb6b"}})), seed_callback),
        "refused");
}

/// What the platform's code does to numbers is not documented: all three casts are tried, and the signed text is what
/// counts.
TEST(UnipesaSignature, CoversNumbersHoweverTheyWereCast) {
    const auto provider = make_unipesa();
    const std::string body =
        replaced(seed_callback.substr(0, seed_callback.find(",\"signature\"")), ":100,", ":100.50,");
    const auto signed_as = [&](std::string_view amount) {
        std::string text =
            "merchant_ide0fecd91fcb24f348048193b3fb34875ba3722b4operation_type17customer_id0900000001amount" +
            std::string(amount) +
            "order_id16280954971628095497transaction_id1234567transaction_refQR555RQstatus2provider_id14destination_"
            "idresult.code0"
            "result.messageOK";
        core::Hmac mac(core::HashAlgorithm::sha512, unipesa_secret);
        return fate_of(*provider, body + ",\"signature\":\"" + core::to_hex(mac.sign(text)) + "\"}");
    };
    EXPECT_NE(signed_as("100.5").find("amount=? 100.5 "), std::string::npos);
    EXPECT_NE(signed_as("100.50").find("amount=? 100.50 "), std::string::npos);
    EXPECT_EQ(signed_as("100.500"), "refused");
}

TEST(UnipesaEvents, StatusAndOperationTypeDecide) {
    const auto provider = make_unipesa();
    const auto claim = [&](std::string_view type, std::string_view status) {
        std::string body = replaced(seed_callback, ":17,", ":" + std::string(type) + ",");
        const std::string fate =
            fate_of(*provider, signed_body(replaced(body, "\"status\":2", "\"status\":" + std::string(status))));
        return fate.substr(0, fate.find('\n'));
    };
    const std::map<std::string, std::string> meanings{
        {"-1", "pending"},  {"0", "pending"}, {"1", "pending"}, {"2", "succeeded"}, {"3", "failed"},
        {"4", "cancelled"}, {"5", "pending"}, {"6", "pending"}, {"7", "pending"},   {"\"2\"", "succeeded"}};
    for (const auto& [status, meaning] : meanings) {
        EXPECT_EQ(claim("17", status), "payment " + meaning);
        EXPECT_EQ(claim("16", status), "payout " + meaning);
    }
    EXPECT_EQ(claim("17", "8"), "unrecognised: an unknown status: 8");
    EXPECT_EQ(claim("17", "22"), "unrecognised: an unknown status: 22");
    EXPECT_EQ(claim("18", "2"), "unrecognised: an unknown operation_type: 18");
    for (const std::string status : {"2.5", "true", "null", "\"\"", "\"success\"", "200"})
        EXPECT_EQ(claim("17", status), "unrecognised: signed, but not as documented: a value that status cannot have")
            << status;
}

TEST(UnipesaEvents, AFailureKeepsItsReason) {
    const auto provider = make_unipesa();
    const std::string failed =
        replaced(replaced(seed_callback, "\"status\":2", "\"status\":3"), R"({"code":0,"message":"OK"})",
                 R"({"code":10305,"message":"Insufficient amount"})");
    const std::string fate = fate_of(*provider, signed_body(failed));
    EXPECT_NE(fate.find("reason.code=10305\nreason.message=Insufficient amount\n"), std::string::npos) << fate;
}

TEST(UnipesaEvents, TheCurrencyIsTheCallbacksOrTheSources) {
    const std::string with_currency =
        signed_body(replaced(seed_callback, R"("amount":100,)", R"("amount":"100.00","currency":"UGX",)"));
    EXPECT_NE(fate_of(*make_unipesa(), with_currency).find("amount=UGX 100.00 minor 100\n"), std::string::npos);
    const auto kenyan =
        make_unipesa(unipesa_settings({{"merchant_id", std::string(unipesa_merchant)}, {"currency", "KES"}}));
    EXPECT_NE(fate_of(*kenyan, seed_callback).find("amount=KES 100.00 minor 10000\n"), std::string::npos);
    EXPECT_NE(fate_of(*kenyan, with_currency).find("amount=UGX 100.00 minor 100\n"), std::string::npos);
}

TEST(UnipesaSettings, SayWhatWouldBeRight) {
    const ProviderEntry& entry = *find_provider("unipesa");
    const auto message = [&](std::vector<std::string> secrets, Values values) {
        return entry.make({"kenya", std::move(secrets), std::move(values)}).error().message;
    };
    EXPECT_EQ(message({"s"}, {}), "merchant_id: your merchant id at the platform");
    EXPECT_EQ(message({"s"}, {{"merchant_id", "a b"}}), "merchant_id: 1 to 64 letters, digits and hyphens");
    EXPECT_EQ(message({"s"}, {{"merchant_id", "a"}, {"currency", "kes"}}),
              "currency: three capital letters, as in KES");
    EXPECT_EQ(message({"s"}, {{"merchant_id", "a"}, {"public_id", "1"}}),
              "public_id: unipesa has no such setting; it has merchant_id and currency");
    EXPECT_EQ(message({}, {{"merchant_id", "a"}}), "secrets: unipesa needs one");
    EXPECT_EQ(message({""}, {{"merchant_id", "a"}}), "secrets: unipesa needs one");
    EXPECT_EQ(message({"s", ""}, {{"merchant_id", "a"}}), "secrets: one of them is empty");
}

TEST(UnipesaSamples, MeanWhatTheyAreCalled) {
    const std::map<std::string_view, std::string_view> claims{
        {"c2b.success", "payment succeeded"},   {"c2b.in_progress", "payment pending"},
        {"c2b.initiated", "payment pending"},   {"c2b.failed", "payment failed"},
        {"c2b.cancelled", "payment cancelled"}, {"c2b.undefined", "payment pending"},
        {"c2b.verbose", "payment succeeded"},   {"b2c.success", "payout succeeded"},
        {"b2c.in_progress", "payout pending"},  {"b2c.failed", "payout failed"},
    };
    const auto provider = make_unipesa();
    const ProviderEntry& entry = *find_provider("unipesa");
    EXPECT_EQ(entry.samples.size(), claims.size());
    std::set<std::string> references;
    for (const std::string_view which : entry.samples)
        for (int round = 0; round < 20; ++round) {
            const std::string body = entry.sample(unipesa_settings(), which).value();
            const std::string fate = fate_of(*provider, signed_body(body));
            EXPECT_EQ(fate.substr(0, fate.find('\n')), claims.at(which)) << body;
            references.insert(fate.substr(fate.find("reference="), 30));
        }
    EXPECT_EQ(references.size(), 20 * claims.size());
    EXPECT_EQ(entry.sample(unipesa_settings(), "c2b.unknown").error().code, core::Errc::not_found);
    EXPECT_EQ(entry.sample({"kenya", {"s"}, {}}, {}).error().code, core::Errc::invalid_argument);
}

}  // namespace
}  // namespace tollgate::provider::test
