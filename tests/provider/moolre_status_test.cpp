// How Moolre is asked, and what each of its answers means, documented or not: none of them is ever a failure.
#include "asking.hpp"

#include <tollgate/core/crypto.hpp>

#include <array>
#include <cstdint>
#include <tuple>

namespace tollgate::provider::test {
namespace {

using namespace std::string_view_literals;

const Values credentials{
    {"api_user", "moolre-merchant"}, {"api_pubkey", "eyJ0eXAi.public.key-9"}, {"account_number", "100000000001"}};
const StatusSubject subject{.reference = "order-17", .merchant_reference = {}, .provider_reference = "31772222"};

std::unique_ptr<StatusApi> make_api(Values values = {}, std::string base_path = {}) {
    return make_status_api("moolre", credentials, std::move(values), std::move(base_path));
}

StatusAnswer read(std::string_view body, unsigned status = 200, const StatusSubject& about = subject) {
    return read_answer(*make_api(), about, {status, std::nullopt, std::string(body)});
}

std::string summary(std::string_view body, unsigned status = 200) {
    return summary_of(read(body, status));
}

constexpr std::string_view facts =
    R"("payer":"233240000000","accountnumber":"100000000001","amount":"25.00","value":"24.75","transactionid":"31772222","externalref":"order-17","thirdpartyref":"TP-9")";

/// An answer about our payment, with this txstatus and code.
std::string answer_of_code(std::string_view txstatus, std::string_view code, std::string_view more = {}) {
    return R"({"status":1,"code":")" + std::string(code) + R"(","message":"Said so","data":{"txstatus":)" +
           std::string(txstatus) + "," + std::string(facts) + std::string(more) + R"(},"go":null})";
}

/// As the seed words it; the shape around it is not documented.
constexpr std::string_view not_found =
    R"({"status":1,"code":"SS07","message":"Transaction not found","data":{"txstatus":2},"go":null})";

TEST(MoolreStatus, TheEntrySaysHowItIsAsked) {
    const StatusEntry& entry = find_provider("moolre")->status;
    EXPECT_EQ(entry.base_url, "https://api.moolre.com");
    EXPECT_EQ(entry.first_after, std::chrono::minutes(2));
    EXPECT_FALSE(entry.can_deny);
    ASSERT_EQ(entry.credentials.size(), 3U);
    std::string names;
    for (const SettingKey& key : entry.credentials) {
        names.append(key.name).append(" ");
        EXPECT_TRUE(key.required);
        EXPECT_FALSE(key.help.empty());
        EXPECT_TRUE(key.example.starts_with("\"${MOOLRE_")) << key.example;
    }
    EXPECT_EQ(names, "api_user api_pubkey account_number ");
}

TEST(MoolreStatus, AsksByTheExternalReference) {
    const auto question = make_api({}, "/proxy")->ask(subject, asked_at);
    ASSERT_TRUE(question);
    EXPECT_FALSE(question->is_login);
    EXPECT_EQ(question->request.method, "POST");
    EXPECT_EQ(question->request.target, "/proxy/open/transact/status");
    std::string headers;
    for (const auto& [name, value] : question->request.headers) headers += name + ": " + value + "\n";
    EXPECT_EQ(headers,
              "Content-Type: application/json\n"
              "X-API-USER: moolre-merchant\n"
              "X-API-PUBKEY: eyJ0eXAi.public.key-9\n");
    EXPECT_EQ(question->request.body, R"({"type":1,"idtype":"1","id":"order-17","accountnumber":"100000000001"})");
}

TEST(MoolreStatus, AsksByItsOwnIdWhenThatIsAllWeKnow) {
    const auto question = make_api()->ask({{}, "order-17", "31772222"}, asked_at);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->request.body, R"({"type":1,"idtype":"2","id":"31772222","accountnumber":"100000000001"})");
}

TEST(MoolreStatus, AnIdStaysInItsString) {
    const auto question = make_api()->ask({R"(a","id":"b\c)", {}, {}}, asked_at);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->request.body,
              R"({"type":1,"idtype":"1","id":"a\",\"id\":\"b\\c","accountnumber":"100000000001"})");
}

