// Who Moolre lets in: the secret in exactly one place of a body that is JSON or a form, and games with both.
#include "provider/moolre.hpp"
#include "support.hpp"

#include <array>

namespace tollgate::provider::test {
namespace {

/// The shapes with S for the secret.
constexpr std::string_view in_data =
    R"({"status":1,"code":"P01","message":"ok","go":null,"data":{"txstatus":1,"externalref":"t1","amount":"25","secret":"S","ts":"x"}})";
constexpr std::string_view beside =
    R"({"status":1,"data":{"txtstatus":1,"externalref":"t1","amount":"25"},"secret":"S","ts":"x"})";
constexpr std::string_view flat = R"({"txstatus":1,"externalref":"t1","amount":"25","secret":"S","ts":"x"})";
constexpr std::string_view form = "txstatus=1&externalref=t1&amount=25&secret=S&ts=x";
constexpr std::string_view php_form = "status=1&data%5Btxstatus%5D=1&data[externalref]=t1&data%5Bsecret%5D=S";
constexpr std::array shapes{in_data, beside, flat, form, php_form};

std::string with(std::string_view shape, std::string_view value, std::string_view mark = "S") {
    std::string body(shape);
    for (auto at = body.find(mark); at != std::string::npos; at = body.find(mark, at + value.size()))
        body.replace(at, mark.size(), value);
    return body;
}

std::string refusal_of(std::string body, std::vector<std::string> secrets = {std::string(secret)}) {
    const auto provider = make_provider("moolre", {}, std::move(secrets));
    const std::string why = refusal(*provider, Callback({}, std::move(body)));
    EXPECT_EQ(why.find(secret), std::string::npos);
    return why;
}

TEST(MoolreSecret, IsFoundInEveryShape) {
    for (const std::string_view shape : shapes) EXPECT_EQ(refusal_of(with(shape, secret)), "") << shape;
    EXPECT_EQ(refusal_of(" \r\n" + with(in_data, secret) + "\n"), "");
    EXPECT_EQ(refusal_of(with(flat, R"(\u0073k_test_6f1c0f7d8e9a4b5c)")), "") << "escapes are resolved";
    EXPECT_EQ(refusal_of(with(form, "%73k_test_6f1c0f7d8e9a4b5c")), "");
    EXPECT_EQ(refusal_of(R"({"s\u0065cret":")" + std::string(secret) + "\"}"), "");
}

TEST(MoolreSecret, RefusesEveryFlippedBitInEveryShape) {
    for (const std::string_view shape : shapes)
        for (std::size_t bit = 0; bit < secret.size() * 8; ++bit) {
            std::string value(secret);
            value[bit / 8] = static_cast<char>(value[bit / 8] ^ (1 << (bit % 8)));
            ASSERT_NE(refusal_of(with(shape, value)), "") << shape << " bit " << bit;
        }
}

TEST(MoolreSecret, RefusesEverythingNearIt) {
    const std::string right(secret);
    for (const std::string_view shape : shapes)
        for (const std::string& wrong : {std::string(), right + " ", " " + right, right + right, right.substr(1),
                                         right.substr(0, right.size() - 1), right + "\\u0000", right + "%00"})
            EXPECT_NE(refusal_of(with(shape, wrong)), "") << shape << " " << wrong;
}

TEST(MoolreSecret, MustBeAString) {
    for (const std::string_view value : {"null", "17", "true", "[\"S\"]", "{\"a\":\"S\"}", "{}", "[]"})
        for (const std::string_view shape : {in_data, beside, flat})
            EXPECT_NE(refusal_of(with(with(shape, value, "\"S\""), secret)), "") << value;
    const auto provider = make_provider("moolre", {}, {"17171717"});
    EXPECT_NE(refusal(*provider, Callback({}, R"({"secret":17171717})")), "");
}

TEST(MoolreSecret, StandsInExactlyOnePlace) {
    const std::vector<std::string_view> ambiguous{
        R"({"secret":"S","secret":"S"})",
        R"({"secret":"S","secret":"wrong"})",
        R"({"secret":"wrong","secret":"S"})",
        R"({"secret":"S","s\u0065cret":"S"})",
        R"({"secret":"S","data":{"secret":"S"}})",
        R"({"secret":"S","data":{"secret":"wrong"}})",
        R"({"secret":"wrong","data":{"secret":"S"}})",
        R"({"secret":"S","data":{"secret":null}})",
        R"({"data":{"secret":"S","secret":"S"}})",
        R"({"data":{"secret":"S"},"data":{"secret":"S"}})",
        R"({"secret":"S","x":[{"secret":"S"}]})",
        R"({"secret":"S","x":{"y":{"secret":1}}})",
        "secret=S&secret=S",
        "secret=S&secret=wrong",
        "secret=wrong&secret=S",
        "secret=S&data[secret]=S",
        "secret=S&%73ecret=S",
        "secret=S&secret",
        "data[secret]=S&data%5Bsecret%5D=S",
        "secret=S&x[secret]=S",
    };
    for (const std::string_view body : ambiguous) EXPECT_NE(refusal_of(with(body, secret)), "") << body;
}

TEST(MoolreSecret, StandsWhereItBelongs) {
    const std::vector<std::string_view> elsewhere{
        R"({"x":{"secret":"S"}})",
        R"({"data":{"data":{"secret":"S"}}})",
        R"({"data":[{"secret":"S"}]})",
        R"({"Secret":"S"})",
        R"({"secret ":"S"})",
        R"({"secrets":"S"})",
        R"({"data":"secret=S"})",
        R"([{"secret":"S"}])",
        R"("S")",
        R"({"S":"secret"})",
        "x[secret]=S",
        "data[data][secret]=S",
        "Secret=S",
        "data=secret=S",
        "S=secret",
        "S",
        "",
        "secret",
        "secret=",
        "{}",
        "?secret=S",
    };
    for (const std::string_view body : elsewhere) EXPECT_NE(refusal_of(with(body, secret)), "") << body;
}

TEST(MoolreSecret, IsNotFoundInWhatCannotBeRead) {
    for (const std::string_view body :
         {R"({"secret":"S")", R"({"secret":"S",})", R"({'secret':'S'})", R"({secret:"S"})",
          "{\"secret\":\"S\",\"a\":\"\xff\"}", R"({"secret":"S"}x)", R"({"secret":"S"}{"secret":"S"})", "secret=S&a=%",
          "secret=S&a=%zz", "secret=S&=1", "\xef\xbb\xbf{\"secret\":\"S\"}"})
        EXPECT_NE(refusal_of(with(body, secret)), "") << body;
    EXPECT_NE(
        refusal_of(with(R"({"secret":"S","x":)", secret) + std::string(20'000, '[') + std::string(20'000, ']') + "}"),
        "");
    std::string many = "secret=" + std::string(secret);
    for (int field = 0; field < 200; ++field) many += "&f" + std::to_string(field) + "=1";
    EXPECT_NE(refusal_of(many), "");
}

TEST(MoolreSecret, AcceptsAnyConfiguredOne) {
    const std::vector<std::string> secrets{"the-next-secret", std::string(secret), "the-last-secret"};
    for (const std::string& good : secrets) EXPECT_EQ(refusal_of(with(flat, good), secrets), "") << good;
    EXPECT_NE(refusal_of(with(flat, "the-next-secre"), secrets), "");
    EXPECT_NE(refusal_of(with(flat, "the-next-secret")), "") << "one that was rotated out";
}

TEST(MoolreSecret, ChecksItsSettings) {
    const ProviderEntry& entry = *find_provider("moolre");
    for (const std::vector<std::string>& secrets : {std::vector<std::string>{}, {""}, {"good", ""}}) {
        const auto made = entry.make({"accra", secrets, {}});
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, core::Errc::invalid_argument);
    }
    for (const std::string value : {"", "ghs", "GH", "GHSS", "G S", "936"}) {
        const auto made = entry.make({"accra", {"good"}, {{"currency", value}}});
        ASSERT_FALSE(made) << value;
        EXPECT_EQ(made.error().message, "currency: three capital letters, as in \"GHS\"");
    }
    EXPECT_FALSE(entry.make({"accra", {"good"}, {{"exponents.GHS", "2"}}}));
    EXPECT_TRUE(entry.make({"accra", {"good"}, {{"currency", "NGN"}}}));
    EXPECT_FALSE(entry.sign({"accra", {}, {}}, "{}"));
}

TEST(MoolreSecret, SigningPutsItWhereTheShapeHasIt) {
    const SourceSettings odd{"accra", {"a\"b&c=\\ d"}, {}};
    const auto provider = find_provider("moolre")->make(odd).value();
    const auto signed_body = [&](std::string_view body) {
        const auto request = find_provider("moolre")->sign(odd, std::string(body));
        EXPECT_TRUE(request) << body;
        EXPECT_EQ(refusal(*provider, Callback(*request)), "") << request->body;
        return request->headers.front().second + " " + request->body;
    };
    EXPECT_EQ(signed_body(R"( {"data":{"a":1,"secret" : "old","ts":1}})"),
              R"(application/json  {"data":{"a":1,"secret" : "a\"b&c=\\ d","ts":1}})");
    EXPECT_EQ(signed_body(R"({"data":{},"secret":null})"), R"(application/json {"data":{},"secret":"a\"b&c=\\ d"})");
    EXPECT_EQ(signed_body(R"({"data":{"a":1}})"), R"(application/json {"data":{"secret":"a\"b&c=\\ d","a":1}})");
    EXPECT_EQ(signed_body(R"({"data":{}})"), R"(application/json {"data":{"secret":"a\"b&c=\\ d"}})");
    EXPECT_EQ(signed_body("{}"), R"(application/json {"secret":"a\"b&c=\\ d"})");
    const std::string form_type = "application/x-www-form-urlencoded ";
    EXPECT_EQ(signed_body("a=1&data[secret]=old&b=2"), form_type + "a=1&data[secret]=a%22b%26c%3D%5C+d&b=2");
    EXPECT_EQ(signed_body("a=1&secret"), form_type + "a=1&secret=a%22b%26c%3D%5C+d");
    EXPECT_EQ(signed_body("a=1"), form_type + "a=1&secret=a%22b%26c%3D%5C+d");
    EXPECT_EQ(signed_body(""), form_type + "secret=a%22b%26c%3D%5C+d");
    for (const std::string_view body : {"{", R"({"secret":"a","data":{"secret":"b"}})", R"({"x":{"secret":"a"}})",
                                        "a=%", "secret=a&secret=b", "x[secret]=a"}) {
        const auto request = find_provider("moolre")->sign(odd, std::string(body));
        ASSERT_FALSE(request) << body;
        EXPECT_EQ(request.error().code, core::Errc::invalid_argument);
    }
}

