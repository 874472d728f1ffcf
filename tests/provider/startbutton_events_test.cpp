// What every Startbutton event means, fact by fact.
#include "support.hpp"
#include "vectors.hpp"

namespace tollgate::provider::test {
namespace {

using test::meaning_of;

std::string meaning_of(std::string_view body) {
    const auto provider = make_startbutton();
    return meaning_of(*provider, body);
}

std::string dispute_body(std::string_view event, std::string_view rest) {
    return R"({"event":")" + std::string(event) + R"(","data":{"transactionReference":"610ae86889ee",)" +
           R"("disputeReference":"DSP-1",)" + std::string(rest) + "}}";
}

constexpr std::string_view transfer =
    R"("_id":"65042e42","transType":"transfer","status":"STATUS","feeAmount":15,"merchantId":"64c7","transactionReference":"6342d3a1b2c3","isRecurrent":false,"gatewayReference":"6342d3a1b2c3","createdAt":"2026-11-22T10:13:22.438Z","updatedAt":"2026-11-22T10:13:25.212Z","amount":5000,"currency":"NGN","recipient":{"recipientName":"JOHN DOE","currency":"NGN","institutionType":"nuban","institutionNumber":"2007000001"})";

std::string transfer_body(const std::string& status) {
    std::string fields(transfer);
    fields.replace(fields.find("STATUS"), 6, status);
    return body_of("transfer." + status, fields, R"(,"authorizationCode":null)");
}

std::string transfer_meaning(const std::string& status, const std::string& transition) {
    return "payout " + transition + "\n" +
           "reference=6342d3a1b2c3\n"
           "amount=NGN 50.00 minor 5000\n"
           "occurred_at=2026-11-22T10:13:25.212Z\n"
           R"(details={"event":"transfer.)" +
           status + R"(","_id":"65042e42","transType":"transfer","status":")" + status +
           R"(","feeAmount":15,"merchantId":"64c7","isRecurrent":false,"gatewayReference":"6342d3a1b2c3",)" +
           R"("createdAt":"2026-11-22T10:13:22.438Z","recipient":{"recipientName":"JOHN DOE","currency":"NGN",)" +
           R"("institutionType":"nuban","institutionNumber":"2007000001"}})" + "\n";
}

TEST(StartbuttonEvents, CollectionVerifiedIsAPaymentThatSucceeded) {
    EXPECT_EQ(meaning_of(verified_vector.body),
              "payment succeeded\n"
              "reference=610ae86889ee\n"
              "merchant_reference=order-17\n"
              "amount=KES 3000.00 minor 300000\n"
              "email=kass1-pms@customer.com\n"
              "occurred_at=2026-11-22T10:00:00.101Z\n"
              R"(details={"event":"collection.verified","_id":"65042a1a0d3292066f0a1b2c","transType":"collection",)"
              R"("status":"verified","merchantId":"64c7bd870821e831c0ffee00","paymentCode":"a78a18df1fdc1fa7f2fb665b",)"
              R"("isRecurrent":false,"gatewayReference":null,"createdAt":"2026-11-22T09:59:10.000Z","feeAmount":87.5,)"
              "\"narration\":\"Approved\"}\n");
}

TEST(StartbuttonEvents, CollectionCompletedIsAPaymentThatIsSettled) {
    EXPECT_EQ(meaning_of(utf8_vector.body),
              "payment settled\n"
              "reference=be6ea0000001\n"
              "amount=XOF 3500.00 minor 3500\n"
              "details={\"event\":\"collection.completed\",\"status\":\"successful\",\"narration\":\"Pay\xc3\xa9 "
              "\xe2\x80\x94 merci "
              "\xe2\x9c\x93\"}\n");
}

TEST(StartbuttonEvents, TransfersArePayouts) {
    EXPECT_EQ(meaning_of(transfer_body("pending")), transfer_meaning("pending", "pending"));
    EXPECT_EQ(meaning_of(transfer_body("successful")), transfer_meaning("successful", "succeeded"));
    EXPECT_EQ(meaning_of(transfer_body("failed")), transfer_meaning("failed", "failed"));
    EXPECT_EQ(meaning_of(transfer_body("reversed")), transfer_meaning("reversed", "reversed"));
}

TEST(StartbuttonEvents, DetailsAreOnOneLineHoweverTheBodyIsPrinted) {
    EXPECT_EQ(meaning_of(pretty_vector.body),
              "payout succeeded\n"
              "reference=6342d3a1b2c3\n"
              "amount=NGN 50.00 minor 5000\n"
              "details={\"event\":\"transfer.successful\",\"status\":\"successful\"}\n");
}