TEST(MoolreStatus, CannotBeAskedByOtherIds) {
    for (const StatusSubject& other : {StatusSubject{{}, "order-17", {}}, StatusSubject{"", {}, {}},
                                       StatusSubject{"two words", {}, {}}, StatusSubject{}}) {
        const auto question = make_api()->ask(other, asked_at);
        ASSERT_FALSE(question);
        EXPECT_EQ(question.error().code, core::Errc::invalid_argument);
        EXPECT_EQ(question.error().message, "moolre is asked by the externalref, or by its own transactionid");
    }
}

TEST(MoolreStatus, ASuccessFactByFact) {
    const StatusAnswer answer =
        read(answer_of_code("1", "SS01", R"(,"secret":"hook-secret","ts":"2024-06-18 10:00:00")"));
    EXPECT_EQ(summary_of(answer), "reported: succeeded (SS01)");
    ASSERT_EQ(answer.candidates.size(), 1U);
    EXPECT_EQ(answer.candidates.front().facts.provider, "moolre");
    EXPECT_EQ(describe(answer.candidates.front()),
              "payment succeeded\n"
              "reference=order-17\n"
              "provider_reference=31772222\n"
              "network_reference=TP-9\n"
              "amount=GHS 25.00 minor 2500\n"
              "phone=233240000000\n"
              R"(details={"accountnumber":"***","value":"24.75","ts":"2024-06-18 10:00:00","status":1,"code":"SS01",)"
              R"("message":"Said so","go":null})"
              "\n");
}

TEST(MoolreStatus, ASuccessHasBothItsStatusAndItsCode) {
    for (const std::string_view one : {"1", "\"1\"", "1.0"})
        EXPECT_EQ(read(answer_of_code(one, "SS01")).kind, AnswerKind::reported) << one;
    for (const std::string_view code : {"SS07", "SS02", "ss01", "SS01 ", "P01", ""})
        EXPECT_EQ(read(answer_of_code("1", code)).kind, AnswerKind::unknown) << code;
    EXPECT_EQ(summary(answer_of_code("1", "P01")),
              "unknown: a code that is not documented for txstatus 1 (P01: Said so)");
    EXPECT_EQ(read(R"({"status":1,"data":{"txstatus":1,)" + std::string(facts) + "}}").kind, AnswerKind::unknown);
    EXPECT_EQ(read(answer_of_code("1", "SS01", R"(,"code":"SS07")")).kind, AnswerKind::unknown);
    EXPECT_EQ(summary(answer_of_code("1", "SS01", R"(,"code":"SS07")")), "unknown: code is there twice, and differs");
}

TEST(MoolreStatus, AnotherStatusIsNoSuccessWhateverTheCodeSays) {
    for (const std::string_view other : {"3", "-1", "10", "true", "\"success\"", "[1]", "{}", "\"\"", "1.5"})
        EXPECT_EQ(summary(answer_of_code(other, "SS01")), "unknown: a txstatus that is not documented (SS01: Said so)")
            << other;
    EXPECT_EQ(read(answer_of_code("null", "SS01")).kind, AnswerKind::unknown);
    EXPECT_EQ(read(answer_of_code("1", "SS01", R"(,"txtstatus":2)")).kind, AnswerKind::unknown);
}

TEST(MoolreStatus, PendingIsPending) {
    for (const std::string_view code : {"SS01", "P01", "SS07"}) {
        const StatusAnswer answer = read(answer_of_code("0", code));
        ASSERT_EQ(answer.candidates.size(), 1U) << code;
        EXPECT_EQ(answer.candidates.front().transition.id(), "pending");
    }
    EXPECT_EQ(summary(answer_of_code("0", "P01")), "reported: pending (P01)");
}

TEST(MoolreStatus, NotFoundIsPendingAndNeverAFailure) {
    const StatusAnswer answer = read(not_found);
    EXPECT_EQ(summary_of(answer), "reported: pending (SS07: Transaction not found)");
    ASSERT_EQ(answer.candidates.size(), 1U);
    EXPECT_EQ(describe(answer.candidates.front()),
              "payment pending\n"
              "reference=order-17\n"
              R"(details={"code":"SS07","message":"Transaction not found"})"
              "\n");
    for (const std::string_view body : {R"({"status":"0","code":"SS07","message":"Transaction not found","data":null})",
                                        R"({"status":0,"code":"SS07","message":["Transaction not found"],"data":[]})",
                                        R"({"txstatus":"2","code":"SS07"})",
                                        R"({"status":1,"code":"SS07","data":{"txstatus":2,"externalref":"order-17"}})",
                                        R"({"status":1,"code":"SS07","data":{"txstatus":2,"externalref":""}})",
                                        R"({"status":1,"data":{"code":"SS07","txstatus":2,"externalref":null}})"})
        for (const unsigned status : {200U, 400U, 404U}) {
            const StatusAnswer said = read(body, status);
            ASSERT_EQ(said.candidates.size(), 1U) << body << " " << said.what;
            EXPECT_EQ(said.candidates.front().transition.id(), "pending");
        }
    const StatusSubject by_own_id{{}, {}, "31772222"};
    EXPECT_EQ(summary_of(read(not_found, 200, by_own_id)), "unknown: pending (SS07: Transaction not found)")
        << "no reference to say it of";
}

