// How Startbutton is asked, and what each of its answers means, documented or not.
#include "asking.hpp"

#include <algorithm>

namespace tollgate::provider::test {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view api_secret = "sk_live_4f1e2d3c4b5a6978";
const StatusSubject subject{.reference = "610ae86889ee", .merchant_reference = "order-17", .provider_reference = {}};

std::unique_ptr<StatusApi> make_api(Values values = {}, std::string base_path = {}) {
    return make_status_api("startbutton", {{"secret", std::string(api_secret)}}, std::move(values),
                           std::move(base_path));
}

StatusAnswer read(std::string_view body, unsigned status = 200) {
    return read_answer(*make_api(), subject, {status, std::nullopt, std::string(body)});
}

std::string summary(std::string_view body, unsigned status = 200) {
    return summary_of(read(body, status));
}

constexpr std::string_view facts =
    R"("transactionReference":"610ae86889ee","userTransactionReference":"order-17","customerEmail":"a@b.example","createdAt":"2026-11-22T09:59:10.000Z","updatedAt":"2026-11-22T10:00:00.101Z","amount":300000,"currency":"KES")";

std::string answer_of_type(std::string_view type, std::string_view status, std::string_view more = {}) {
    return R"({"success":true,"data":{"transaction":{"transType":")" + std::string(type) + R"(","status":")" +
           std::string(status) + "\"," + std::string(facts) + std::string(more) + "}}}";
}

std::string collection(std::string_view status, std::string_view more = {}) {
    return answer_of_type("collection", status, more);
}

std::string claims(std::string_view body) {
    const StatusAnswer answer = read(body);
    return answer.kind == AnswerKind::reported ? claim_of(answer.candidates) : std::string(to_string(answer.kind));
}

TEST(StartbuttonStatus, TheEntrySaysHowItIsAsked) {
    const StatusEntry& entry = find_provider("startbutton")->status;
    EXPECT_EQ(entry.base_url, "https://api.startbutton.tech");
    EXPECT_EQ(entry.first_after, std::chrono::minutes(3));
    EXPECT_TRUE(entry.can_deny);
    ASSERT_EQ(entry.credentials.size(), 1U);
    EXPECT_EQ(entry.credentials.front().name, "secret");
    EXPECT_TRUE(entry.credentials.front().required);
    EXPECT_EQ(entry.credentials.front().example, "\"${STARTBUTTON_SECRET}\"");
}

TEST(StartbuttonStatus, AsksForTheTransaction) {
    const auto question = make_api({}, "/proxy")->ask(subject, asked_at);
    ASSERT_TRUE(question);
    EXPECT_FALSE(question->is_login);
    EXPECT_EQ(question->request.method, "GET");
    EXPECT_EQ(question->request.target, "/proxy/transaction/status/610ae86889ee");
    ASSERT_EQ(question->request.headers.size(), 1U);
    EXPECT_EQ(question->request.headers.front().name, "Authorization");
    EXPECT_EQ(question->request.headers.front().value, "Bearer " + std::string(api_secret));
    EXPECT_EQ(question->request.body, "");
}

TEST(StartbuttonStatus, AReferenceStaysInItsPlaceInThePath) {
    const auto target = [](std::string reference) {
        const auto question = make_api()->ask({std::move(reference), {}, {}}, asked_at);
        return question ? question->request.target : question.error().message;
    };
    EXPECT_EQ(target("a/../b?c=d&e#f%2f+g"), "/transaction/status/a%2F..%2Fb%3Fc%3Dd%26e%23f%252f%2Bg");
    EXPECT_EQ(target("\"\\<>[]^`{|}~@:;=$!'()*,"),
              "/transaction/status/%22%5C%3C%3E%5B%5D%5E%60%7B%7C%7D%7E%40%3A%3B%3D%24%21%27%28%29%2A%2C");
    EXPECT_EQ(target("A-z_0.9"), "/transaction/status/A-z_0.9");
    for (const char* reference : {"", ".", "..", "a b", "a\r\nx: y", "\xc3\xa9"})
        EXPECT_TRUE(target(reference).starts_with("startbutton is asked by the transactionReference")) << reference;
}

TEST(StartbuttonStatus, CannotBeAskedByOtherIds) {
    const auto question = make_api()->ask({{}, "order-17", "65042a1a"}, asked_at);
    ASSERT_FALSE(question);
    EXPECT_EQ(question.error().code, core::Errc::invalid_argument);
    EXPECT_EQ(question.error().message, "startbutton is asked by the transactionReference");
}

