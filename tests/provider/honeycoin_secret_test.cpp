// Who HoneyCoin lets in: the header's secret, byte by byte, and games with the header.
#include "support.hpp"

#include <algorithm>
#include <cctype>

namespace tollgate::provider::test {
namespace {

constexpr std::string_view header = "x-webhook-signature";
constexpr std::string_view body =
    R"({"event":"transaction_created","data":{"transactionId":"BeOfXV1NVIcZlsSVeQAF","status":"pending","type":"deposit"}})";

std::string refusal_of(Headers headers, std::vector<std::string> secrets = {std::string(secret)}) {
    const auto provider = make_provider("honeycoin", {}, std::move(secrets));
    const std::string why = refusal(*provider, Callback(std::move(headers), std::string(body)));
    EXPECT_EQ(why.find(secret), std::string::npos);
    return why;
}

std::string refusal_of_value(std::string_view value) {
    return refusal_of({{std::string(header), std::string(value)}});
}

TEST(HoneyCoinSecret, IsTheValueOfTheHeader) {
    EXPECT_EQ(refusal_of_value(secret), "");
    for (const std::string name : {"x-webhook-signature", "X-Webhook-Signature", "X-WEBHOOK-SIGNATURE"})
        EXPECT_EQ(refusal_of({{"content-type", "application/json"}, {name, std::string(secret)}}), "");
}

TEST(HoneyCoinSecret, RefusesEveryFlippedBit) {
    for (std::size_t bit = 0; bit < secret.size() * 8; ++bit) {
        std::string value(secret);
        value[bit / 8] = static_cast<char>(value[bit / 8] ^ (1 << (bit % 8)));
        ASSERT_NE(refusal_of_value(value), "") << "bit " << bit;
    }
}

TEST(HoneyCoinSecret, RefusesEverythingNearIt) {
    const std::string right(secret);
    std::string upper = right;
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    for (const std::string& wrong :
         {std::string(), std::string(" "), right + " ", " " + right, right + right, right + "," + right,
          right + ", " + right, right.substr(1), right.substr(0, right.size() - 1), upper, "Bearer " + right,
          '"' + right + '"', right + std::string(1, '\0'), signature_of(body), std::string(10'000, 's')})
        EXPECT_NE(refusal_of_value(wrong), "") << wrong;
}

TEST(HoneyCoinSecret, WantsTheHeaderExactlyOnce) {
    const std::string right(secret);
    const std::string name(header);
    EXPECT_NE(refusal_of({}), "");
    EXPECT_NE(refusal_of({{"x-webhook-signature2", right}}), "");
    EXPECT_NE(refusal_of({{"webhook-signature", right}}), "");
    EXPECT_NE(refusal_of({{"x-startbutton-signature", right}}), "");
    EXPECT_NE(refusal_of({{name, right}, {name, right}}), "");
    EXPECT_NE(refusal_of({{name, right}, {"X-Webhook-Signature", "wrong"}}), "");
    EXPECT_NE(refusal_of({{name, "wrong"}, {"X-Webhook-Signature", right}}), "");
    EXPECT_NE(refusal_of({{name, right}, {name, ""}}), "");
}

TEST(HoneyCoinSecret, AcceptsAnyConfiguredOne) {
    const std::vector<std::string> secrets{"the-next-secret", std::string(secret), "the-last-secret"};
    for (const std::string& good : secrets) EXPECT_EQ(refusal_of({{std::string(header), good}}, secrets), "") << good;
    EXPECT_NE(refusal_of({{std::string(header), "the-next-secre"}}, secrets), "");
    EXPECT_NE(refusal_of_value("the-next-secret"), "") << "one that was rotated out";
}

TEST(HoneyCoinSecret, SaysNothingAboutTheBody) {
    const auto provider = make_provider("honeycoin");
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte) every_byte.push_back(static_cast<char>(byte));
    for (const std::string& any : {std::string(), every_byte, std::string(1 << 20, 'x')}) {
        const auto candidates = normalised(*provider, any);
        EXPECT_NE(reason_unrecognised(candidates), "");
        EXPECT_EQ(candidates.front().journal.body, any);
    }
}

TEST(HoneyCoinSecret, IsRefusedWhereNoHeaderCouldCarryIt) {
    const ProviderEntry& entry = *find_provider("honeycoin");
    for (const std::string& wrong :
         {std::string("a secret\n"), std::string(" secret"), std::string("secret "), std::string("sec\tret"),
          std::string("sec\0ret", 7), std::string("secret\x7f"), std::string()}) {
        const auto made = entry.make({"kenya", {"good", wrong}, {}});
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, core::Errc::invalid_argument);
        EXPECT_TRUE(made.error().message.starts_with("secrets: ")) << made.error().message;
    }
    EXPECT_TRUE(entry.make({"kenya", {"a secret with blanks inside", "\xc3\xa9"}, {}}));
    EXPECT_FALSE(entry.make({"kenya", {}, {}}));
    EXPECT_FALSE(entry.sign({"kenya", {}, {}}, "{}"));
    EXPECT_FALSE(entry.sign({"kenya", {""}, {}}, "{}"));
    const auto setting = entry.make({"kenya", {"good"}, {{"currency", "KES"}}});
    ASSERT_FALSE(setting);
    EXPECT_EQ(setting.error().message, "currency: honeycoin has no settings");
}

TEST(HoneyCoinSecret, SigningAddsTheHeaderAndLeavesTheBody) {
    const auto request = find_provider("honeycoin")->sign({"kenya", {"first", "second"}, {}}, "as it is");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->body, "as it is");
    const Headers expected{{"content-type", "application/json"}, {std::string(header), "first"}};
    EXPECT_EQ(request->headers, expected);
}

TEST(HoneyCoinSecret, IsNowhereInWhatIsKept) {
    const auto provider = make_provider("honeycoin");
    std::string escaped;
    for (const char c : secret) {
        constexpr std::string_view digits = "0123456789abcdef";
        escaped += "\\u00";
        escaped += digits[static_cast<unsigned char>(c) >> 4];
        escaped += digits[static_cast<unsigned char>(c) & 15];
    }
    const std::string plain(secret);
    const std::vector<std::string> templates{
        R"({"event":"transaction_updated","data":{"transactionId":"t1","status":"failed","type":"deposit","note":"X"}})",
        R"({"event":"transaction_updated","data":{"transactionId":"t1","status":"failed","type":"deposit","note":"a X b"}})",
        R"({"event":"transaction_updated","data":{"transactionId":"X","status":"failed","type":"deposit"}})",
        R"({"event":"transaction_updated","data":{"transactionId":"t1","externalReference":"o-X","status":"pending","type":"deposit"}})",
        R"({"event":"transaction_updated","data":{"transactionId":"t1","status":"pending","type":"deposit","method":"X"}})",
        R"({"event":"transaction_updated","data":{"transactionId":"t1","status":"pending","type":"deposit","stepRequired":"redirect","redirectUrl":"https://a.example/?k=X"}})",
        R"({"event":"transaction_updated","data":{"transactionId":"t1","status":"pending","type":"deposit","stepRequired":"otp"},"timestamp":"X"})",
        R"({"event":"transaction_updated","data":{"transactionId":"t1","status":"successful","type":"deposit"},"headers":{"X-Webhook-Signature":"X"}})",
        R"({"event":"transaction_updated","data":{"transactionId":"t1","status":"successful","type":"deposit","X":["X",{"a":"X"}]}})",
        R"({"event":"X","data":{"transactionId":"t1","status":"X","type":"X"}})",
        R"(not JSON X)",
        R"({"event":"transaction_created","data":{"X":"X)",
    };
    for (const std::string& shape : templates)
        for (const std::string& spelling : {plain, escaped}) {
            std::string text = shape;
            for (auto at = text.find('X'); at != std::string::npos; at = text.find('X', at + 1)) {
                if (text.compare(at, 10, "X-Webhook-") == 0) continue;
                text.replace(at, 1, spelling);
                at += spelling.size();
            }
            for (const event::Candidate& candidate : normalised(*provider, text)) {
                const std::string kept = describe(candidate) + candidate.journal.body;
                EXPECT_EQ(kept.find(secret), std::string::npos) << kept;
                EXPECT_EQ(kept.find(escaped), std::string::npos) << kept;
                EXPECT_NE(candidate.journal.body.find("***"), std::string::npos) << kept;
                expect_sound(candidate, text);
            }
        }
}

}  // namespace
}  // namespace tollgate::provider::test