TEST(MoolreStatus, ADeclineIsNotToldFromNotYet) {
    EXPECT_EQ(summary(answer_of_code("2", "SS02")),
              "unknown: a code that is not documented for txstatus 2 (SS02: Said so)");
    for (const std::string_view code : {"SS01", "SD01", "TP17", ""})
        EXPECT_EQ(read(answer_of_code("2", code)).kind, AnswerKind::unknown) << code;
}

TEST(MoolreStatus, AnAnswerAboutAnotherPaymentIsNotBelieved) {
    const auto with_id = [](std::string_view id, std::string_view code = "SS01", std::string_view txstatus = "1") {
        return R"({"status":1,"code":")" + std::string(code) + R"(","data":{"amount":"25.00","txstatus":)" +
               std::string(txstatus) + std::string(id) + "}}";
    };
    for (const std::string_view other :
         {""sv, R"(,"externalref":"order-18")"sv, R"(,"externalref":"Order-17")"sv, R"(,"externalref":"order-17 ")"sv,
          R"(,"externalref":null)"sv, R"(,"externalref":["order-17"])"sv, R"(,"transactionid":"order-17")"sv}) {
        EXPECT_EQ(read(with_id(other)).kind, AnswerKind::mismatched) << other;
        EXPECT_EQ(read(with_id(other, "P01", "0")).kind, AnswerKind::mismatched) << other;
    }
    EXPECT_EQ(read(with_id(R"(,"externalref":"order-18")", "SS07", "2")).kind, AnswerKind::mismatched);
    EXPECT_EQ(read(R"({"code":"SS01","externalref":"order-18","data":{"txstatus":1,"externalref":"order-17"}})").kind,
              AnswerKind::mismatched);

    const StatusSubject by_own_id{{}, {}, "31772222"};
    EXPECT_EQ(read(answer_of_code("1", "SS01"), 200, by_own_id).candidates.at(0).facts.reference, "order-17");
    EXPECT_EQ(read(with_id(R"(,"externalref":"31772222")"), 200, by_own_id).kind, AnswerKind::mismatched);
    EXPECT_EQ(read(with_id(R"(,"transactionid":31772222,"externalref":"order-18")"), 200, by_own_id).kind,
              AnswerKind::reported)
        << "the digits of a number are the id";
    EXPECT_EQ(read(with_id(R"(,"transactionid":"31772222")"), 200, by_own_id).kind, AnswerKind::failed)
        << "of which payment of ours?";
}

TEST(MoolreStatus, OurOwnTroubleSaysNothingAboutThePayment) {
    const std::string refused = R"({"status":0,"code":"AU01","message":"Invalid API user","data":null})";
    EXPECT_EQ(summary(refused, 401), "refused: HTTP 401 (AU01: Invalid API user)");
    EXPECT_EQ(read(refused, 403).kind, AnswerKind::refused);
    EXPECT_EQ(summary(refused), "failed: the API did nothing (AU01: Invalid API user)");
    EXPECT_EQ(read(R"({"status":"0","message":"Invalid API user"})").kind, AnswerKind::failed);
    EXPECT_EQ(summary(R"({"status":1,"code":"X1"})"), "unknown: an answer without txstatus (X1)");
    EXPECT_EQ(summary(refused, 400), "failed: HTTP 400 (AU01: Invalid API user)");
    EXPECT_EQ(summary("<html>", 404), "failed: HTTP 404: " + read("<html>").what.substr(10));
    for (const unsigned status : {400U, 404U, 422U})
        EXPECT_EQ(read(answer_of_code("1", "SS01"), status).kind, AnswerKind::failed) << status;
    for (const unsigned status : {500U, 502U, 503U}) EXPECT_EQ(read(not_found, status).kind, AnswerKind::failed);
    for (const unsigned status : {301U, 302U, 308U}) EXPECT_EQ(read(not_found, status).kind, AnswerKind::failed);

    const StatusAnswer limited = read_answer(*make_api(), subject, {429, "30", R"({"message":"Slow down"})"});
    EXPECT_EQ(summary_of(limited), "limited: HTTP 429 (Slow down)");
    EXPECT_EQ(limited.retry_after, "30");
}