TEST(StartbuttonStatus, AVerifiedCollectionFactByFact) {
    const StatusAnswer answer = read(
        R"({"success":true,"message":"Transaction found","data":{"transaction":{"_id":"65042a1a","transType":"collection","status":"verified","merchantId":"64c7",)" +
        std::string(facts) +
        R"(,"paymentCode":"a78a","narration":"Approved","feeAmount":7500},"authorizationCode":"AUTH_charges_again","payerInformation":{"phone":"+254710000000"}}})");
    EXPECT_EQ(summary_of(answer), "reported: succeeded (verified)");
    ASSERT_EQ(answer.candidates.size(), 1U);
    EXPECT_EQ(answer.candidates.front().facts.provider, "startbutton");
    EXPECT_EQ(describe(answer.candidates.front()),
              "payment succeeded\n"
              "reference=610ae86889ee\n"
              "merchant_reference=order-17\n"
              "amount=KES 3000.00 minor 300000\n"
              "phone=254710000000\n"
              "email=a@b.example\n"
              "occurred_at=2026-11-22T10:00:00.101Z\n"
              R"(details={"_id":"65042a1a","transType":"collection","status":"verified","merchantId":"64c7",)"
              R"("createdAt":"2026-11-22T09:59:10.000Z","paymentCode":"a78a","narration":"Approved","feeAmount":7500,)"
              R"("payerInformation":{"phone":"+254710000000"},"message":"Transaction found"})"
              "\n");
}

TEST(StartbuttonStatus, EveryDocumentedStatus) {
    for (const std::string_view open : {"initiated", "pending", "ongoing", "processing", "abandoned"}) {
        EXPECT_EQ(claims(collection(open)), "payment pending KES 3000");
        EXPECT_EQ(claims(answer_of_type("transfer", open)), "payout pending KES 3000");
        EXPECT_EQ(summary(collection(open)), "reported: pending (" + std::string(open) + ")");
    }
    EXPECT_EQ(claims(collection("verified")), "payment succeeded KES 3000");
    EXPECT_EQ(claims(collection("successful")), "payment succeeded KES 3000 + payment settled KES 3000");
    EXPECT_EQ(summary(collection("successful")), "reported: settled (successful)");
    EXPECT_EQ(claims(answer_of_type("transfer", "successful")), "payout succeeded KES 3000");
    EXPECT_EQ(claims(answer_of_type("conversion", "successful")), "conversion succeeded KES 3000");
    EXPECT_EQ(claims(answer_of_type("topup", "successful")), "topup succeeded KES 3000");
    for (const auto& [type, kind] : {std::pair("collection"sv, "payment"), std::pair("transfer"sv, "payout"),
                                     std::pair("conversion"sv, "conversion"), std::pair("topup"sv, "topup")}) {
        const auto claim = [&kind](std::string_view transition) {
            return std::string(kind).append(" ").append(transition).append(" KES 3000");
        };
        EXPECT_EQ(claims(answer_of_type(type, "failed")), claim("failed"));
        EXPECT_EQ(claims(answer_of_type(type, "declined")), claim("failed"));
        EXPECT_EQ(claims(answer_of_type(type, "expired")), claim("expired"));
        EXPECT_EQ(claims(answer_of_type(type, "reversed")), claim("reversed"));
    }
}

TEST(StartbuttonStatus, AFailureSaysWhy) {
    const StatusAnswer answer = read(collection("declined", R"(,"narration":"Insufficient funds")"));
    ASSERT_EQ(answer.candidates.size(), 1U);
    ASSERT_TRUE(answer.candidates.front().facts.reason);
    EXPECT_EQ(answer.candidates.front().facts.reason->message, "Insufficient funds");
    EXPECT_EQ(summary_of(answer), "reported: failed (declined)");
}

TEST(StartbuttonStatus, AStatusThatIsNotDocumentedIsNeverFinal) {
    for (const std::string_view status : {"completed", "success", "paid", "cancelled", "refunded", "requery", "", "0"})
        EXPECT_EQ(claims(collection(status)), "unknown") << status;
    EXPECT_EQ(summary(collection("partly_paid")), "unknown: the status is not documented: \"partly_paid\"");
    for (const std::string_view type : {"transfer", "conversion", "topup"})
        EXPECT_EQ(claims(answer_of_type(type, "verified")), "unknown") << "documented of collections alone: " << type;
    for (const std::string_view raw : {"true", "1", "null", "[\"failed\"]", "{}"})
        EXPECT_EQ(claims(R"({"success":true,"data":{"transaction":{"transType":"collection","status":)" +
                         std::string(raw) + "," + std::string(facts) + "}}}"),
                  "unknown")
            << raw;
    EXPECT_EQ(
        claims(R"({"success":true,"data":{"transaction":{"transType":"collection",)" + std::string(facts) + "}}}"),
        "unknown");
}