TEST(StartbuttonEvents, AFailedTransferSaysWhyWhenTheProviderDoes) {
    const std::string fields = R"("transactionReference":"t1","amount":5000,"currency":"KES")";
    const auto reason = [&](std::string_view event, std::string_view more, std::string_view beside = {}) {
        const auto provider = make_startbutton();
        const auto candidates = normalised(*provider, body_of(event, fields + std::string(more), beside));
        const auto& facts = candidates.front().facts;
        return facts.reason ? facts.reason->code.value_or("-") + ":" + facts.reason->message.value_or("-") : "none";
    };
    EXPECT_EQ(reason("transfer.failed", R"(,"narration":"Account closed")"), "-:Account closed");
    EXPECT_EQ(reason("transfer.failed", R"(,"narration":"Payout 17","reason":"Limit reached")"), "-:Limit reached");
    EXPECT_EQ(reason("transfer.failed", R"(,"narration":"Payout 17")", R"(,"reason":"Bank away")"), "-:Bank away");
    EXPECT_EQ(reason("transfer.reversed", R"(,"narration":"Returned")"), "-:Returned");
    EXPECT_EQ(reason("conversion.failed", R"(,"narration":"Rate expired")"), "-:Rate expired");
    EXPECT_EQ(reason("transfer.failed", R"(,"narration":"  ")"), "none");
    EXPECT_EQ(reason("transfer.failed", R"(,"narration":17)"), "none");
    EXPECT_EQ(reason("transfer.failed", ""), "none");
    EXPECT_EQ(reason("transfer.successful", R"(,"narration":"Approved")"), "none");
    EXPECT_EQ(reason("transfer.pending", R"(,"reason":"Queued")"), "none");
}

TEST(StartbuttonEvents, TopupsFillTheWallet) {
    EXPECT_EQ(
        meaning_of(body_of(
            "topup.successful",
            R"("transType":"topup","status":"successful","transactionReference":"25b8e","customerEmail":"Topup account","dvaAccountNumber":"0123456778","amount":1000000,"currency":"NGN")",
            R"(,"payerInformation":{"name":"JANE DOE"})")),
        "topup succeeded\n"
        "reference=25b8e\n"
        "amount=NGN 10000.00 minor 1000000\n"
        R"(details={"event":"topup.successful","transType":"topup","status":"successful",)"
        R"("customerEmail":"Topup account","dvaAccountNumber":"0123456778","payerInformation":{"name":"JANE DOE"}})"
        "\n");
}

TEST(StartbuttonEvents, ConversionsExchange) {
    const auto body = [](std::string_view event) {
        return body_of(event, R"("transactionReference":"cnv-1","fromAmount":5000000,"fromCurrency":"KES")");
    };
    const auto meaning = [](std::string_view event, std::string_view transition) {
        return "conversion " + std::string(transition) + "\nreference=cnv-1\ndetails={\"event\":\"" +
               std::string(event) + "\",\"fromAmount\":5000000,\"fromCurrency\":\"KES\"}\n";
    };
    EXPECT_EQ(meaning_of(body("conversion.successful")), meaning("conversion.successful", "succeeded"));
    EXPECT_EQ(meaning_of(body("conversion.pending")), meaning("conversion.pending", "pending"));
    EXPECT_EQ(meaning_of(body("conversion.failed")), meaning("conversion.failed", "failed"));
}

TEST(StartbuttonEvents, DisputesMoveNoStateAndCarryTheirOwnAmount) {
    EXPECT_EQ(
        meaning_of(dispute_body(
            "dispute.created",
            R"("currency":"KES","amount":300000,"elapseTime":"48 hours","type":"chargeback","customerEmail":"a@b.co","status":"created","reason":"Goods never came")")),
        "payment disputed:DSP-1:created\n"
        "reference=610ae86889ee\n"
        "email=a@b.co\n"
        "reason.message=Goods never came\n"
        "dispute=DSP-1 created\n"
        "dispute.amount=KES 3000.00 minor 300000\n"
        "details={\"event\":\"dispute.created\",\"elapseTime\":\"48 hours\",\"type\":\"chargeback\"}\n");
}

