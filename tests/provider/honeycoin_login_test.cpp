// The login at HoneyCoin: the request to the letter, and the life of the token.
#include "honeycoin_asking.hpp"

namespace tollgate::provider::test {
namespace {

TEST(HoneyCoinLogin, TheLoginIsAsDocumented) {
    const auto api = make_api("/sandbox");
    const auto question = api->ask(about(id), now).value();
    EXPECT_TRUE(question.is_login);
    EXPECT_EQ(question.request.method, "POST");
    EXPECT_EQ(question.request.target, "/sandbox/api/b2b/auth/generate-bearer-token");
    EXPECT_EQ(header_of(question, "api-key"), api_key);
    EXPECT_EQ(header_of(question, "content-type"), "application/json");
    EXPECT_EQ(header_of(question, "authorization"), "none");
    EXPECT_EQ(question.request.body, R"({"publicKey":"hc_public_key_0b8a6c4d2e"})");
}

TEST(HoneyCoinLogin, APublicKeyIsEscaped) {
    const Values odd{keys[0], {"public_key", "a\"b\\c"}};
    const auto made = find_provider("honeycoin")->status.make({"kenya", {}, odd, {}});
    EXPECT_EQ(made.value()->ask(about(id), now).value().request.body, R"({"publicKey":"a\"b\\c"})");
}

TEST(HoneyCoinLogin, ATokenIsRenewedAWhileBeforeItEnds) {
    const auto api = make_api();
    log_in(*api);
    EXPECT_FALSE(begins_with_login(*api, now + 1h));
    EXPECT_FALSE(begins_with_login(*api, now + 1h + 55min - 1ms));
    EXPECT_TRUE(begins_with_login(*api, now + 1h + 55min));
}

TEST(HoneyCoinLogin, OneRenewalIsEnoughWhileTheTokenIsGood) {
    const auto api = make_api();
    log_in(*api);
    const auto renewal = now + 1h + 56min;
    EXPECT_TRUE(begins_with_login(*api, renewal));
    EXPECT_FALSE(begins_with_login(*api, renewal + 1s));
    // It has failed, so it is tried again, now and then; and all the time in the end.
    EXPECT_TRUE(begins_with_login(*api, renewal + 30s));
    EXPECT_FALSE(begins_with_login(*api, renewal + 59s));
    EXPECT_TRUE(begins_with_login(*api, now + 2h));
    EXPECT_TRUE(begins_with_login(*api, now + 2h + 1ms));
    EXPECT_FALSE(api->take_login(http(200, login_body("null", "another-token")), now + 2h));
    EXPECT_EQ(header_of(api->ask(about(id), now + 2h).value(), "authorization"), "Bearer another-token");
}

TEST(HoneyCoinLogin, AnEarlierEndIsBelievedInEverySpelling) {
    // An hour from now on.
    for (const char* end : {R"("2026-11-22T11:00:00.101Z")", R"("2026-11-22T14:00:00.101+03:00")", "1795345200101",
                            R"("1795345200101")"}) {
        const auto api = make_api();
        log_in(*api, now, login_body(end));
        EXPECT_FALSE(begins_with_login(*api, now + 55min - 1ms)) << end;
        EXPECT_TRUE(begins_with_login(*api, now + 55min)) << end;
    }
    const auto api = make_api();
    log_in(*api, now, login_body("1795345200"));
    EXPECT_FALSE(begins_with_login(*api, now + 55min - 102ms));
    EXPECT_TRUE(begins_with_login(*api, now + 55min - 101ms));
}

TEST(HoneyCoinLogin, AnEndThatMakesNoSenseIsNoLoginStorm) {
    for (const char* end : {"null", R"("")", R"("soon")", "7.2e3", "{}", "[]", "true", "-5", R"("2026-11-22 11:00")",
                            R"("99999999999999999999")", R"("2099-01-01T00:00:00Z")", "9223372036854775807"}) {
        const auto api = make_api();
        log_in(*api, now, login_body(end));
        EXPECT_FALSE(begins_with_login(*api, now + 5min - 1ms)) << end;
        EXPECT_TRUE(begins_with_login(*api, now + 1h + 55min)) << end;
    }
    // Over before it began: a clock is wrong. Five minutes without a login all the same.
    for (const char* end :
         {"7200", "0", R"("2026-11-22T09:00:00Z")", R"("2026-11-22T10:00:30Z")", R"("1970-01-01T00:00:00Z")"}) {
        const auto api = make_api();
        log_in(*api, now, login_body(end));
        EXPECT_FALSE(begins_with_login(*api, now + 5min - 1ms)) << end;
        EXPECT_TRUE(begins_with_login(*api, now + 5min)) << end;
    }
    const auto api = make_api();
    log_in(*api, now, R"({"token":"t"})");
    EXPECT_FALSE(begins_with_login(*api, now + 1h + 54min));
    EXPECT_TRUE(begins_with_login(*api, now + 1h + 55min));
}

TEST(HoneyCoinLogin, ARefusedTokenThatWasGoodIsReplacedOnce) {
    const auto api = make_api();
    log_in(*api);
    EXPECT_EQ(api->read(about(id), http(200, seed_success), now).kind, AnswerKind::reported);
    const auto first = api->read(about(id), http(401, R"({"success":false,"message":"jwt expired"})"), now);
    EXPECT_EQ(first.kind, AnswerKind::refused);
    EXPECT_EQ(first.what, "HTTP 401: jwt expired");
    EXPECT_TRUE(first.ask_again);
    log_in(*api, now, login_body("null", "token-number-two"));
    const auto second = api->read(about(id), http(401, ""), now);
    EXPECT_EQ(second.kind, AnswerKind::refused);
    EXPECT_FALSE(second.ask_again);
    // A later question begins with a login again, and its token is fresh, too.
    log_in(*api, now + 3min, login_body("null", "token-number-three"));
    EXPECT_FALSE(api->read(about(id), http(401, ""), now + 3min).ask_again);
}

TEST(HoneyCoinLogin, QuestionsOnTheirWayWithTheSameTokenAreAskedAgainToo) {
    const auto api = make_api();
    log_in(*api);
    EXPECT_EQ(api->read(about(id), http(404, R"({"success":false})"), now).kind, AnswerKind::unknown);
    EXPECT_TRUE(api->read(about(id), http(401, ""), now).ask_again);
    EXPECT_TRUE(api->read(about(id), http(401, ""), now).ask_again);
    log_in(*api);
    EXPECT_FALSE(api->read(about(id), http(401, ""), now).ask_again);
    EXPECT_FALSE(api->read(about(id), http(401, ""), now).ask_again);
}

TEST(HoneyCoinLogin, AFreshTokenIsNoReasonToAskAgain) {
    const auto api = make_api();
    log_in(*api);
    EXPECT_FALSE(api->read(about(id), http(503, ""), now).ask_again);
    EXPECT_FALSE(api->read(about(id), http(401, ""), now).ask_again);
    EXPECT_TRUE(begins_with_login(*api, now));
}

TEST(HoneyCoinLogin, OnlyA401DropsTheToken) {
    const auto api = make_api();
    log_in(*api);
    for (const unsigned status : {200U, 302U, 400U, 403U, 404U, 429U, 500U, 503U}) {
        EXPECT_FALSE(api->read(about(id), http(status, "{}"), now).ask_again) << status;
        EXPECT_FALSE(begins_with_login(*api, now)) << status;
    }
}

TEST(HoneyCoinLogin, ALoginThatFailsSaysWhatIsInTheWay) {
    const auto api = make_api();
    const auto said = [&](unsigned status, std::string_view body) {
        EXPECT_TRUE(begins_with_login(*api, now));
        const auto answer = api->take_login(http(status, body, "30"), now);
        if (!answer) return std::string("logged in");
        EXPECT_FALSE(answer->ask_again);
        EXPECT_TRUE(answer->candidates.empty());
        return std::string(to_string(answer->kind)) + ": " + answer->what;
    };
    EXPECT_EQ(said(401, R"({"message":"Invalid API key"})"), "refused: login: HTTP 401: Invalid API key");
    EXPECT_EQ(said(403, "<html>"), "refused: login: HTTP 403");
    EXPECT_EQ(said(400, R"({"message":"publicKey is wrong"})"), "refused: login: HTTP 400: publicKey is wrong");
    EXPECT_EQ(said(422, "{}"), "refused: login: HTTP 422");
    EXPECT_EQ(said(200, R"({"success":false,"message":"no"})"), "refused: login: HTTP 200: no");
    EXPECT_EQ(said(429, ""), "limited: login: HTTP 429");
    EXPECT_EQ(said(500, ""), "failed: login: HTTP 500");
    EXPECT_EQ(said(307, ""), "failed: login: HTTP 307: redirects are not followed");
    EXPECT_EQ(said(404, "{}"), "failed: login: HTTP 404: no usable token");
    EXPECT_EQ(said(200, "<html>"), "failed: login: HTTP 200: not JSON");
    EXPECT_EQ(said(200, R"({"token":"abc)"), "failed: login: HTTP 200: not JSON");
    EXPECT_EQ(said(200, "[]"), "failed: login: HTTP 200: not JSON");
    for (const char* body : {"{}", R"({"token":""})", R"({"token":17})", R"({"token":null})",
                             R"({"token":"a\r\nx-evil: 1"})", R"({"token":" a"})"})
        EXPECT_EQ(said(200, body), "failed: login: HTTP 200: no usable token") << body;
    EXPECT_EQ(api->take_login(http(429, "", "30"), now)->retry_after, "30");
    EXPECT_EQ(said(201, login_body()), "logged in");
}

TEST(HoneyCoinLogin, ATokenThatIsHandedOutTwiceIsStillRead) {
    const auto api = make_api();
    log_in(*api);
    EXPECT_FALSE(api->take_login(http(200, login_body()), now + 1h));
    EXPECT_EQ(header_of(api->ask(about(id), now + 1h).value(), "authorization"), "Bearer " + std::string(token));
}

}  // namespace
}  // namespace tollgate::provider::test