TEST(StartbuttonStatus, TheKindIsNotGuessed) {
    EXPECT_EQ(summary(answer_of_type("refund", "failed")), "unknown: the transType is not documented: \"refund\"");
    EXPECT_EQ(summary(R"({"success":true,"data":{"transaction":{"status":"failed",)" + std::string(facts) + "}}}"),
              "unknown: the transType is not documented: nothing");
}

TEST(StartbuttonStatus, AnAnswerAboutAnotherTransactionIsNotBelieved) {
    const auto with_reference = [](std::string_view reference) {
        return std::string(
                   R"({"success":true,"data":{"transaction":{"transType":"collection","status":"failed","amount":1,"currency":"KES")") +
               std::string(reference) + "}}}";
    };
    for (const std::string_view other :
         {""sv, R"(,"transactionReference":"610ae86889eE")"sv, R"(,"transactionReference":"610ae86889ee ")"sv,
          R"(,"transactionReference":null)"sv, R"(,"transactionReference":610)"sv,
          R"(,"transactionReference":["610ae86889ee"])"sv, R"(,"reference":"610ae86889ee")"sv,
          R"(,"userTransactionReference":"610ae86889ee")"sv})
        EXPECT_EQ(read(with_reference(other)).kind, AnswerKind::mismatched) << other;
    EXPECT_EQ(read(with_reference(R"(,"transactionReference":"610ae86889ee")")).kind, AnswerKind::reported);
}

TEST(StartbuttonStatus, NotFoundIsUnknown) {
    EXPECT_EQ(summary(R"({"success":false,"message":"Transaction not found"})", 404),
              "unknown: HTTP 404: Transaction not found");
    EXPECT_EQ(summary(R"({"success":false,"message":"Transaction not found","data":null})"),
              "unknown: HTTP 200: Transaction not found");
    EXPECT_EQ(summary(R"({"success":false,"message":"Invalid reference"})", 400),
              "unknown: HTTP 400: Invalid reference");
    for (const char* body : {"", R"({"statusCode":404})", R"({"message":"Not Found"})"})
        EXPECT_EQ(read(body, 404).kind, AnswerKind::failed)
            << "anything on the way there could have said that: " << body;
    EXPECT_EQ(read(R"({"success":false,"data":{"transaction":{"transType":"collection","status":"verified",)" +
                   std::string(facts) + "}}}")
                  .kind,
              AnswerKind::unknown)
        << "whatever stands beside it";
    EXPECT_EQ(read("<html>404 Not Found</html>", 404).kind, AnswerKind::failed) << "not the API's own word";
}

TEST(StartbuttonStatus, OurOwnTroubleSaysNothingAboutThePayment) {
    const std::string refused = R"({"success":false,"message":"Access denied: IP not whitelisted"})";
    EXPECT_EQ(summary(refused, 403), "refused: HTTP 403: Access denied: IP not whitelisted");
    for (const unsigned status : {200U, 400U, 404U}) EXPECT_EQ(read(refused, status).kind, AnswerKind::refused);
    EXPECT_EQ(summary(R"({"success":false,"message":"Invalid key"})", 401), "refused: HTTP 401: Invalid key");
    EXPECT_EQ(summary("<html>", 403), "refused: HTTP 403");
    for (const unsigned status : {500U, 502U, 503U, 504U})
        EXPECT_EQ(read(collection("failed"), status).kind, AnswerKind::failed) << status;
    for (const unsigned status : {301U, 302U, 307U})
        EXPECT_EQ(read(collection("failed"), status).kind, AnswerKind::failed);
    for (const unsigned status : {400U, 404U, 409U, 422U})
        EXPECT_EQ(read(collection("failed"), status).kind, AnswerKind::failed) << "success that is none: " << status;

    const StatusAnswer limited =
        read_answer(*make_api(), subject, {429, "30", R"({"success":false,"message":"Too many requests"})"});
    EXPECT_EQ(summary_of(limited), "limited: HTTP 429: Too many requests");
    EXPECT_EQ(limited.retry_after, "30");
}