TEST(StartbuttonEvents, TheStatusOfADisputeIsTrustedOverTheEvent) {
    const auto transition = [](std::string_view event, std::string_view status) {
        const auto provider = make_startbutton();
        return normalised(*provider, dispute_body(event, R"("status":)" + std::string(status))).front().transition.id();
    };
    EXPECT_EQ(transition("dispute.created", R"("processed")"), "disputed:DSP-1:processed");
    EXPECT_EQ(transition("dispute.created", R"(" DECLINED")"), "disputed:DSP-1:declined");
    EXPECT_EQ(transition("dispute.processed", R"("under_review-2")"), "disputed:DSP-1:under_review-2");
    EXPECT_EQ(transition("dispute.declined", "null"), "disputed:DSP-1:declined");
    EXPECT_EQ(transition("dispute.processed", R"("a:b")"), "unrecognised");
    EXPECT_EQ(transition("dispute.processed", R"("")"), "unrecognised");
    EXPECT_EQ(transition("dispute.processed", R"("two words")"), "unrecognised");
    EXPECT_EQ(transition("dispute.processed", "7"), "unrecognised");
    EXPECT_EQ(transition("dispute.processed", '"' + std::string(33, 'a') + '"'), "unrecognised");
    EXPECT_EQ(transition("dispute.processed", '"' + std::string(32, 'a') + '"'),
              "disputed:DSP-1:" + std::string(32, 'a'));
}

TEST(StartbuttonEvents, ADisputeWithoutAmountSaysNone) {
    EXPECT_EQ(meaning_of(dispute_body("dispute.declined", R"("currency":"KES","amount":null)")),
              "payment disputed:DSP-1:declined\n"
              "reference=610ae86889ee\n"
              "dispute=DSP-1 declined\n"
              "details={\"event\":\"dispute.declined\",\"currency\":\"KES\",\"amount\":null}\n");
}

TEST(StartbuttonEvents, AnAbsentAmountIsNoAmount) {
    for (const std::string_view event : {"collection.verified", "collection.completed", "transfer.successful"})
        for (const std::string_view amount : {"", R"(,"amount":null)"}) {
            const auto provider = make_startbutton();
            const std::string fields = R"("transactionReference":"t1","currency":"KES")" + std::string(amount);
            const auto candidates = normalised(*provider, body_of(event, fields));
            EXPECT_FALSE(candidates.front().facts.amount);
            EXPECT_NE(candidates.front().transition.name, event::TransitionName::unrecognised);
        }
}

TEST(StartbuttonEvents, ACurrencyMayBeUnknown) {
    EXPECT_EQ(
        meaning_of(body_of("collection.verified", R"("transactionReference":"t1","amount":300000)")),
        "payment succeeded\nreference=t1\namount=? 3000.00 no minor\ndetails={\"event\":\"collection.verified\"}\n");
    EXPECT_EQ(
        meaning_of(body_of("collection.verified", R"("transactionReference":"t1","amount":5,"currency":"XXQ")")),
        "payment succeeded\nreference=t1\namount=XXQ 0.05 no minor\ndetails={\"event\":\"collection.verified\"}\n");
}

TEST(StartbuttonEvents, FractionalUnitsAreHundredthsEvenOfShillingsWithoutCents) {
    const auto body = [](std::string_view currency) {
        return body_of("collection.verified",
                       R"("transactionReference":"t1","amount":300050,"currency":")" + std::string(currency) + "\"");
    };
    const auto amount = [](Provider& provider, std::string_view text) {
        const auto money = normalised(provider, text).front().facts.amount;
        return money->value() + " " + (money->minor() ? std::to_string(*money->minor()) : "null");
    };
    const auto provider = make_startbutton();
    EXPECT_EQ(amount(*provider, body("UGX")), "3000.50 null");
    EXPECT_EQ(amount(*provider, body("TZS")), "3000.50 300050");
    EXPECT_EQ(amount(*provider, body("KES")), "3000.50 300050");
    const auto overridden = make_startbutton({{"exponents.UGX", "0"}, {"exponents.KES", "3"}});
    EXPECT_EQ(amount(*overridden, body("UGX")), "300050 300050");
    EXPECT_EQ(amount(*overridden, body("KES")), "300.050 30005");
    EXPECT_EQ(amount(*overridden, body("TZS")), "3000.50 300050");
}