TEST(MoolreSecret, IsNowhereInWhatIsKept) {
    const auto provider = make_provider("moolre");
    const std::vector<std::string_view> bodies{
        in_data,
        beside,
        flat,
        form,
        php_form,
        R"({"data":{"txstatus":2,"externalref":"t1","secret":"S"},"message":"secret S","code":"S"})",
        R"({"data":{"txstatus":2,"externalref":"t1","secret":"S"},"message":["a","is S"]})",
        R"({"data":{"txstatus":1,"externalref":"x-S","secret":"S"}})",
        R"({"data":{"txstatus":1,"externalref":"t1","transactionid":"S","thirdpartyref":"S","secret":"S"}})",
        R"({"data":{"txstatus":"S","externalref":"t1","secret":"S"}})",
        R"({"data":{"txstatus":1,"externalref":"t1","secret":"S","echo":"{\"secret\":\"S\"}","S":1}})",
        R"({"data":{"txstatus":1,"externalref":"t1","amount":"S","secret":"S"}})",
        R"({"data":{"txstatus":1,"externalref":"t1","secret":"S","amount":1,"amount":2}})",
        R"({"data":{"txstatus":1,"externalref":"t1","api_secret":"S","my-Secret":["S"],"s":{"t":"S"}},"secret":"S"})",
        "txstatus=1&externalref=t1&secret=S&echo=S&message=x+S+y&S=1",
        "txstatus=1&externalref=S&secret=S",
        "txstatus=1&txstatus=1&externalref=t1&secret=S",
        "txstatus=2&externalref=t1&secret=S&message=S&data[x]=S",
    };
    for (const std::string_view body : bodies)
        for (const std::string_view spelling :
             {std::string_view(secret), std::string_view(R"(sk_test_6f1c0f7d8e9a4b5\u0063)")}) {
            const bool is_form = body.front() != '{';
            const std::string text =
                with(body, is_form && spelling != secret ? "sk%5Ftest%5F6f1c0f7d8e9a4b5c" : spelling);
            for (const event::Candidate& candidate : normalised(*provider, Callback({}, text))) {
                const std::string kept = describe(candidate) + candidate.journal.body;
                EXPECT_EQ(kept.find("6f1c0f7d8e9a4b5"), std::string::npos) << kept;
                EXPECT_NE(candidate.journal.body.find("***"), std::string::npos) << kept;
                expect_sound(candidate, text);
            }
        }
}

