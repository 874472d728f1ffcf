// Asking a Unipesa-type platform: the signed question to the letter, and what its unsigned answers mean.
#include "asking_support.hpp"
#include "unipesa_support.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/core/json.hpp>

#include <cstdio>
#include <random>

namespace tollgate::provider::test {
namespace {

using namespace std::chrono_literals;

constexpr core::WallTime now = received_at;
constexpr std::string_view public_id = "f54ec96649be11ebb3780242ac130002";
constexpr std::string_view order = "16280954971628095497";

const Values merchant{{"merchant_id", std::string(unipesa_merchant)}};
const Values keys{{"public_id", std::string(public_id)}, {"secret", std::string(unipesa_secret)}};

/// The seed's two answers: of the status method, and of the simulator.
constexpr std::string_view seed_success =
    R"({"order_id":"16280954971628095497","transaction_id":"732007046722","transaction_ref":"MP.33234.342.CP33","status":2,"result":{"code":0,"message":"OK"},"provider_result":{"code":0,"message":"OK"},"service_id":1,"service_version":11.1,"service_date_time":"2020-11-25 10:08:32.832969"})";
constexpr std::string_view seed_simulator =
    R"({"order_id":"54321","transaction_id":"12345","transaction_ref":"","status":1,"result":{"code":0,"message":"OK"},"provider_result":{"code":-8888,"message":"Good"},"service_id":1,"service_version":"1.03/1.14|1.0/1.26|1.0/1.0|1.01/1.01|1.01/1.01||1.01/1.27","service_date_time":"2023-05-15 10:00:00.000000","confirm_type":0})";

StatusSubject about(std::string_view reference, std::optional<event::Kind> kind = std::nullopt) {
    StatusSubject subject;
    subject.reference = std::string(reference);
    subject.kind = kind;
    return subject;
}

std::unique_ptr<StatusApi> make_api(std::string base_path = {}, Values credentials = keys) {
    auto made =
        find_provider("unipesa")->status.make({"kenya", merchant, std::move(credentials), std::move(base_path)});
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
}

StatusAnswer answer_to(const StatusSubject& subject, const net::OutboundResponse& response) {
    return make_api()->read(subject, response, now);
}

std::string meaning(std::string_view body, const StatusSubject& subject = about(order)) {
    return text_of(answer_to(subject, http(200, body)), "unipesa", now);
}

/// "kind: what", or the candidate's own name when there is one.
std::string fate(std::string_view body, unsigned status = 200) {
    const StatusAnswer answer = answer_to(about(order), http(status, body));
    const std::string text = text_of(answer, "unipesa", now);
    return answer.candidates.empty() ? text.substr(0, text.find('\n')) : answer.candidates.front().transition.id();
}

/// An answer about `order` with more members.
std::string state(std::string_view status, std::string_view more = {}) {
    std::string body = R"({"order_id":"16280954971628095497","status":)";
    return body.append(status).append(more).append("}");
}

event::Candidate answered(std::string_view status, std::string_view more = {}) {
    return answer_to(about(order), http(200, state(status, more))).candidates.front();
}

/// What PHP signs of `body`, by the platform's own function.
std::string text_by_php(const std::string& body) {
    const std::string command =
        "printf '%s\\n' '" + body + "' | php -n " TOLLGATE_SOURCE_DIR "/tests/provider/unipesa_oracle.php";
    FILE* const pipe = ::popen(command.c_str(), "r");
    if (!pipe) return "no php";
    std::string hex;
    for (int c = std::fgetc(pipe); c != EOF && c != '\n'; c = std::fgetc(pipe)) hex += static_cast<char>(c);
    EXPECT_EQ(::pclose(pipe), 0) << "php-cli is missing (deploy/packages test)";
    std::string text(hex.size() / 2, '\0');
    const std::span bytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
    EXPECT_TRUE(core::from_lower_hex(hex, bytes)) << hex;
    return text;
}

TEST(UnipesaStatus, TheEntrySaysWhatItTakes) {
    const StatusEntry& entry = find_provider("unipesa")->status;
    EXPECT_EQ(entry.base_url, "");
    EXPECT_EQ(entry.first_after, 4min);
    EXPECT_TRUE(entry.can_deny);
    EXPECT_EQ(entry.credentials.size(), 2U);
    expect_explained(entry.credentials);
}

TEST(UnipesaStatus, CredentialsAndSettingsAreCheckedAndNeverRepeated) {
    EXPECT_EQ(complaint("unipesa", merchant, keys), "");
    EXPECT_TRUE(complaint("unipesa", merchant, {}).starts_with("invalid_argument: public_id: "));
    EXPECT_TRUE(complaint("unipesa", merchant, {keys[0]}).starts_with("invalid_argument: secret: "));
    EXPECT_TRUE(complaint("unipesa", merchant, {keys[0], {"secret", ""}}).starts_with("invalid_argument: secret: "));
    EXPECT_TRUE(
        complaint("unipesa", merchant, {{"public_id", ".."}, keys[1]}).starts_with("invalid_argument: public_id"));
    EXPECT_EQ(complaint("unipesa", merchant, {keys[0], keys[1], {"api_key", "hunter2hunter2"}}),
              "invalid_argument: api_key: unipesa has no such credential; it has public_id, secret");
    EXPECT_TRUE(complaint("unipesa", {}, keys).starts_with("invalid_argument: merchant_id: "));
    EXPECT_TRUE(complaint("unipesa", {{"merchant_id", "a b"}}, keys).starts_with("invalid_argument: merchant_id: "));
    EXPECT_TRUE(complaint("unipesa", {merchant[0], {"mood", "x"}}, keys).starts_with("invalid_argument: mood: "));
    EXPECT_EQ(complaint("unipesa", {merchant[0], {"currency", "KES"}}, keys), "");
}

TEST(UnipesaStatus, TheQuestionIsSignedInTheDocumentedOrder) {
    const auto question = make_api("/gateway")->ask(about("a:b_c.d-1"), now).value();
    EXPECT_FALSE(question.is_login);
    EXPECT_EQ(question.request.method, "POST");
    EXPECT_EQ(question.request.target, "/gateway/f54ec96649be11ebb3780242ac130002/status");
    const std::string members = R"("merchant_id":"e0fecd91fcb24f348048193b3fb34875ba3722b4","order_id":"a:b_c.d-1")";
    const std::string text = text_by_php("{" + members + "}");
    EXPECT_EQ(text, "merchant_ide0fecd91fcb24f348048193b3fb34875ba3722b4order_ida:b_c.d-1");
    EXPECT_EQ(question.request.body,
              "{" + members + R"(,"signature":")" + signature_of(text, unipesa_secret) + R"("})");
    std::string headers;
    for (const auto& [name, value] : question.request.headers) headers.append(name).append(": ").append(value) += '\n';
    EXPECT_EQ(headers, "content-type: application/json\naccept: application/json\n");
}

TEST(UnipesaStatus, IdsAreEscapedWhereverTheyStand) {
    const auto api = make_api("", {{"public_id", "a/b ?"}, keys[1]});
    const auto question = api->ask(about(R"(a"b\c)"), now).value();
    EXPECT_EQ(question.request.target, "/a%2Fb%20%3F/status");
    core::JsonParser parser;
    const auto body = parser.parse(question.request.body);
    ASSERT_TRUE(body) << question.request.body;
    EXPECT_EQ((*body)["order_id"].string(), R"(a"b\c)");
    const std::string text = std::string("merchant_id").append(unipesa_merchant).append(R"(order_ida"b\c)");
    EXPECT_EQ((*body)["signature"].string(), signature_of(text, unipesa_secret));
}

TEST(UnipesaStatus, AsksByTheOrderOnly) {
    StatusSubject subject;
    subject.merchant_reference = "m";
    subject.provider_reference = "p";
    for (const StatusSubject& wrong : {subject, about("")}) {
        const auto nothing = make_api()->ask(wrong, now);
        ASSERT_FALSE(nothing);
        EXPECT_EQ(nothing.error().code, core::Errc::invalid_argument);
        EXPECT_NE(nothing.error().message.find("order_id"), std::string::npos);
    }
}

TEST(UnipesaStatus, NobodyLogsIn) {
    const auto answer = make_api()->take_login(http(200, "{}"), now);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->kind, AnswerKind::failed);
}

TEST(UnipesaStatus, TheSeedsSuccess) {
    EXPECT_EQ(meaning(seed_success),
              "reported: success (status 2)\n"
              "payment succeeded\n"
              "reference=16280954971628095497\n"
              "provider_reference=732007046722\n"
              "network_reference=MP.33234.342.CP33\n"
              R"(details={"status":2,"result":{"code":0,"message":"OK"},"provider_result":{"code":0,"message":"OK"},)"
              R"("service_id":1,"service_version":11.1,"service_date_time":"2020-11-25 10:08:32.832969"})"
              "\n");
}

TEST(UnipesaStatus, TheSeedsSimulatorStaysInProgress) {
    EXPECT_EQ(meaning(seed_simulator, about("54321")),
              "reported: in progress (status 1)\n"
              "payment pending\n"
              "reference=54321\n"
              "provider_reference=12345\n"
              R"(details={"transaction_ref":"","status":1,"result":{"code":0,"message":"OK"},)"
              R"("provider_result":{"code":-8888,"message":"Good"},"service_id":1,)"
              R"("service_version":"1.03/1.14|1.0/1.26|1.0/1.0|1.01/1.01|1.01/1.01||1.01/1.27",)"
              R"("service_date_time":"2023-05-15 10:00:00.000000","confirm_type":0})"
              "\n");
}

TEST(UnipesaStatus, OnlyWhatIsDocumentedIsAState) {
    const std::vector<std::pair<std::string, std::string>> documented{
        {"0", "pending"}, {"1", "pending"}, {"2", "succeeded"}, {"3", "failed"}, {"4", "cancelled"}};
    for (const auto& [status, id] : documented) {
        EXPECT_EQ(fate(state(status)), id) << status;
        EXPECT_EQ(fate(state('"' + status + '"')), id) << status;
    }
    EXPECT_EQ(fate(state("-1", R"(,"result":{"code":10400,"message":"Order not found"})")),
              "unknown: undefined (status -1): Order not found");
    EXPECT_EQ(fate(state(R"("-1")")), "unknown: undefined (status -1)");
    for (const char* status : {"5", "6", "7", R"("5")", "22", "2.0", "-2", R"("success")", R"(" 2")", "2e0"})
        EXPECT_TRUE(fate(state(status)).starts_with("unknown: an unknown status: ")) << status;
    for (const char* wrong : {"null", "true", "[2]", R"({"status":2})", R"("")"})
        EXPECT_EQ(fate(state(wrong)), "unknown: an unknown status: ") << wrong;
}

TEST(UnipesaStatus, StatusDecidesAndResultsExplain) {
    const auto reason = [](std::string_view status, std::string_view more) {
        const auto found = answered(status, more).facts.reason;
        return found ? found->code.value_or("-") + " " + found->message.value_or("-") : "none";
    };
    constexpr std::string_view refused = R"(,"result":{"code":10305,"message":"Insufficient amount"})";
    constexpr std::string_view behind = R"(,"result":{"code":0},"provider_result":{"code":"51","message":"No money"})";
    constexpr std::string_view placeholder =
        R"(,"result":{"code":0},"provider_result":{"code":-8888,"message":"Good"})";
    EXPECT_EQ(reason("3", refused), "10305 Insufficient amount");
    EXPECT_EQ(reason("4", R"(,"result":{"code":"10306"})"), "10306 -");
    EXPECT_EQ(reason("1", refused), "10305 Insufficient amount");
    EXPECT_EQ(reason("2", refused), "none");
    EXPECT_EQ(reason("3", behind), "51 No money");
    EXPECT_EQ(reason("1", behind), "none");
    EXPECT_EQ(reason("3", placeholder), "none");
    EXPECT_EQ(reason("3", R"(,"result":[],"provider_result":null)"), "none");
    EXPECT_EQ(reason("3", R"(,"result":{"code":"-8888","message":""})"), "none");
}

TEST(UnipesaStatus, AWrongSignatureIsOurs) {
    EXPECT_EQ(fate(R"({"status":-1,"result":{"code":10201,"message":"Wrong signature"}})"),
              "refused: our signature is wrong (10201): Wrong signature");
    EXPECT_EQ(fate(state("3", R"(,"result":{"code":"10201","message":""})")),
              "refused: our signature is wrong (10201)");
    EXPECT_EQ(fate(state("3", R"(,"provider_result":{"code":10201})")), "failed");
}

TEST(UnipesaStatus, TheKindIsWhatTheAnswerSaysElseWhatIsKnown) {
    const auto kind = [](std::string_view more, std::optional<event::Kind> known = std::nullopt) {
        const auto answer = answer_to(about(order, known), http(200, state("2", more)));
        return answer.candidates.empty() ? std::string(to_string(answer.kind)) + ": " + answer.what
                                         : std::string(event::to_string(answer.candidates.front().facts.kind));
    };
    EXPECT_EQ(kind(R"(,"operation_type":17)"), "payment");
    EXPECT_EQ(kind(R"(,"operation_type":"16")"), "payout");
    EXPECT_EQ(kind(R"(,"operation_type":16)", event::Kind::payment), "payout");
    EXPECT_EQ(kind(""), "payment");
    EXPECT_EQ(kind("", event::Kind::payout), "payout");
    EXPECT_EQ(kind(R"(,"operation_type":null)", event::Kind::payout), "payout");
    EXPECT_EQ(kind(R"(,"operation_type":18)"), "unknown: an unknown operation_type: 18");
}

TEST(UnipesaStatus, APageToVisitIsAnAction) {
    constexpr std::string_view page = R"(,"extra":{"customer_redirect":"https://pay.example.com/1?x=2"})";
    EXPECT_EQ(meaning(state("1", page)),
              "reported: in progress (status 1)\n"
              "payment action:redirect:aebc3e0d78797dc0:\n"
              "reference=16280954971628095497\n"
              "action=redirect\n"
              "action.url=https://pay.example.com/1?x=2\n"
              R"(details={"status":1,"extra":{"customer_redirect":"https://pay.example.com/1?x=2"}})"
              "\n");
    EXPECT_EQ(fate(state("2", page)), "succeeded");
    EXPECT_EQ(fate(state("5", page)), "unknown: an unknown status: 5");
    // The answer's own time does not make it another action.
    const auto later = answered("1", std::string(page) + R"(,"service_date_time":"2026-11-22 10:00:01.000000")");
    EXPECT_EQ(outcome_of_second(answered("0", page), later, now), event::Outcome::duplicate);
    for (const char* extra : {R"(,"extra":[])", R"(,"extra":{"customer_redirect":""})", R"(,"extra":null)",
                              R"url(,"extra":{"customer_redirect":"javascript:alert(1)"})url",
                              R"(,"extra":{"customer_redirect":["https://pay.example.com"]})"})
        EXPECT_EQ(fate(state("1", extra)), "pending") << extra;
}

TEST(UnipesaStatus, AConfirmTypeIsAnAction) {
    for (const char* type : {"1", R"("2")"})
        EXPECT_EQ(fate(state("1", R"(,"confirm_type":)" + std::string(type))), "action:confirm::") << type;
    EXPECT_EQ(answered("1", R"(,"confirm_type":1)").facts.action->kind, event::ActionKind::confirm);
    for (const char* type : {"0", R"("0")", R"("")", "null", "[]"})
        EXPECT_EQ(fate(state("1", R"(,"confirm_type":)" + std::string(type))), "pending") << type;
    EXPECT_EQ(fate(state("3", R"(,"confirm_type":1)")), "failed");
    // Both: the page is where it is confirmed.
    EXPECT_EQ(fate(state("1", R"(,"confirm_type":1,"extra":{"customer_redirect":"https://pay.example.com/1?x=2"})")),
              "action:redirect:aebc3e0d78797dc0:");
}

TEST(UnipesaStatus, TypesVary) {
    EXPECT_EQ(meaning(R"({"order_id":16280954971628095497,"transaction_id":732007046722,"transaction_ref":17,)"
                      R"("status":"2","customer_id":254710000000,"result":{"code":"0"}})"),
              "reported: success (status 2)\n"
              "payment succeeded\n"
              "reference=16280954971628095497\n"
              "provider_reference=732007046722\n"
              "network_reference=17\n"
              "phone=254710000000\n"
              R"(details={"status":"2","result":{"code":"0"}})"
              "\n");
    const auto odd = answered("2", R"(,"transaction_id":["x"],"transaction_ref":"a b","customer_id":{})").facts;
    EXPECT_FALSE(odd.provider_reference || odd.network_reference || odd.customer.phone);
    EXPECT_EQ(odd.details, R"({"status":2,"transaction_id":["x"],"transaction_ref":"a b","customer_id":{}})");
}

TEST(UnipesaStatus, AnAnswerAndTheCallbackOfTheSameFactAreOneEvent) {
    const auto provider = make_unipesa();
    const auto callback = [&](std::string_view status) {
        std::string body(seed_callback);
        body.replace(body.find(R"("status":2)"), 10, R"("status":)" + std::string(status));
        return normalised(*provider, Callback({{"content-type", "application/json"}}, signed_body(body))).front();
    };
    for (const char* status : {"0", "1", "2", "3", "4"}) expect_same_fact(callback(status), answered(status), now);
}

TEST(UnipesaStatus, TheAnswerMustRepeatTheOrder) {
    EXPECT_EQ(answer_to(about("1628095497162809549"), http(200, seed_success)).kind, AnswerKind::mismatched);
    EXPECT_EQ(answer_to(StatusSubject(), http(200, seed_success)).kind, AnswerKind::mismatched);
    EXPECT_EQ(fate(R"({"order_id":"x","status":-1})"), "mismatched: the answer names another order_id");
    for (const char* id : {"null", R"("")", "true", R"(["16280954971628095497"])"})
        EXPECT_EQ(fate(R"({"status":2,"order_id":)" + std::string(id) + "}"),
                  "mismatched: the answer names no order_id")
            << id;
    EXPECT_EQ(fate(R"({"status":-1,"result":{"code":10400,"message":"No such order"}})"),
              "unknown: undefined (status -1): No such order");
    EXPECT_EQ(fate(R"({"result":{"code":10100,"message":"Bad request"}})"),
              "failed: no order and no status: Bad request");
}

TEST(UnipesaStatus, TroubleSaysNothingAboutThePayment) {
    EXPECT_EQ(fate(R"({"message":"no"})", 401), "refused: HTTP 401: no");
    EXPECT_FALSE(answer_to(about(order), http(401, "")).ask_again);
    EXPECT_EQ(fate(seed_success, 403), "refused: HTTP 403: OK");
    EXPECT_EQ(fate("", 429), "limited: HTTP 429");
    EXPECT_EQ(answer_to(about(order), http(429, "", "17")).retry_after, "17");
    EXPECT_EQ(fate("<html>", 502), "failed: HTTP 502");
    EXPECT_EQ(fate("{}", 404), "failed: HTTP 404");
    EXPECT_EQ(fate(R"({"message":"no route"})", 404), "failed: HTTP 404: no route");
    EXPECT_EQ(fate("<html>", 404), "failed: HTTP 404: not a JSON object");
    EXPECT_EQ(fate("[]"), "failed: HTTP 200: not a JSON object");
    EXPECT_EQ(fate("{}"), "failed: no order and no status");
    EXPECT_EQ(fate(R"({"order_id":"16280954971628095497","status":2,"status":3})"),
              "failed: HTTP 200: not a JSON object");
    for (std::size_t size = 0; size < seed_success.size(); ++size)
        EXPECT_EQ(answer_to(about(order), http(200, seed_success.substr(0, size))).kind, AnswerKind::failed) << size;
}

TEST(UnipesaStatus, NothingThatComesOutHoldsACredential) {
    for (const std::string_view secret : {unipesa_secret, public_id}) {
        const std::string words = std::string(990, 'x') + " " + std::string(secret);
        const std::string member = '"' + std::string(secret) + '"';
        for (const auto& [status, body] : std::vector<std::pair<unsigned, std::string>>{
                 {200, state("3", R"(,"result":{"code":10999,"message":")" + words + "\"}," + member + ":1")},
                 {200, state("3", R"(,"result":{"code":)" + member + "}")},
                 {200, state("1", R"(,"transaction_ref":)" + member + R"(,"transaction_id":"x)" + member.substr(1))},
                 {200, state(member)},
                 {200, state("2", R"(,"operation_type":)" + member)},
                 {200, state("-1", R"(,"result":{"code":1,"message":)" + member + "}")},
                 {403, R"({"message":)" + member + "}"},
             }) {
            const StatusAnswer answer = answer_to(about(order), http(status, body));
            const std::string out = everything_in(answer);
            EXPECT_EQ(out.find(secret.substr(0, 9)), std::string::npos) << out;
            EXPECT_EQ(out.find("_reference="), std::string::npos) << out;
        }
    }
}

TEST(UnipesaStatus, APageMayHoldThePublicId) {
    const std::string page = "https://pay.example.com/" + std::string(public_id) + "/1";
    const auto facts = answered("1", R"(,"extra":{"customer_redirect":")" + page + "\"}").facts;
    EXPECT_EQ(facts.action->url, page);
    EXPECT_EQ(facts.details, R"({"status":1,"extra":{"customer_redirect":"***"}})");
}

TEST(UnipesaStatus, BrokenAnswersNeverBecomeAnotherPaymentsState) {
    std::mt19937_64 random(20261130);
    const auto api = make_api();
    for (int round = 0; round < 20'000; ++round) {
        const std::string body = mutated(std::string(seed_success), random);
        const StatusAnswer answer = api->read(about(order), http(200, body), now);
        text_of(answer, "unipesa", now);
        for (const event::Candidate& candidate : answer.candidates) EXPECT_EQ(candidate.facts.reference, order) << body;
    }
}

}  // namespace
}  // namespace tollgate::provider::test
