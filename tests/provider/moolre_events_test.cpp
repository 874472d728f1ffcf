// What Moolre's callbacks mean, fact by fact, in every shape, and every trap in them.
#include "support.hpp"

#include <map>

namespace tollgate::provider::test {
namespace {

constexpr std::string_view fields =
    R"("payer":"233240000000","accountnumber":"100000000001","amount":"25.00","value":"24.75","transactionid":"31772222","externalref":"order-17","thirdpartyref":"TP-9")";
constexpr std::string_view facts_text =
    "reference=order-17\n"
    "provider_reference=31772222\n"
    "network_reference=TP-9\n"
    "amount=GHS 25.00 minor 2500\n"
    "phone=233240000000\n";

std::string meaning(std::string_view body) {
    const auto provider = make_provider("moolre");
    return meaning_of(*provider, body);
}

event::Candidate only(std::string_view body) {
    const auto provider = make_provider("moolre");
    auto candidates = normalised(*provider, body);
    EXPECT_EQ(candidates.size(), 1U);
    return candidates.front();
}

std::string why(std::string_view body) {
    return reason_unrecognised({only(body)});
}

/// The documented shape with these members of `data`.
std::string with_data(std::string_view data, std::string_view around = {}) {
    return R"({"status":1,"code":"P01","message":"Transaction Successful")" + std::string(around) + R"(,"data":{)" +
           std::string(data) + R"(,"secret":"x","ts":"2024-06-18 10:00:00"}})";
}

std::string paid(std::string_view more) {
    return with_data(R"("txstatus":1,"externalref":"t1")" + std::string(more));
}

TEST(MoolreEvents, TheDocumentedShape) {
    EXPECT_EQ(meaning(with_data(R"("txstatus":1,)" + std::string(fields), R"(,"go":null)")),
              "payment succeeded\n" + std::string(facts_text) +
                  R"(details={"accountnumber":"100000000001","value":"24.75","ts":"2024-06-18 10:00:00","status":1,)"
                  R"("code":"P01","message":"Transaction Successful","go":null})"
                  "\n");
}

TEST(MoolreEvents, TheShapeWithSecretAndTimeBesideTheData) {
    EXPECT_EQ(meaning(R"({"status":1,"data":{"txtstatus":1,)" + std::string(fields) +
                      R"(},"secret":"x","ts":"2024-06-18 10:00:00"})"),
              "payment succeeded\n" + std::string(facts_text) +
                  R"(details={"accountnumber":"100000000001","value":"24.75","status":1,"ts":"2024-06-18 10:00:00"})"
                  "\n");
}

TEST(MoolreEvents, TheFlatShape) {
    EXPECT_EQ(meaning(R"({"txstatus":"1",)" + std::string(fields) + R"(,"secret":"x","ts":"2024-06-18 10:00:00"})"),
              "payment succeeded\n" + std::string(facts_text) +
                  R"(details={"accountnumber":"100000000001","value":"24.75","ts":"2024-06-18 10:00:00"})"
                  "\n");
}

TEST(MoolreEvents, Forms) {
    const std::string expected =
        "payment succeeded\n" + std::string(facts_text) +
        R"(details={"accountnumber":"100000000001","value":"24.75","ts":"2024-06-18 10:00:00"})"
        "\n";
    EXPECT_EQ(
        meaning("txstatus=1&payer=233240000000&accountnumber=100000000001&amount=25.00&value=24.75&"
                "transactionid=31772222&externalref=order-17&thirdpartyref=TP-9&secret=x&ts=2024-06-18+10%3A00%3A00"),
        expected);
    EXPECT_EQ(meaning("data[txstatus]=1&data[payer]=233240000000&data[accountnumber]=100000000001&data[amount]=25.00&"
                      "data[value]=24.75&data[transactionid]=31772222&data%5Bexternalref%5D=order-17&"
                      "data[thirdpartyref]=TP-9&data[secret]=x&data[ts]=2024-06-18%2010:00:00"),
              expected);
    EXPECT_EQ(only("txstatus=2&externalref=t1&message[0]=a&message[1]=b&secret=x").facts.reason->message, "a; b");
    EXPECT_NE(why("txstatus=1&externalref=t1&amount=1&amount=2&secret=x"), "")
        << "repeated, so kept but not understood";
    EXPECT_NE(why("txstatus=1&externalref=t1&data=1&data[x]=2&secret=x"), "");
}

TEST(MoolreEvents, OnlyTxstatusCounts) {
    const auto transition = [](std::string_view status) {
        return only(with_data(R"("externalref":"t1","txstatus":)" + std::string(status))).transition.id();
    };
    for (const std::string_view one : {"1", "\"1\"", "1.0"}) EXPECT_EQ(transition(one), "succeeded") << one;
    for (const std::string_view zero : {"0", "\"0\"", "0.0"}) EXPECT_EQ(transition(zero), "pending") << zero;
    for (const std::string_view two : {"2", "\"2\"", "2.0"}) EXPECT_EQ(transition(two), "failed") << two;
    for (const std::string_view other :
         {"3", "-1", "10", "1e0", "1.00", "1.5", "-0", "\"\"", "\" 1\"", "\"1 \"", "\"1.0\"", "\"01\"", "\"success\"",
          "\"3\"", "true", "false", "[1]", "{}", "[]"}) {
        const std::string body = with_data(R"("externalref":"t1","txstatus":)" + std::string(other));
        EXPECT_EQ(why(body), "a txstatus that is not documented") << other;
    }
    EXPECT_EQ(why(with_data(R"("externalref":"t1")")), "txstatus is missing") << "whatever status and code say";
    EXPECT_EQ(why(with_data(R"("externalref":"t1","txstatus":null)")), "txstatus is missing");
    EXPECT_EQ(only(R"({"status":0,"code":"FAIL","message":"no","data":{"txstatus":1,"externalref":"t1"},"secret":"x"})")
                  .transition.id(),
              "succeeded");
}

TEST(MoolreEvents, TwoSpellingsThatContradictAreNotGuessed) {
    EXPECT_EQ(only(with_data(R"("externalref":"t1","txstatus":1,"txtstatus":"1")")).transition.id(), "succeeded");
    EXPECT_EQ(only(with_data(R"("externalref":"t1","txstatus":null,"txtstatus":2)")).transition.id(), "failed");
    EXPECT_EQ(why(with_data(R"("externalref":"t1","txstatus":1,"txtstatus":2)")),
              "txstatus and txtstatus contradict each other");
    EXPECT_EQ(why(with_data(R"("externalref":"t1","txstatus":1,"txtstatus":"what")")),
              "a txtstatus that is not documented");
}

TEST(MoolreEvents, WhatIsThereTwiceAndDiffersIsNotGuessed) {
    for (const std::string_view name :
         {"txstatus", "externalref", "transactionid", "thirdpartyref", "amount", "payer"}) {
        const std::string member = "\"" + std::string(name) + "\":";
        const std::string data =
            R"("txstatus":1,"externalref":"1","transactionid":"1","thirdpartyref":"1","amount":"1","payer":"1")";
        EXPECT_EQ(why(with_data(data, "," + member + "\"2\"")), std::string(name) + " is there twice, and differs");
        EXPECT_EQ(why(with_data(data, "," + member + "null")), "") << name;
    }
    EXPECT_EQ(why(with_data(R"("txstatus":1,"externalref":"t1")", R"(,"externalref":"t1")")), "");
}

TEST(MoolreEvents, AmountsAreInMajorUnits) {
    const auto amount = [](std::string_view value) {
        const auto money = only(paid(R"(,"amount":)" + std::string(value))).facts.amount;
        return money ? money->canonical() + " " + money->value() : "none";
    };
    EXPECT_EQ(amount("\"25\""), "GHS 25 25.00");
    EXPECT_EQ(amount("\"0.5\""), "GHS 0.5 0.50");
    EXPECT_EQ(amount("25.10"), "GHS 25.1 25.10");
    EXPECT_EQ(amount("\"25.005\""), "GHS 25.005 25.005");
    EXPECT_EQ(amount("90071992547409.93"), "GHS 90071992547409.93 90071992547409.93") << "no digit is lost";
    EXPECT_EQ(amount("null"), "none");
    for (const std::string_view wrong : {"\"\"", "\"-1\"", "-1", "1e3", "\"1e3\"", "\"1,000.00\"", "\" 1\"", "\"+1\"",
                                         "\"GHS 25\"", "\"007\"", "\".5\"", "\"5.\"", "true", "[]", "{}", "[\"1\"]"})
        EXPECT_NE(why(paid(R"(,"amount":)" + std::string(wrong))), "") << wrong;
    EXPECT_EQ(only(paid(R"(,"value":"24.75")")).facts.amount, std::nullopt) << "what is left after fees is no amount";
}

TEST(MoolreEvents, TheCurrencyIsTheAccounts) {
    const auto provider = make_provider("moolre", {{"currency", "NGN"}});
    EXPECT_EQ(normalised(*provider, paid(R"(,"amount":"25","currency":"USD")")).front().facts.amount->currency(),
              "NGN");
    EXPECT_EQ(only(paid(R"(,"amount":"25")")).facts.amount->currency(), "GHS");
}

TEST(MoolreEvents, IdsMayBeStringsOrNumbers) {
    const auto candidate =
        only(with_data(R"("txstatus":1,"externalref":1717,"transactionid":31772222,"thirdpartyref":9)"));
    EXPECT_EQ(candidate.facts.reference, "1717");
    EXPECT_EQ(candidate.facts.provider_reference, "31772222");
    EXPECT_EQ(candidate.facts.network_reference, "9");
    for (const std::string_view none :
         {"null", "\"\"", "\"a b\"", "\"\\u00e9\"", "1.5", "-1", "1e3", "true", "[]", "{}"})
        EXPECT_EQ(why(with_data(R"("txstatus":1,"externalref":)" + std::string(none))),
                  "externalref is missing or not a reference")
            << none;
    EXPECT_EQ(why(with_data(R"("txstatus":1)")), "externalref is missing or not a reference");
    EXPECT_FALSE(only(paid(R"(,"transactionid":"a b")")).facts.provider_reference);
}

TEST(MoolreEvents, ThePayerIsAPhoneWhenItIsOne) {
    const auto phone = [](std::string_view payer) {
        return only(paid(R"(,"payer":)" + std::string(payer))).facts.customer.phone.value_or("none");
    };
    EXPECT_EQ(phone("\"0240000000\""), "0240000000");
    EXPECT_EQ(phone("\"+233240000000\""), "233240000000");
    for (const std::string_view none : {"\"JANE DOE\"", "\"\"", "\"12345\"", "null", "[]", "233240000000"})
        EXPECT_EQ(phone(none), "none") << none;
    EXPECT_NE(only(paid(R"(,"payer":"JANE DOE")")).facts.details.find("JANE DOE"), std::string::npos);
}

TEST(MoolreEvents, AFailureSaysWhy) {
    const auto reason = [](std::string_view code, std::string_view message) {
        const auto facts = only(R"({"code":)" + std::string(code) + R"(,"message":)" + std::string(message) +
                                R"(,"data":{"txstatus":2,"externalref":"t1"},"secret":"x"})")
                               .facts;
        return facts.reason ? facts.reason->code.value_or("-") + ":" + facts.reason->message.value_or("-") : "none";
    };
    EXPECT_EQ(reason("\"SD01\"", "\"Declined\""), "SD01:Declined");
    EXPECT_EQ(reason("null", R"(["Declined","by the payer",7])"), "-:Declined; by the payer");
    EXPECT_EQ(reason("17", "[]"), "none");
    EXPECT_EQ(reason("null", "null"), "none");
    EXPECT_EQ(reason("\"SD01\"", "\"wrong secret given\""), "SD01:***");
    EXPECT_FALSE(only(paid("")).facts.reason) << "what is said about a success stays in the details";
    const auto flat = only(R"({"txstatus":2,"externalref":"t1","code":"SD01","message":"Declined","secret":"x"})");
    EXPECT_EQ(flat.facts.reason->message, "Declined");
    const auto inner = only(with_data(R"("txstatus":2,"externalref":"t1","code":"IN","message":"inner")"));
    EXPECT_EQ(inner.facts.reason->code, "P01");
    EXPECT_NE(inner.facts.details.find(R"("code":"IN","message":"inner")"), std::string::npos);
}

TEST(MoolreEvents, ItsTimeHasNoZoneSoItIsNone) {
    for (const std::string_view ts : {"2024-06-18 10:00:00", "2024-06-18T10:00:00Z"})
        EXPECT_FALSE(only(R"({"txstatus":1,"externalref":"t1","secret":"x","ts":")" + std::string(ts) + "\"}")
                         .facts.occurred_at);
}

TEST(MoolreEvents, AuthenticatedBodiesOfAnotherShapeAreKept) {
    for (const std::string_view body : {R"({"secret":"x"})", R"({"secret":"x","data":[]})",
                                        R"({"secret":"x","data":"txstatus"})", R"({"secret":"x","data":{}})",
                                        R"({"data":{"secret":"x","externalref":"t1","externalref":"t2","txstatus":1}})",
                                        R"({"data":{"secret":"x","externalref":"t1","txstatus":1,"txstatus":2}})",
                                        "secret=x", "secret=x&a[=1", "secret=x&txstatus=1&txstatus=2&externalref=t1"})
        EXPECT_NE(why(body), "") << body;
}

const std::map<std::string_view, std::string_view> claims{
    {"success", "payment succeeded GHS 25"},
    {"pending", "payment pending GHS 25"},
    {"failure", "payment failed GHS 25"},
    {"success.beside", "payment succeeded GHS 25"},
    {"success.flat", "payment succeeded GHS 25"},
    {"success.form", "payment succeeded GHS 25"},
    {"success.php_form", "payment succeeded GHS 25"},
    {"failure.form", "payment failed GHS 25"},
};

TEST(MoolreSamples, MeanWhatTheyAreCalled) {
    const ProviderEntry& entry = *find_provider("moolre");
    const auto provider = make_provider("moolre");
    EXPECT_EQ(entry.samples.size(), claims.size());
    for (const std::string_view which : entry.samples) {
        const auto found = claims.find(which);
        ASSERT_NE(found, claims.end()) << which;
        const auto candidates = normalised(*provider, entry.sample(kenya_settings, which).value());
        EXPECT_EQ(claim_of(candidates), found->second);
        const event::Facts& facts = candidates.front().facts;
        EXPECT_TRUE(facts.provider_reference && facts.network_reference && facts.customer.phone) << which;
        EXPECT_EQ(facts.reason.has_value(), which.starts_with("failure")) << which;
    }
}

TEST(MoolreTraps, TenThousandMutationsNeitherCrashNorVanish) {
    const auto provider = make_provider("moolre");
    const ProviderEntry& entry = *find_provider("moolre");
    std::mt19937_64 random(20261122);
    std::size_t understood = 0;
    std::size_t kept = 0;
    for (int round = 0; round < 10'000; ++round) {
        const std::string_view which = entry.samples[static_cast<std::size_t>(random() % entry.samples.size())];
        const std::string good = entry.sign(kenya_settings, entry.sample(kenya_settings, which).value()).value().body;
        const Callback callback({}, mutated(good, random));
        const std::string body(callback.raw().body);
        // A change that hits the secret, or what leads to it, is a stranger's; all others are let in and kept.
        if (!refusal(*provider, callback).empty()) continue;
        const auto candidates = normalised(*provider, callback);
        ASSERT_EQ(candidates.size(), 1U);
        expect_sound(candidates.front(), body);
        ASSERT_EQ(candidates.front().journal.body.find(secret), std::string::npos) << body;
        ASSERT_EQ(describe(candidates.front()).find(secret), std::string::npos) << body;
        ++(reason_unrecognised(candidates).empty() ? understood : kept);
    }
    EXPECT_GT(understood, 500U);
    EXPECT_GT(kept, 200U);
    EXPECT_LT(understood + kept, 9'500U);
}

}  // namespace
}  // namespace tollgate::provider::test
