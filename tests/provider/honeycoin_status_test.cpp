// Asking HoneyCoin: the question to the letter, and what every answer means.
#include "honeycoin_asking.hpp"

#include <random>

namespace tollgate::provider::test {
namespace {

StatusSubject about_order(std::string_view merchant_reference) {
    StatusSubject subject;
    subject.merchant_reference = std::string(merchant_reference);
    return subject;
}

constexpr std::string_view seed_failure =
    R"({"success":true,"data":{"transactionId":"173675873400000038","amount":102,"type":"deposit","currency":"KES","senderCurrency":"KES","senderAmount":102,"receiverCurrency":"KES","receiverAmount":102,"chargeStatus":"failed","status":"FAILED","method":"mpesa","note":"STK Prompt Time Out","fullTimestamp":"2025-01-14T12:13:59+00:00","externalReference":"173675873400000038","phoneNumber":"254700000001"}})";

/// What an answer to a question about `subject` means, with a token that has been good before.
StatusAnswer answer_to(const StatusSubject& subject, const net::OutboundResponse& response) {
    const auto api = make_api();
    log_in(*api);
    return api->read(subject, response, now);
}

std::string meaning(std::string_view body, std::string_view reference = id) {
    return text_of(answer_to(about(reference), http(200, body)), "honeycoin", now);
}

/// "kind: what", or the candidate's own name when there is one.
std::string fate(std::string_view body, unsigned status = 200) {
    const StatusAnswer answer = answer_to(about(id), http(status, body));
    const std::string text = text_of(answer, "honeycoin", now);
    return answer.candidates.empty() ? text.substr(0, text.find('\n')) : answer.candidates.front().transition.id();
}

/// A deposit with more members.
std::string deposit(std::string_view charge_status, std::string_view more = {}) {
    std::string body = R"({"success":true,"data":{"transactionId":"lBK9bMny2gs4hLsG3XGq","type":"deposit",)";
    body.append(R"("amount":25,"currency":"KES","externalReference":"test","chargeStatus":)").append(charge_status);
    return body.append(more).append("}}");
}

event::Candidate callback_of(std::string_view data, std::string_view timestamp = "2025-06-16T22:16:44.000Z") {
    std::string body = R"({"event":"transaction_updated","data":{"transactionId":"lBK9bMny2gs4hLsG3XGq",)";
    body.append(R"("type":"deposit","externalReference":"test","method":"momo",)").append(data);
    body.append(R"(},"timestamp":")").append(timestamp).append("\"}");
    const auto provider = make_provider("honeycoin");
    return normalised(*provider, body).front();
}

TEST(HoneyCoinStatus, TheEntrySaysWhatItTakes) {
    const StatusEntry& entry = find_provider("honeycoin")->status;
    EXPECT_EQ(entry.base_url, "https://api-v2.honeycoin.app");
    EXPECT_EQ(entry.first_after, 90s);
    EXPECT_TRUE(entry.can_deny);
    EXPECT_EQ(entry.credentials.size(), 2U);
    expect_explained(entry.credentials);
}

TEST(HoneyCoinStatus, CredentialsAreCheckedAndNeverRepeated) {
    EXPECT_EQ(complaint("honeycoin", {}, keys), "");
    EXPECT_TRUE(complaint("honeycoin", {}, {}).starts_with("invalid_argument: api_key: "));
    EXPECT_TRUE(complaint("honeycoin", {}, {keys[0]}).starts_with("invalid_argument: public_key: "));
    EXPECT_TRUE(complaint("honeycoin", {}, {{"api_key", ""}, keys[1]}).starts_with("invalid_argument: api_key: "));
    EXPECT_EQ(complaint("honeycoin", {}, {keys[0], keys[1], {"secret", "hunter2hunter2"}}),
              "invalid_argument: secret: honeycoin has no such credential; it has api_key, public_key");
    EXPECT_EQ(complaint("honeycoin", {{"currency", "KES"}}, keys),
              "invalid_argument: currency: honeycoin has no settings");
    for (const char* unfit : {" hunter2hunter2", "hunter2hunter2\r\nx: y", "hunter2hunter2\n"}) {
        const std::string said = complaint("honeycoin", {}, {{"api_key", unfit}, keys[1]});
        EXPECT_TRUE(said.starts_with("invalid_argument: api_key: ")) << said;
        EXPECT_EQ(said.find("hunter2"), std::string::npos);
    }
}

TEST(HoneyCoinStatus, AQuestionIsAGetWithTheToken) {
    const auto api = make_api("/sandbox");
    log_in(*api);
    const auto question = api->ask(about(id), now).value();
    EXPECT_FALSE(question.is_login);
    EXPECT_EQ(question.request.method, "GET");
    EXPECT_EQ(question.request.target, "/sandbox/api/b2b/transactions/lBK9bMny2gs4hLsG3XGq");
    EXPECT_EQ(header_of(question, "authorization"), "Bearer " + std::string(token));
    EXPECT_EQ(header_of(question, "api-key"), "none");
    EXPECT_EQ(question.request.body, "");
}

TEST(HoneyCoinStatus, AsksByTheTransactionsOwnIdFirst) {
    const auto api = make_api();
    log_in(*api);
    StatusSubject subject = about_order("inv 7/8?#%");
    EXPECT_EQ(api->ask(subject, now).value().request.target, "/api/b2b/transactions/inv%207%2F8%3F%23%25");
    subject.reference = "a~b";
    EXPECT_EQ(api->ask(subject, now).value().request.target, "/api/b2b/transactions/a~b");
}

TEST(HoneyCoinStatus, RefusesToAskWithoutAnIdThatItKnows) {
    const auto api = make_api();
    StatusSubject subject;
    subject.provider_reference = "17";
    const auto nothing = api->ask(subject, now);
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, core::Errc::invalid_argument);
    EXPECT_NE(nothing.error().message.find("transactionId"), std::string::npos);
    // They would lead to other resources.
    for (const char* path : {"", ".", ".."}) {
        const auto wrong = api->ask(about(path), now);
        ASSERT_FALSE(wrong) << path;
        EXPECT_EQ(wrong.error().code, core::Errc::invalid_argument);
    }
}