TEST(StartbuttonStatus, WhatCannotBeReadSaysNothing) {
    const std::string whole = collection("failed");
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(read(whole.substr(0, size)).kind, AnswerKind::failed) << size;
    for (const std::string_view body :
         {"null", "[]", "\"success\"", "true", "{}", "<html></html>", R"({"success":true})", R"({"success":"true"})",
          R"({"success":1,"data":{}})", R"({"success":true,"data":null})", R"({"success":true,"data":[]})",
          R"({"success":true,"data":{"transaction":null}})", R"({"success":true,"data":{"transaction":[]}})"})
        EXPECT_EQ(read(body).kind, AnswerKind::failed) << body;
    const std::string text_for_amount = std::string(whole).replace(whole.find("300000"), 6, "\"300000\"");
    EXPECT_EQ(summary(text_for_amount), "failed: the amount is not a number");
    EXPECT_EQ(read(std::string(whole).replace(whole.find("300000"), 6, "3000.5")).kind, AnswerKind::failed);
    EXPECT_EQ(read(std::string(whole).replace(whole.find("\"KES\""), 5, "404")).kind, AnswerKind::failed);
    EXPECT_EQ(read(whole.substr(0, whole.size() - 3) + R"(,"status":"verified"}}})").kind, AnswerKind::failed)
        << "two members of one name";
}

TEST(StartbuttonStatus, AmountsFollowTheSourcesExponents) {
    const auto amount = [](Values values) {
        std::string body = collection("verified");
        body.replace(body.find("KES"), 3, "UGX");
        const auto api = make_api(std::move(values));
        const StatusAnswer answer = read_answer(*api, subject, {200, std::nullopt, body});
        return answer.candidates.empty() ? "none" : answer.candidates.front().facts.amount->canonical();
    };
    EXPECT_EQ(amount({}), "UGX 3000");
    EXPECT_EQ(amount({{"exponents.UGX", "0"}}), "UGX 300000");
}

TEST(StartbuttonStatus, NoCredentialComesOut) {
    const std::string key(api_secret);
    std::string escaped = "\\u0073" + key.substr(1);
    for (const std::string& echoed : {key, "Bearer " + key, escaped}) {
        for (const unsigned status : {200U, 400U, 401U, 403U, 404U, 429U, 500U})
            EXPECT_EQ(all_of(read(R"({"success":false,"message":"No such key: )" + echoed + "\"}", status)).find(key),
                      std::string::npos);
        for (const std::string& body :
             {collection("verified", R"(,"narration":")" + echoed + "\""),
              collection("failed", R"(,"narration":")" + echoed + "\""), collection(echoed),
              answer_of_type(echoed, "verified"), collection("verified", ",\"" + echoed + "\":1"),
              collection("verified", R"(,"extraInformation":{"originalReference":")" + echoed +
                                         R"(","paymentCollectionType":"UNDERPAYMENT"})")}) {
            const std::string text = all_of(read(body));
            EXPECT_EQ(text.find(key), std::string::npos) << text;
            EXPECT_EQ(text.find(echoed), std::string::npos) << text;
        }
    }
    std::string merchants = collection("verified");
    merchants.replace(merchants.find("order-17"), 8, key);
    EXPECT_EQ(read(merchants).candidates.at(0).facts.merchant_reference, std::nullopt) << "not known by ***, either";
    const std::string charges = all_of(
        read(collection("verified", R"(,"authorizationCode":"AUTH_8dfhjjdt","message":"authorization_code X9"})")));
    EXPECT_EQ(charges.find("AUTH_8dfhjjdt"), std::string::npos);
    EXPECT_EQ(charges.find("X9"), std::string::npos);
}

TEST(StartbuttonStatus, TheCallbackOfTheSameFactIsARepeat) {
    const auto provider = make_startbutton();
    const auto check = [&](std::string_view type, std::string_view status, std::string_view event,
                           std::string_view expected) {
        const std::string answered = answer_of_type(type, status);
        const auto from = answered.find("{\"transType");
        const std::string transaction = answered.substr(from + 1, answered.size() - from - 4);
        const auto called = normalised(*provider, body_of(event, transaction));
        auto both = read(answered).candidates;
        ASSERT_FALSE(both.empty()) << event;
        EXPECT_EQ(both.back().transition.id(), called.front().transition.id());
        EXPECT_EQ(both.back().facts.amount, called.front().facts.amount);
        EXPECT_EQ(both.back().facts.kind, called.front().facts.kind);
        EXPECT_EQ(both.back().facts.occurred_at, called.front().facts.occurred_at);
        both.insert(both.end(), called.begin(), called.end());
        EXPECT_EQ(outcomes_of(both), expected) << event;
        std::ranges::rotate(both, both.end() - 1);
        EXPECT_TRUE(outcomes_of(both).starts_with("accepted duplicate")) << event;
    };
    check("collection", "verified", "collection.verified", "accepted duplicate");
    check("collection", "successful", "collection.completed", "accepted accepted duplicate");
    check("transfer", "pending", "transfer.pending", "accepted duplicate");
    check("transfer", "successful", "transfer.successful", "accepted duplicate");
    check("transfer", "failed", "transfer.failed", "accepted duplicate");
    check("transfer", "reversed", "transfer.reversed", "accepted duplicate");
    check("conversion", "successful", "conversion.successful", "accepted duplicate");
    check("conversion", "failed", "conversion.failed", "accepted duplicate");
    check("topup", "successful", "topup.successful", "accepted duplicate");
}