TEST(StartbuttonEvents, WithoutACurrencyThePointIsNotGuessedWhereCurrenciesDiffer) {
    const std::string fields = R"("transactionReference":"t1","amount":300000)";
    for (const std::string_view silent : {"", R"(,"currency":null)"}) {
        const auto overridden = make_startbutton({{"exponents.UGX", "0"}});
        const auto candidates =
            normalised(*overridden, body_of("collection.verified", fields + std::string(silent),
                                            R"(,"extraInformation":{"originalReference":"orig-1","expectedAmount":5,)"
                                            R"("paymentCollectionType":"OVERPAYMENT"})"));
        ASSERT_EQ(candidates.size(), 1U);
        EXPECT_FALSE(candidates[0].facts.amount);
        EXPECT_FALSE(candidates[0].facts.related->expected_amount);
        EXPECT_NE(candidates[0].facts.details.find(R"("amount":300000)"), std::string::npos);
    }
    const auto disputed = make_startbutton({{"exponents.UGX", "0"}});
    EXPECT_EQ(meaning_of(*disputed, dispute_body("dispute.declined", R"("amount":300000)")),
              "payment disputed:DSP-1:declined\nreference=610ae86889ee\ndispute=DSP-1 declined\n"
              R"(details={"event":"dispute.declined","amount":300000})"
              "\n");
    const auto usual = make_startbutton();
    EXPECT_EQ(normalised(*usual, body_of("collection.verified", fields)).front().facts.amount->value(), "3000.00");
}

TEST(StartbuttonEvents, AnAmountInShillingsFitsItsMinorUnit) {
    EXPECT_EQ(
        meaning_of(body_of("collection.verified", R"("transactionReference":"t1","amount":300000,"currency":"UGX")")),
        "payment succeeded\nreference=t1\namount=UGX 3000.00 minor "
        "3000\ndetails={\"event\":\"collection.verified\"}\n");
}

TEST(StartbuttonEvents, APhoneIsTakenOnlyWhenItIsPlainlyOne) {
    const auto phone = [](std::string_view event, std::string_view fields, std::string_view beside = {}) {
        const auto provider = make_startbutton();
        const std::string body = body_of(event, R"("transactionReference":"t1")" + std::string(fields), beside);
        return normalised(*provider, body).front().facts.customer.phone.value_or("none");
    };
    EXPECT_EQ(phone("collection.verified", "", R"(,"payerInformation":{"phone":"254710000000"})"), "254710000000");
    EXPECT_EQ(phone("collection.verified", "", R"(,"payerInformation":{"phoneNumber":"+254710000000"})"),
              "254710000000");
    EXPECT_EQ(phone("collection.verified", "", R"(,"extraInformation":{"phone":"0710000000"})"), "0710000000");
    EXPECT_EQ(phone("collection.verified", R"(,"payerInformation":{"phone":"254710000000"})"), "254710000000");
    EXPECT_EQ(phone("collection.verified", "", R"(,"payerInformation":{"phone":254710000000})"), "none");
    EXPECT_EQ(phone("collection.verified", "", R"(,"payerInformation":{"phone":"2547100000a0"})"), "none");
    EXPECT_EQ(phone("collection.verified", "", R"(,"payerInformation":{"phone":"1234567890123456"})"), "none");
    EXPECT_EQ(phone("collection.verified", "", R"(,"payerInformation":{"accountNumber":"254710000000"})"), "none");
    EXPECT_EQ(phone("collection.verified", R"(,"recipient":"254710000000")"), "none");
    EXPECT_EQ(phone("transfer.successful", R"(,"recipient":"254710000000")"), "254710000000");
    EXPECT_EQ(phone("transfer.successful", R"(,"recipient":"+256710000000")"), "256710000000");
    EXPECT_EQ(phone("transfer.successful", R"(,"recipient":"2007000001")"), "none");
    EXPECT_EQ(phone("transfer.successful", R"(,"recipient":{"phoneNumber":"254710000000"})"), "254710000000");
    EXPECT_EQ(phone("transfer.successful", R"(,"recipient":{"institutionNumber":"254710000000"})"), "none");
}