TEST(HoneyCoinStatus, TheSeedsSuccess) {
    EXPECT_EQ(meaning(seed_success),
              "reported: succeeded (chargeStatus successful)\n"
              "payment succeeded\n"
              "reference=lBK9bMny2gs4hLsG3XGq\n"
              "merchant_reference=test\n"
              "network_reference=TFH174NFSJ\n"
              "amount=KES 25.00 minor 2500\n"
              "phone=254722416788\n"
              "method=momo\n"
              "occurred_at=2025-06-16T22:16:44.000Z\n"
              R"(details={"type":"deposit","senderCurrency":"KES","senderAmount":25,"receiverCurrency":"KES",)"
              R"("receiverAmount":25,"chargeStatus":"successful","status":"SUCCESSFUL",)"
              R"("note":"TFH174NFSJ Confirmed.","stepRequired":"otp","redirectUrl":"https://test.com"})"
              "\n");
}

TEST(HoneyCoinStatus, TheSeedsFailure) {
    EXPECT_EQ(meaning(seed_failure, "173675873400000038"),
              "reported: failed (chargeStatus failed)\n"
              "payment failed\n"
              "reference=173675873400000038\n"
              "merchant_reference=173675873400000038\n"
              "amount=KES 102.00 minor 10200\n"
              "phone=254700000001\n"
              "method=mpesa\n"
              "reason.message=STK Prompt Time Out\n"
              "occurred_at=2025-01-14T12:13:59.000Z\n"
              R"(details={"type":"deposit","senderCurrency":"KES","senderAmount":102,"receiverCurrency":"KES",)"
              R"("receiverAmount":102,"chargeStatus":"failed","status":"FAILED"})"
              "\n");
}

TEST(HoneyCoinStatus, ChargeStatusDecidesAndStatusOnlyInforms) {
    EXPECT_EQ(fate(deposit(R"("pending")")), "pending");
    EXPECT_EQ(fate(deposit(R"("successful","status":"PENDING")")), "succeeded");
    EXPECT_EQ(fate(deposit(R"("SUCCESSFUL")")), "succeeded");
    EXPECT_EQ(fate(deposit(R"("pending","status":"SUCCESSFUL")")), "pending");
    EXPECT_EQ(fate(deposit(R"("pending","status":"FAILED")")), "pending");
    EXPECT_EQ(fate(deposit(R"("failed","status":"SUCCESSFUL")")), "failed");
}