TEST(MoolreSecret, NoBodyIsSignedThatCouldNotBeVerified) {
    std::string full = "a=1";
    for (std::size_t i = 1; i < FormLimits().max_fields; ++i) full += "&a=1";
    EXPECT_TRUE(moolre::with_secret(full, "abc").has_error());
    EXPECT_TRUE(moolre::with_secret(full.substr(4), "abc").has_value());
}

TEST(MoolreSecret, IsMaskedWhereAFormQuotesAnotherText) {
    EXPECT_EQ(moolre::masked_form("secret=abc&x=1"), "secret=***&x=1");
    EXPECT_EQ(moolre::masked_form("data[secret]=abc&x=1"), "data[secret]=***&x=1");
    EXPECT_EQ(moolre::masked_form("a=1&note=%7B%22secret%22%3A%22abc%22%7D&x=1"), "a=1&note=***&x=1");
    EXPECT_EQ(moolre::masked_form("a=1&{\"secret\":\"abc\"}=2&x=1"), "a=1&***=***&x=1");
    EXPECT_EQ(moolre::masked_form("{\"secret\":\"abc\"}&x=1"), "***=***&x=1");
}

TEST(MoolreSecret, TheJournalKeepsAllTheRest) {
    const auto provider = make_provider("moolre");
    for (const std::string_view shape : shapes)
        EXPECT_EQ(normalised(*provider, Callback({}, with(shape, secret))).front().journal.body, with(shape, "***"));
}

TEST(MoolreSecret, OfFewCharactersIsMaskedInItsPlace) {
    const auto provider = make_provider("moolre", {}, {"t1"});
    const auto candidates = normalised(*provider, Callback({}, with(in_data, "t1")));
    EXPECT_EQ(candidates.front().facts.reference, "t1") << "found by chance, so not taken for the secret";
    EXPECT_EQ(candidates.front().journal.body, with(in_data, "***"));
}

}  // namespace
}  // namespace tollgate::provider::test