TEST(MoolreStatus, WhatCannotBeReadSaysNothing) {
    const std::string whole = answer_of_code("1", "SS01");
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(read(whole.substr(0, size)).kind, AnswerKind::failed) << size;
    for (const std::string_view body : {"null", "[]", "\"SS01\"", "1", "<html></html>", "status=1&code=SS01"})
        EXPECT_EQ(read(body).kind, AnswerKind::failed) << body;
    for (const std::string_view body : {R"({})", R"({"status":1,"data":null})", R"({"status":true,"code":7})"})
        EXPECT_EQ(read(body).kind, AnswerKind::unknown) << body;
    const auto with_amount = [&](std::string_view amount) {
        return std::string(whole).replace(whole.find("\"25.00\""), 7, amount);
    };
    for (const std::string_view wrong : {"\"-25\"", "\"25,00\"", "\"\"", "true", "[]", "1e3"})
        EXPECT_EQ(read(with_amount(wrong)).kind, AnswerKind::failed) << wrong;
    EXPECT_EQ(read(with_amount("null")).candidates.at(0).facts.amount, std::nullopt);
    EXPECT_EQ(read(whole.substr(0, whole.size() - 1) + R"(,"code":"SS01"})").kind, AnswerKind::failed)
        << "two members of one name";
}

TEST(MoolreStatus, TheCurrencyIsTheAccounts) {
    const auto api = make_api({{"currency", "NGN"}});
    const StatusAnswer answer = read_answer(*api, subject, {200, std::nullopt, answer_of_code("1", "SS01")});
    ASSERT_EQ(answer.candidates.size(), 1U);
    EXPECT_EQ(answer.candidates.front().facts.amount->canonical(), "NGN 25");
}

TEST(MoolreStatus, NoCredentialComesOut) {
    for (const auto& [name, value] : credentials) {
        const std::string escaped =
            "\\u00" + core::to_hex(std::array{static_cast<std::uint8_t>(value.front())}) + value.substr(1);
        for (const std::string& echoed : {value, "user " + value + "!", escaped}) {
            for (const unsigned status : {200U, 400U, 401U, 403U, 429U, 500U}) {
                const std::string text = all_of(read(
                    R"({"status":0,"code":")" + echoed + R"(","message":["No such key: )" + echoed + "\"]}", status));
                EXPECT_EQ(text.find(value), std::string::npos) << text;
            }
            for (const std::string_view tail : {R"("txstatus":1)", R"("txstatus":0)", R"("txstatus":2)", R"("x":1)"})
                for (const std::string_view code : {"SS01"sv, "SS07"sv, std::string_view(echoed)}) {
                    const std::string text =
                        all_of(read(R"({"status":1,"code":")" + std::string(code) + R"(","message":"For )" + echoed +
                                    R"(","user":")" + echoed +
                                    R"(","data":{"accountnumber":"100000000001","externalref":"order-17",")" + echoed +
                                    "\":1," + std::string(tail) + "}}"));
                    EXPECT_EQ(text.find(value), std::string::npos) << text;
                    EXPECT_EQ(text.find(escaped), std::string::npos) << text;
                }
        }
    }
    std::string known_by_key = answer_of_code("1", "SS01");
    known_by_key.replace(known_by_key.find("TP-9"), 4, credentials[1].second);
    EXPECT_EQ(read(known_by_key).candidates.at(0).facts.network_reference, std::nullopt) << "not known by ***, either";
    EXPECT_EQ(all_of(read(answer_of_code("1", "SS01", R"(,"secret":"hook-secret")"))).find("hook-secret"),
              std::string::npos);
}