TEST(HoneyCoinStatus, WhatIsNotDocumentedIsDefiniteButNoState) {
    EXPECT_EQ(fate(deposit(R"("reversed")")), "unknown: a chargeStatus that is not documented: reversed");
    EXPECT_EQ(fate(deposit(R"("success")")), "unknown: a chargeStatus that is not documented: success");
    for (const char* wrong : {"null", "true", "2", "[]", R"("")", R"({"chargeStatus":"successful"})"})
        EXPECT_EQ(fate(deposit(wrong)), "unknown: a chargeStatus that is not documented: nothing") << wrong;
    EXPECT_EQ(fate(R"({"success":true,"data":{"transactionId":"lBK9bMny2gs4hLsG3XGq","status":"SUCCESSFUL"}})"),
              "unknown: a type that is not documented");
}

TEST(HoneyCoinStatus, TheKindFollowsFromTheType) {
    const auto kind = [](std::string_view type) {
        std::string body = R"({"success":true,"data":{"transactionId":"lBK9bMny2gs4hLsG3XGq","type":")";
        body.append(type).append(R"(","chargeStatus":"successful"}})");
        const auto answer = answer_to(about(id), http(200, body));
        return answer.candidates.empty() ? answer.what
                                         : std::string(event::to_string(answer.candidates.front().facts.kind));
    };
    EXPECT_EQ(kind("deposit"), "payment");
    EXPECT_EQ(kind("withdrawal"), "payout");
    EXPECT_EQ(kind("OFFRAMP"), "conversion");
    EXPECT_EQ(kind("onramp"), "conversion");
    EXPECT_EQ(kind("swap"), "a type that is not documented");
}

TEST(HoneyCoinStatus, AmountsAreTheProvidersDigits) {
    const auto amount = [](std::string_view members) {
        std::string body = R"({"success":true,"data":{"transactionId":"lBK9bMny2gs4hLsG3XGq","type":"deposit",)";
        body.append(R"("chargeStatus":"successful")").append(members).append("}}");
        const auto answer = answer_to(about(id), http(200, body));
        if (answer.candidates.empty()) return std::string(to_string(answer.kind));
        const auto& money = answer.candidates.front().facts.amount;
        return money ? money->currency().value_or("?") + " " + money->value() : "none";
    };
    EXPECT_EQ(amount(R"(,"amount":25.5,"currency":"KES")"), "KES 25.50");
    EXPECT_EQ(amount(R"(,"amount":0.1,"currency":"KES")"), "KES 0.10");
    EXPECT_EQ(amount(R"(,"amount":90071992547409931234.05,"currency":"KES")"), "KES 90071992547409931234.05");
    EXPECT_EQ(amount(R"(,"amount":1500,"currency":"UGX")"), "UGX 1500");
    EXPECT_EQ(amount(R"(,"amount":1500)"), "? 1500");
    EXPECT_EQ(amount(R"(,"amount":null,"currency":"KES")"), "none");
    EXPECT_EQ(amount(""), "none");
    // Without its sum a success could be compared with nothing.
    for (const char* wrong :
         {R"("25")", "-25", "1e3", "true", "[25]", "{}", R"("")", "1234567890123456789012345678901"})
        EXPECT_EQ(amount(R"(,"currency":"KES","amount":)" + std::string(wrong)), "failed") << wrong;
    for (const char* wrong : {R"("")", R"("kes")", "404", "[]"})
        EXPECT_EQ(amount(R"(,"amount":25,"currency":)" + std::string(wrong)), "failed") << wrong;
}

