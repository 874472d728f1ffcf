// What HoneyCoin's callbacks mean, fact by fact: the documented samples, repaired, and every trap in them.
#include "support.hpp"

#include <map>

namespace tollgate::provider::test {
namespace {

std::string meaning(std::string_view body) {
    const auto provider = make_provider("honeycoin");
    return meaning_of(*provider, body);
}

/// An update of a deposit with more members in `data`.
std::string update(std::string_view status, std::string_view more = {},
                   std::string_view timestamp = R"("2024-10-03T16:33:14.600Z")") {
    std::string body = R"({"event":"transaction_updated","data":{"transactionId":"BeOfXV1NVIcZlsSVeQAF","status":")";
    body.append(status).append(R"(","type":"deposit","externalReference":"test","method":"momo")").append(more);
    return body.append(R"(},"timestamp":)").append(timestamp).append("}");
}

event::Candidate only(std::string_view body) {
    const auto provider = make_provider("honeycoin");
    auto candidates = normalised(*provider, body);
    EXPECT_EQ(candidates.size(), 1U);
    EXPECT_EQ(candidates.front().journal.body, body);
    return candidates.front();
}

std::string why(std::string_view body) {
    return reason_unrecognised({only(body)});
}

TEST(HoneyCoinEvents, CreatedIsPending) {
    EXPECT_EQ(
        meaning(
            R"({"event":"transaction_created","data":{"transactionId":"BeOfXV1NVIcZlsSVeQAF","status":"pending","type":"deposit","externalReference":"test"},"timestamp":"2024-10-03T16:33:14.600Z"})"),
        "payment pending\n"
        "reference=BeOfXV1NVIcZlsSVeQAF\n"
        "merchant_reference=test\n"
        "occurred_at=2024-10-03T16:33:14.600Z\n"
        R"(details={"event":"transaction_created","status":"pending","type":"deposit"})"
        "\n");
}

TEST(HoneyCoinEvents, SuccessfulIsSucceededWithTheNetworksReference) {
    EXPECT_EQ(meaning(update("successful", R"(,"thirdPartReference":"TEQTEYRU")", R"("ISO-8601 timestamp")")),
              "payment succeeded\n"
              "reference=BeOfXV1NVIcZlsSVeQAF\n"
              "merchant_reference=test\n"
              "network_reference=TEQTEYRU\n"
              "method=momo\n"
              R"(details={"event":"transaction_updated","status":"successful","type":"deposit",)"
              R"("timestamp":"ISO-8601 timestamp"})"
              "\n");
}

TEST(HoneyCoinEvents, FailedSaysWhy) {
    EXPECT_EQ(meaning(update("failed", R"(,"note":"User could not be reached by stk")", R"("ISO-8601 timestamp")")),
              "payment failed\n"
              "reference=BeOfXV1NVIcZlsSVeQAF\n"
              "merchant_reference=test\n"
              "method=momo\n"
              "reason.message=User could not be reached by stk\n"
              R"(details={"event":"transaction_updated","status":"failed","type":"deposit",)"
              R"("timestamp":"ISO-8601 timestamp"})"
              "\n");
    EXPECT_FALSE(only(update("failed")).facts.reason);
    EXPECT_FALSE(only(update("failed", R"(,"note":" ")")).facts.reason);
    EXPECT_FALSE(only(update("successful", R"(,"note":"TFH174NFSJ Confirmed.")")).facts.reason);
}

TEST(HoneyCoinEvents, AnOtpIsAnActionOfItsTime) {
    EXPECT_EQ(meaning(update("pending", R"(,"stepRequired":"otp")", R"("ISO-8601 timestamp")")),
              "payment action:otp::a1fc48f1f9b12937\n"
              "reference=BeOfXV1NVIcZlsSVeQAF\n"
              "merchant_reference=test\n"
              "method=momo\n"
              "action=otp\n"
              R"(details={"event":"transaction_updated","status":"pending","type":"deposit",)"
              R"("timestamp":"ISO-8601 timestamp"})"
              "\n");
}

TEST(HoneyCoinEvents, ARedirectIsAnActionWithItsAddress) {
    EXPECT_EQ(meaning(update("pending", R"(,"stepRequired":"redirect","redirectUrl":"https://test.com/")")),
              "payment action:redirect:997744ed83a92fee:2024-10-03T16:33:14.600Z\n"
              "reference=BeOfXV1NVIcZlsSVeQAF\n"
              "merchant_reference=test\n"
              "method=momo\n"
              "action=redirect\n"
              "action.url=https://test.com/\n"
              "occurred_at=2024-10-03T16:33:14.600Z\n"
              R"(details={"event":"transaction_updated","status":"pending","type":"deposit"})"
              "\n");
}

TEST(HoneyCoinEvents, AStepToldTwiceIsOneTransitionAndAnotherTimeAnother) {
    const auto id = [](std::string_view step, std::string_view time) {
        return only(update("pending", step, time)).transition.id();
    };
    constexpr std::string_view otp = R"(,"stepRequired":"otp")";
    constexpr std::string_view here = R"(,"stepRequired":"redirect","redirectUrl":"https://test.com/1")";
    constexpr std::string_view there = R"(,"stepRequired":"redirect","redirectUrl":"https://test.com/2")";
    constexpr std::string_view morning = R"("2024-10-03T06:00:00Z")";
    EXPECT_EQ(id(otp, morning), id(otp, morning));
    EXPECT_NE(id(otp, morning), id(otp, R"("2024-10-03T06:00:01Z")"));
    EXPECT_NE(id(otp, morning), id(here, morning));
    EXPECT_NE(id(here, morning), id(there, morning));
    EXPECT_EQ(id(otp, "null"), "action:otp::");
    EXPECT_EQ(id(otp, "1727937194"), "action:otp::1727937194");
    EXPECT_EQ(id(otp, R"("a\nb")"), "action:otp::7e18f737311b2dc3");
    EXPECT_EQ(id(otp, '"' + std::string(500, 't') + '"'), "action:otp::662d0824b47b864b");
}

TEST(HoneyCoinEvents, ARedirectLeadsOnlyToTheWeb) {
    const auto url = [](std::string_view value) {
        const auto candidate =
            only(update("pending", R"(,"stepRequired":"redirect","redirectUrl":)" + std::string(value)));
        return candidate.facts.action ? candidate.facts.action->url.value_or("none") : "not understood";
    };
    for (const std::string good : {"https://test.com", "http://test.com:8080/a?b=c&d=%20", "https://test.com/#/pay?x=1",
                                   "HTTPS://test.com/", "https://[::1]/"})
        EXPECT_EQ(url('"' + good + '"'), good);
    for (const std::string bad : {"\"javascript:alert(1)\"",
                                  R"("data:text/html,x")",
                                  R"("ftp://test.com/")",
                                  R"("test.com")",
                                  R"("/pay")",
                                  R"("//test.com/")",
                                  R"("")",
                                  R"("https://")",
                                  R"("https://user:password@test.com/")",
                                  R"("https://test.com/a b")",
                                  R"("https://test.com/\n")",
                                  R"(" https://test.com/")",
                                  R"("https://test.com/<script>")",
                                  R"("https://test.com/\"onload=x")",
                                  R"("https://test.com/\\")",
                                  R"("https://test.com/#\u0000")",
                                  R"("https://t\u00e9st.com/")",
                                  "null",
                                  "17",
                                  "[]",
                                  "{}",
                                  "true"})
        EXPECT_EQ(url(bad), "not understood") << bad;
    EXPECT_EQ(url("\"https://test.com/" + std::string(2048, 'a') + '"'), "not understood");
    EXPECT_EQ(why(update("pending", R"(,"stepRequired":"redirect")")),
              "a redirect whose redirectUrl is no http or https address");
    const auto otp = only(update("pending", R"(,"stepRequired":"otp","redirectUrl":"https://test.com/")"));
    EXPECT_FALSE(otp.facts.action->url) << "an otp needs no address";
    EXPECT_NE(otp.facts.details.find("redirectUrl"), std::string::npos);
}

TEST(HoneyCoinEvents, AStepThatIsUnknownIsNotGuessed) {
    for (const std::string_view step :
         {R"("pin")", R"("")", R"("none")", R"("otp,redirect")", "true", "false", "0", R"(["otp"])", R"({"otp":true})"})
        EXPECT_EQ(why(update("pending", R"(,"stepRequired":)" + std::string(step))),
                  "a stepRequired that is not documented")
            << step;
    EXPECT_EQ(only(update("pending", R"(,"stepRequired":null)")).transition.id(), "pending");
    EXPECT_EQ(only(update("pending", R"(,"stepRequired":"OTP")", "null")).transition.id(), "action:otp::");
}

TEST(HoneyCoinEvents, AStepBesideAnEndIsOver) {
    for (const std::string_view step : {"otp", "redirect", "something"}) {
        const std::string more = R"(,"stepRequired":")" + std::string(step) + "\"";
        EXPECT_EQ(only(update("successful", more)).transition.id(), "succeeded");
        EXPECT_EQ(only(update("failed", more)).transition.id(), "failed");
        EXPECT_FALSE(only(update("failed", more)).facts.action);
    }
}

TEST(HoneyCoinEvents, TheTypeTellsTheKind) {
    const auto kind = [](const std::string& type) {
        const auto candidate = only(R"({"event":"transaction_updated","data":{"transactionId":"t1","type":)" + type +
                                    R"(,"status":"successful"}})");
        return candidate.transition.name == event::TransitionName::unrecognised
                   ? std::string("?")
                   : std::string(event::to_string(candidate.facts.kind));
    };
    EXPECT_EQ(kind(R"("deposit")"), "payment");
    EXPECT_EQ(kind(R"("withdrawal")"), "payout");
    EXPECT_EQ(kind(R"("offramp")"), "conversion");
    EXPECT_EQ(kind(R"("onramp")"), "conversion");
    for (const std::string type : {R"("deposits")", R"("refund")", R"("")", "null", "1", "[]", R"(["deposit"])"})
        EXPECT_EQ(kind(type), "?") << type;
}

TEST(HoneyCoinEvents, TheStatusDecidesAndAnUnknownOneIsNotGuessed) {
    EXPECT_EQ(only(update("SUCCESSFUL")).transition.id(), "succeeded") << "as the status API writes it";
    for (const std::string_view status :
         {"success", "completed", "reversed", "expired", "cancelled", "", "success ful"})
        EXPECT_EQ(why(update(status)), "a status that is not documented") << status;
    for (const std::string_view status : {"null", "1", "true", "[]", R"(["failed"])"})
        EXPECT_NE(why(R"({"event":"transaction_updated","data":{"transactionId":"t1","type":"deposit","status":)" +
                      std::string(status) + "}}"),
                  "")
            << status;
    const auto created =
        only(R"({"event":"transaction_created","data":{"transactionId":"t1","status":"failed","type":"deposit"}})");
    EXPECT_EQ(created.transition.id(), "failed");
}

TEST(HoneyCoinEvents, OtherEventsAreNotUnderstood) {
    for (const std::string_view name : {R"("transaction_deleted")", R"("Transaction_updated")", R"("")", "null", "[]",
                                        "1", R"("transaction_updated ")"})
        EXPECT_EQ(why(R"({"event":)" + std::string(name) +
                      R"(,"data":{"transactionId":"t1","status":"failed","type":"deposit"}})"),
                  "the event is neither transaction_created nor transaction_updated")
            << name;
}

TEST(HoneyCoinEvents, NoAmountAndNoCurrencyIsEverTaken) {
    const auto facts = only(update("successful", R"(,"amount":25,"currency":"KES")")).facts;
    EXPECT_FALSE(facts.amount);
    EXPECT_NE(facts.details.find(R"("amount":25,"currency":"KES")"), std::string::npos);
}

TEST(HoneyCoinEvents, TheNetworksReferenceHasTwoSpellings) {
    const auto network = [](std::string_view more) {
        return only(update("successful", more)).facts.network_reference.value_or("none");
    };
    EXPECT_EQ(network(R"(,"thirdPartyReference":"TFH1")"), "TFH1");
    EXPECT_EQ(network(R"(,"thirdPartReference":"TFH2","thirdPartyReference":"TFH1")"), "TFH2");
    EXPECT_EQ(network(R"(,"thirdPartReference":null,"thirdPartyReference":"TFH1")"), "TFH1");
    EXPECT_EQ(network(R"(,"thirdPartReference":"a b")"), "none");
    EXPECT_EQ(network(""), "none");
}

TEST(HoneyCoinEvents, TimesComeWithVaryingOffsets) {
    const auto time = [](std::string_view timestamp) {
        const auto at = only(update("successful", "", timestamp)).facts.occurred_at;
        return at ? core::format_rfc3339(*at) : "none";
    };
    EXPECT_EQ(time(R"("2025-06-17T01:16:44+03:00")"), "2025-06-16T22:16:44.000Z");
    EXPECT_EQ(time(R"("2025-01-14T12:13:59+00:00")"), "2025-01-14T12:13:59.000Z");
    EXPECT_EQ(time(R"("2025-01-14T12:13:59-05:30")"), "2025-01-14T17:43:59.000Z");
    for (const std::string_view none : {R"("ISO-8601 timestamp")", R"("2025-01-14")", "1736856839", "null", "[]"})
        EXPECT_EQ(time(none), "none") << none;
}

TEST(HoneyCoinEvents, ReferencesThatAreNone) {
    for (const std::string_view reference : {"null", "17", "\"\"", "\"a b\"", "\"t\\n1\"", "\"\\u00e9\"", "[]", "{}"})
        EXPECT_EQ(why(R"({"event":"transaction_updated","data":{"status":"failed","type":"deposit","transactionId":)" +
                      std::string(reference) + "}}"),
                  "transactionId is missing or not a reference")
            << reference;
    const auto facts =
        only(
            R"({"event":"transaction_updated","data":{"transactionId":"t1","status":"failed","type":"deposit","externalReference":"order 17"}})")
            .facts;
    EXPECT_FALSE(facts.merchant_reference);
    EXPECT_NE(facts.details.find(R"("externalReference":"order 17")"), std::string::npos);
}

TEST(HoneyCoinEvents, BodiesOfAnotherShape) {
    for (
        const std::string_view body :
        {"", "null", "[]", "{}", "hello", R"({"event":"transaction_updated"})",
         R"({"event":"transaction_updated","data":[]})", R"({"event":"transaction_updated","data":null})",
         R"({"event":"transaction_created","data":{"transactionId":"t1","status":"pending","type":"deposit",}})",
         R"({'event':'transaction_created'})", R"([{"event":"transaction_created"}])",
         R"({"event":"transaction_created","data":{"transactionId":"t1","transactionId":"t2","status":"pending","type":"deposit"}})",
         R"({"event":"transaction_created","data":{"transactionId":"t1","status":"pending","status":"successful","type":"deposit"}})"})
        EXPECT_NE(why(body), "") << body;
}

const std::map<std::string_view, std::string_view> claims{
    {"deposit.pending", "payment pending"},        {"deposit.otp", "payment action"},
    {"deposit.redirect", "payment action"},        {"deposit.successful", "payment succeeded"},
    {"deposit.failed", "payment failed"},          {"withdrawal.pending", "payout pending"},
    {"withdrawal.successful", "payout succeeded"}, {"withdrawal.failed", "payout failed"},
    {"offramp.pending", "conversion pending"},     {"offramp.successful", "conversion succeeded"},
    {"offramp.failed", "conversion failed"},       {"onramp.pending", "conversion pending"},
    {"onramp.successful", "conversion succeeded"}, {"onramp.failed", "conversion failed"},
};

TEST(HoneyCoinSamples, MeanWhatTheyAreCalled) {
    const ProviderEntry& entry = *find_provider("honeycoin");
    const auto provider = make_provider("honeycoin");
    EXPECT_EQ(entry.samples.size(), claims.size());
    for (const std::string_view which : entry.samples) {
        const auto found = claims.find(which);
        ASSERT_NE(found, claims.end()) << which;
        const auto candidates = normalised(*provider, entry.sample(kenya_settings, which).value());
        EXPECT_EQ(claim_of(candidates), found->second);
        const event::Facts& facts = candidates.front().facts;
        EXPECT_TRUE(facts.merchant_reference && facts.occurred_at) << which;
        EXPECT_EQ(facts.network_reference.has_value(), which.ends_with("successful")) << which;
        EXPECT_EQ(facts.reason.has_value(), which.ends_with("failed")) << which;
    }
}

TEST(HoneyCoinTraps, TenThousandMutationsNeitherCrashNorVanish) {
    const auto provider = make_provider("honeycoin");
    const ProviderEntry& entry = *find_provider("honeycoin");
    std::mt19937_64 random(20261122);
    std::size_t understood = 0;
    for (int round = 0; round < 10'000; ++round) {
        const std::string_view which = entry.samples[static_cast<std::size_t>(random() % entry.samples.size())];
        const std::string body = mutated(entry.sample(kenya_settings, which).value(), random);
        const auto candidates = normalised(*provider, body);
        ASSERT_EQ(candidates.size(), 1U);
        expect_sound(candidates.front(), body);
        if (reason_unrecognised(candidates).empty()) ++understood;
    }
    EXPECT_GT(understood, 500U);
    EXPECT_LT(understood, 9'500U);
}

}  // namespace
}  // namespace tollgate::provider::test