TEST(StartbuttonStatus, ASumThatDiffersFromTheCallbackIsAConflict) {
    const auto provider = make_startbutton();
    std::string less = collection("verified");
    less.replace(less.find("300000"), 6, "200000");
    auto both = normalised(*provider, body_of("collection.verified", facts));
    both.push_back(read(less).candidates.at(0));
    EXPECT_EQ(outcomes_of(both), "accepted conflict");
}

TEST(StartbuttonStatus, ATransferOfTheWrongSumIsPaidButNotYetSettled) {
    const std::string extra =
        R"(,"extraInformation":{"originalReference":"orig-1","userTransactionReference":"order-16","expectedAmount":500000,"paymentCollectionType":"UNDERPAYMENT"})";
    const StatusAnswer answer = read(collection("successful", extra));
    EXPECT_EQ(summary_of(answer), "reported: succeeded (successful)");
    ASSERT_EQ(answer.candidates.size(), 2U);
    EXPECT_EQ(claim_of(answer.candidates), "payment succeeded KES 3000 underpayment + payment conflict KES 3000");
    EXPECT_EQ(answer.candidates[1].facts.reference, "orig-1");
    EXPECT_EQ(answer.candidates[1].facts.conflict->contradicting.evidence, event::Evidence::requery);

    const auto provider = make_startbutton();
    const auto called =
        normalised(*provider, body_of("collection.verified", R"("status":"successful",)" + std::string(facts) + extra));
    ASSERT_EQ(called.size(), 2U);
    for (const std::size_t index : {0U, 1U}) {
        EXPECT_EQ(answer.candidates[index].transition, called[index].transition);
        EXPECT_TRUE(outcomes_of({called[index], answer.candidates[index]}).ends_with(" duplicate"));
    }
}

TEST(StartbuttonStatus, RefusesCredentialsAndSettingsThatAreWrong) {
    EXPECT_EQ(refusal_of("startbutton", {}),
              "secret: startbutton needs it, the secret API key, in the dashboard under Settings");
    EXPECT_EQ(refusal_of("startbutton", {{"secret", ""}}), "secret: it is empty");
    EXPECT_EQ(refusal_of("startbutton", {{"secret", "good-one"}, {"api_key", "other-one"}}),
              "api_key: startbutton has no such credential; it has secret");
    EXPECT_EQ(refusal_of("startbutton", {{"secret", "good-one"}, {"secret", "other-one"}}),
              "secret: startbutton needs it once, the secret API key, in the dashboard under Settings");
    for (const char* value : {" words", "line\r\nx: y", "line\n", "\x7f"})
        EXPECT_EQ(refusal_of("startbutton", {{"secret", value}}),
                  "secret: no header can carry it; leave out line ends and blanks around it");
    EXPECT_EQ(refusal_of("startbutton", {{"secret", "good-one"}}, {{"exponents.UGX", "7"}}),
              "exponents.UGX: the decimals of a fractional unit are an integer from 0 to 6");
    EXPECT_TRUE(refusal_of("startbutton", {{"secret", "good-one"}}, {{"currency", "KES"}}).starts_with("currency: "));
    EXPECT_EQ(refusal_of("startbutton", {{"secret", "good-one"}}, {{"exponents.UGX", "0"}}), "");
}

TEST(StartbuttonStatus, NothingBrokenIsTakenForAnotherEnd) {
    std::mt19937_64 random(20261122);
    const auto api = make_api();
    const std::string original = collection("verified", R"(,"narration":"Approved")");
    unsigned reported = 0;
    for (unsigned round = 0; round < 5'000; ++round) {
        const StatusAnswer answer = read_answer(*api, subject, {200, std::nullopt, mutated(original, random)});
        for (const event::Candidate& candidate : answer.candidates) {
            EXPECT_EQ(candidate.facts.reference, "610ae86889ee");
            EXPECT_EQ(candidate.transition.id(), "succeeded");
            ++reported;
        }
    }
    EXPECT_GT(reported, 100U);
}

}  // namespace
}  // namespace tollgate::provider::test