TEST(HoneyCoinStatus, StepsAreTheSameActionsAsInCallbacks) {
    EXPECT_EQ(fate(deposit(R"("pending")", R"(,"stepRequired":"otp")")), "action:otp::");
    EXPECT_EQ(fate(deposit(R"("pending")", R"(,"stepRequired":"OTP","fullTimestamp":"2025-06-17T01:16:44+03:00")")),
              "action:otp::2025-06-16T22:16:44.000Z");
    EXPECT_EQ(fate(deposit(R"("pending")", R"(,"stepRequired":"redirect","redirectUrl":"https://test.com/")")),
              "action:redirect:997744ed83a92fee:");
    EXPECT_EQ(fate(deposit(R"("failed")", R"(,"stepRequired":"otp")")), "failed");
    // A step that nobody can take.
    for (const char* step :
         {R"("redirect")", R"url("redirect","redirectUrl":"javascript:alert(1)")url", R"("pin")", "7"})
        EXPECT_EQ(fate(deposit(R"("pending")", R"(,"stepRequired":)" + std::string(step))), "pending") << step;
}

TEST(HoneyCoinStatus, AnAnswerAndTheCallbackOfTheSameFactAreOneEvent) {
    const auto answered = [](std::string_view status, std::string_view more = {}) {
        return answer_to(about(id), http(200, deposit(status, more))).candidates.front();
    };
    expect_same_fact(callback_of(R"("status":"successful")"), answered(R"("successful")"), now);
    expect_same_fact(callback_of(R"("status":"failed")"), answered(R"("failed")"), now);
    expect_same_fact(callback_of(R"("status":"pending")"), answered(R"("pending")"), now);
    constexpr std::string_view time = R"(,"fullTimestamp":"2025-06-17T01:16:44+03:00")";
    constexpr std::string_view otp = R"(,"stepRequired":"otp")";
    constexpr std::string_view redirect = R"(,"stepRequired":"redirect","redirectUrl":"https://test.com/")";
    for (const std::string_view step : {otp, redirect}) {
        const auto callback = callback_of(R"("status":"pending")" + std::string(step));
        expect_same_fact(callback, answered(R"("pending")", std::string(step).append(time)), now);
        // Without the callback's own time it is still the action that the payment is in.
        EXPECT_EQ(outcome_of_second(callback, answered(R"("pending")", step), now), event::Outcome::duplicate);
    }
}

TEST(HoneyCoinStatus, TheAnswerMustRepeatTheId) {
    const auto kind = [](const StatusSubject& subject, std::string_view body) {
        return answer_to(subject, http(200, body)).kind;
    };
    EXPECT_EQ(kind(about("another"), seed_success), AnswerKind::mismatched);
    EXPECT_EQ(kind(about("lbk9bmny2gs4hlsg3xgq"), seed_success), AnswerKind::mismatched);
    // The merchant's id where the transaction's was asked for, and the other way round.
    EXPECT_EQ(kind(about("test"), seed_success), AnswerKind::mismatched);
    EXPECT_EQ(kind(about_order(id), seed_success), AnswerKind::mismatched);
    EXPECT_EQ(kind(about_order("test"), seed_success), AnswerKind::reported);
    for (const char* other : {"17", "null", "true", "[]", R"("")", R"("a b")"})
        EXPECT_EQ(kind(about(id), R"({"success":true,"data":{"type":"deposit","chargeStatus":"successful",)"
                                  R"("transactionId":)" +
                                      std::string(other) + "}}"),
                  AnswerKind::mismatched)
            << other;
    EXPECT_EQ(kind(about_order("test"), R"({"success":true,"data":{"type":"deposit","chargeStatus":"successful",)"
                                        R"("externalReference":"test"}})"),
              AnswerKind::mismatched);
    EXPECT_EQ(kind(StatusSubject(), seed_success), AnswerKind::mismatched);
}

TEST(HoneyCoinStatus, NotFoundIsDefiniteUnlessItIsThePath) {
    EXPECT_EQ(fate(R"({"success":false,"message":"Transaction not found"})", 404),
              "unknown: HTTP 404: Transaction not found");
    EXPECT_EQ(fate(R"({"success":false,"message":"Transaction not found"})"),
              "unknown: no such transaction: Transaction not found");
    EXPECT_EQ(fate(R"({"success":true,"data":null})"), "unknown: no such transaction");
    EXPECT_EQ(fate("<html>404</html>", 404), "failed: HTTP 404: not a JSON object");
    EXPECT_EQ(fate("", 404), "failed: HTTP 404: not a JSON object");
    EXPECT_EQ(fate(R"({"message":"Not Found"})", 404), "failed: HTTP 404: Not Found")
        << "anything on the way there could have said that";
    EXPECT_EQ(fate(R"({"statusCode":404,"message":"Cannot GET /x/api/b2b/transactions/1","error":"Not Found"})", 404),
              "failed: HTTP 404: Cannot GET /x/api/b2b/transactions/1");
}

TEST(HoneyCoinStatus, TroubleSaysNothingAboutThePayment) {
    EXPECT_EQ(fate(R"({"message":"IP not whitelisted"})", 403), "refused: HTTP 403: IP not whitelisted");
    EXPECT_EQ(fate("", 429), "limited: HTTP 429");
    EXPECT_EQ(fate(R"({"message":"a\nb"})", 500), "failed: HTTP 500: a b");
    EXPECT_EQ(fate(seed_success, 503), "failed: HTTP 503");
    EXPECT_EQ(fate(seed_success, 302), "failed: HTTP 302: redirects are not followed");
    EXPECT_EQ(fate(seed_success, 400), "failed: HTTP 400");
    EXPECT_EQ(fate("garbage"), "failed: HTTP 200: not a JSON object");
    EXPECT_EQ(fate(""), "failed: HTTP 200: not a JSON object");
    EXPECT_EQ(fate("[]"), "failed: HTTP 200: not a JSON object");
    EXPECT_EQ(fate("{}"), "failed: data is missing or not an object");
    EXPECT_EQ(fate(R"({"success":true,"data":[]})"), "failed: data is missing or not an object");
    EXPECT_EQ(answer_to(about(id), http(429, "", "17")).retry_after, "17");
    for (std::size_t size = 0; size < seed_success.size(); ++size)
        EXPECT_EQ(answer_to(about(id), http(200, seed_success.substr(0, size))).kind, AnswerKind::failed) << size;
}

TEST(HoneyCoinStatus, NothingThatComesOutHoldsACredential) {
    const auto api = make_api();
    log_in(*api, now, login_body("null", "an-older-token"));
    EXPECT_FALSE(api->take_login(http(200, login_body()), now));
    for (const std::string_view secret : {api_key, public_key, token, std::string_view("an-older-token")}) {
        const std::string said = std::string(990, 'x') + " " + std::string(secret);
        const std::string with_note = R"(,"note":")" + said + R"(","extra":{")" + std::string(secret) + R"(":1})";
        for (const auto& [status, body] : std::vector<std::pair<unsigned, std::string>>{
                 {200, deposit(R"("failed")", with_note)},
                 {200, deposit('"' + std::string(secret) + '"')},
                 {200, deposit(R"("pending")", R"(,"method":")" + std::string(secret) + '"')},
                 {404, R"({"message":")" + std::string(secret) + " is unknown\"}"},
                 {403, R"({"error":"bad )" + std::string(secret) + "\"}"},
                 {500, R"({"message":")" + std::string(secret) + "\"}"},
             }) {
            const std::string out = everything_in(api->read(about(id), http(status, body), now));
            EXPECT_EQ(out.find(secret.substr(0, 9)), std::string::npos) << out;
        }
        const auto refused = api->take_login(http(401, R"({"message":"no )" + std::string(secret) + "\"}"), now);
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->what.find(secret), std::string::npos);
    }
}

TEST(HoneyCoinStatus, BrokenAnswersNeverBecomeAnotherPaymentsState) {
    std::mt19937_64 random(20261129);
    const auto api = make_api();
    log_in(*api);
    for (int round = 0; round < 20'000; ++round) {
        const std::string body = mutated(std::string(round % 2 == 0 ? seed_success : deposit(R"("pending")")), random);
        const StatusAnswer answer = api->read(about(id), http(200, body), now);
        text_of(answer, "honeycoin", now);
        for (const event::Candidate& candidate : answer.candidates) EXPECT_EQ(candidate.facts.reference, id) << body;
    }
}

}  // namespace
}  // namespace tollgate::provider::test