TEST(MoolreStatus, AShortAccountNumberIsFoundByItsName) {
    const auto api = make_status_api("moolre", {credentials[0], credentials[1], {"account_number", "4711"}});
    const StatusAnswer answer = read_answer(
        *api, subject,
        {200, std::nullopt,
         R"({"code":"SS01","data":{"txstatus":1,"externalref":"order-17","accountnumber":["4711"],"Account_Number":4711}})"});
    ASSERT_EQ(answer.candidates.size(), 1U);
    EXPECT_EQ(answer.candidates.front().facts.details,
              R"({"accountnumber":"***","Account_Number":"***","code":"SS01"})");
}

TEST(MoolreStatus, AMerchantsNameMayBePartOfItsReferences) {
    const StatusSubject about{"moolre-merchant-17", {}, {}};
    const StatusAnswer answer =
        read(R"({"status":1,"code":"SS01","data":{"txstatus":1,"externalref":"moolre-merchant-17"}})", 200, about);
    ASSERT_EQ(answer.candidates.size(), 1U);
    EXPECT_EQ(answer.candidates.front().facts.reference, "moolre-merchant-17");
}

TEST(MoolreStatus, TheCallbackOfTheSameFactIsARepeat) {
    const auto provider = make_provider("moolre");
    for (const auto& [txstatus, code, called_code] : {std::tuple("1", "SS01", "P01"), std::tuple("0", "P01", "P01")}) {
        auto both = read(answer_of_code(txstatus, code)).candidates;
        const auto called = normalised(*provider, answer_of_code(txstatus, called_code, R"(,"secret":"x")"));
        ASSERT_EQ(both.size(), 1U);
        ASSERT_EQ(called.size(), 1U);
        EXPECT_EQ(both.front().transition, called.front().transition);
        EXPECT_EQ(both.front().facts.amount, called.front().facts.amount);
        both.push_back(called.front());
        EXPECT_EQ(outcomes_of(both), "accepted duplicate");
        std::swap(both.front(), both.back());
        EXPECT_EQ(outcomes_of(both), "accepted duplicate");
    }
}

TEST(MoolreStatus, NotYetSaysNothingAgainstASuccess) {
    auto candidates = read(answer_of_code("1", "SS01")).candidates;
    candidates.push_back(read(not_found).candidates.at(0));
    EXPECT_EQ(outcomes_of(candidates), "accepted stale");
}

TEST(MoolreStatus, RefusesCredentialsAndSettingsThatAreWrong) {
    EXPECT_EQ(refusal_of("moolre", {}), "api_user: moolre needs it, the user name of the Moolre account");
    EXPECT_EQ(refusal_of("moolre", {credentials[0], credentials[2]}),
              "api_pubkey: moolre needs it, the public API key of the account");
    EXPECT_EQ(refusal_of("moolre", {credentials[0], credentials[1]}),
              "account_number: moolre needs it, the wallet's account number");
    EXPECT_EQ(refusal_of("moolre", {credentials[0], credentials[1], {"account_number", ""}}),
              "account_number: it is empty");
    EXPECT_EQ(refusal_of("moolre", {credentials[0], credentials[1], credentials[2], {"secret", "very-secret"}}),
              "secret: moolre has no such credential; it has api_user, api_pubkey, account_number");
    EXPECT_EQ(refusal_of("moolre", {{"api_user", "a\r\nb"}, credentials[1], credentials[2]}),
              "api_user: no header can carry it; leave out line ends and blanks around it");
    EXPECT_TRUE(refusal_of("moolre", credentials, {{"currency", "cedi"}}).starts_with("currency: "));
    EXPECT_TRUE(refusal_of("moolre", credentials, {{"exponents.UGX", "2"}}).starts_with("exponents.UGX: "));
    EXPECT_EQ(refusal_of("moolre", credentials, {{"currency", "NGN"}}), "");
}

TEST(MoolreStatus, NothingBrokenIsTakenForAnEndOrForAFailure) {
    std::mt19937_64 random(20261122);
    const auto api = make_api();
    const std::string original = answer_of_code("2", "SS02");
    const std::string good = answer_of_code("1", "SS01");
    unsigned reported = 0;
    for (unsigned round = 0; round < 5'000; ++round) {
        const std::string body = mutated(round % 2 == 0 ? original : good, random);
        for (const event::Candidate& candidate : read_answer(*api, subject, {200, std::nullopt, body}).candidates) {
            EXPECT_EQ(candidate.facts.reference, "order-17");
            EXPECT_NE(candidate.transition.id(), "failed") << body;
            ++reported;
        }
    }
    EXPECT_GT(reported, 100U);
}

}  // namespace
}  // namespace tollgate::provider::test