TEST(StartbuttonEvents, TheTimeIsThatOfTheChangeOrElseOfTheStart) {
    const auto time = [](std::string_view fields) {
        const auto provider = make_startbutton();
        const auto at = normalised(*provider, body_of("collection.verified",
                                                      R"("transactionReference":"t1")" + std::string(fields)))
                            .front()
                            .facts.occurred_at;
        return at ? core::format_rfc3339(*at) : "none";
    };
    EXPECT_EQ(time(R"(,"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-02T01:00:00+01:00")"),
              "2026-01-02T00:00:00.000Z");
    EXPECT_EQ(time(R"(,"createdAt":"2026-01-01T00:00:00Z","updatedAt":"yesterday")"), "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(time(R"(,"createdAt":"2026-01-01T00:00:00Z")"), "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(time(R"(,"updatedAt":1795341600)"), "none");
    EXPECT_EQ(time(""), "none");
}

TEST(StartbuttonEvents, AMerchantReferenceThatIsNoneStaysInTheDetails) {
    EXPECT_EQ(
        meaning_of(body_of("collection.verified",
                           R"("transactionReference":"t1","userTransactionReference":"order 17","customerEmail":"x")")),
        "payment succeeded\nreference=t1\n"
        R"(details={"event":"collection.verified","userTransactionReference":"order 17","customerEmail":"x"})"
        "\n");
}

TEST(StartbuttonEvents, WhatNobodyDocumentedIsKeptInTheDetails) {
    EXPECT_EQ(
        meaning_of(
            R"({"event":"collection.verified","id":7,"data":{"transaction":{"transactionReference":"t1","metadata":{ "a" : [ 1 , "b c" ] }},"channel":"momo","status":"x"}, "sent" : true})"),
        "payment succeeded\nreference=t1\n"
        R"(details={"event":"collection.verified","metadata":{"a":[1,"b c"]},"channel":"momo","status":"x","id":7,"sent":true})"
        "\n");
}

TEST(StartbuttonEvents, TheChargeTokenIsNeitherPublishedNorKept) {
    const auto provider = make_startbutton();
    const std::vector<std::string> bodies{
        body_of("collection.verified", R"("transactionReference":"t1","x":{"authorizationCode":"AUTH_s3cr3t"})",
                R"(,"authorizationCode" : "AUTH_s3cr3t")"),
        body_of("collection.verified",
                R"("transactionReference":"t1","authorizationCode":["AUTH_s3cr3t",{"a":"AUTH_s3cr3t"}])"),
        body_of("collection.verified", R"("transactionReference":"t1")", R"(,"authorization\u0043ode":"AUTH_s3cr3t")"),
        body_of("dispute.created", "",
                R"(,"authorizationCode":"AUTH_s3cr3t","transactionReference":"t1","disputeReference":"d")"),
        body_of("collection.unheard-of", R"("transactionReference":"t1")", R"(,"authorizationCode":"AUTH_s3cr3t")"),
        R"({"authorizationCode":"AUTH_s3cr3t)",
        R"({"event":"AUTH","authorizationCode":{"code":"AUTH_s3cr3t")",
        R"({'event':'collection.verified','data':{'authorizationCode':'AUTH,s3cr3t'}})",
        R"({"event":"collection.verified","data":{"authorizationCode": /* card */ "AUTH_s3cr3t"}})",
        R"({"event":"collection.verified","data":{"authorizationCode":"AUTH"s3cr3t"}})",
        R"({"event":"collection.verified","data":{"authorization_code":"AUTH_s3cr3t",}})",
        R"({"raw":"{\"authorizationCode\":\"AUTH_s3cr3t\"}",})",
        body_of("collection.verified", R"("transactionReference":"t1","raw":"{\"authorizationCode\":\"s3cr3t\"}")"),
        body_of("collection.verified", R"("transactionReference":"t1")", R"(,"AuthorizationCode":"s3cr3t")"),
        body_of("collection.verified", R"("transactionReference":"t1")", R"(,"authorization_code":"s3cr3t")"),
        body_of("transfer.failed", R"("transactionReference":"t1","narration":"authorizationCode=s3cr3t")"),
        body_of("authorizationCode=s3cr3t", R"("transactionReference":"t1")"),
        dispute_body("dispute.created", R"("reason":"AUTHORIZATION_CODE s3cr3t")"),
    };
    for (const std::string& body : bodies)
        for (const event::Candidate& candidate : normalised(*provider, body)) {
            EXPECT_EQ(describe(candidate).find("s3cr3t"), std::string::npos) << describe(candidate);
            EXPECT_EQ(candidate.journal.body.find("s3cr3t"), std::string::npos) << candidate.journal.body;
            EXPECT_NE(candidate.journal.body.find("***"), std::string::npos) << candidate.journal.body;
        }
}

TEST(StartbuttonEvents, TheJournalKeepsTheBytesAsTheyCame) {
    const auto provider = make_startbutton();
    for (const Vector& vector : vectors)
        EXPECT_EQ(normalised(*provider, vector.body).front().journal.body, vector.body);
}

}  // namespace
}  // namespace tollgate::provider::test
