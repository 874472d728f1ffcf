// Who is let in: recorded signatures, every flipped bit of them, and games with headers and secrets.
#include "support.hpp"
#include "vectors.hpp"

#include <algorithm>
#include <type_traits>

namespace tollgate::provider::test {
namespace {

// The order verify, then normalise, is a matter of types: nobody else can make a VerifiedCallback.
static_assert(!std::is_constructible_v<VerifiedCallback, RawCallback>);
static_assert(!std::is_convertible_v<RawCallback, VerifiedCallback>);
static_assert(!std::is_default_constructible_v<VerifiedCallback>);
static_assert(!std::is_aggregate_v<VerifiedCallback>);
static_assert(!std::is_invocable_v<decltype(&Provider::normalise), Provider&, const RawCallback&>);

constexpr std::string_view header = "x-startbutton-signature";

std::string refusal(Provider& provider, Headers headers, std::string_view body) {
    return test::refusal(provider, Callback(std::move(headers), std::string(body)));
}

std::string refusal(Provider& provider, std::string_view signature, std::string_view body) {
    return refusal(provider, {{std::string(header), std::string(signature)}}, body);
}

TEST(StartbuttonSignature, AcceptsWhatOpensslSigned) {
    const auto provider = make_startbutton();
    for (const Vector& vector : vectors) EXPECT_EQ(refusal(*provider, vector.sha512, vector.body), "");
}

TEST(StartbuttonSignature, SignsAsOpensslDoes) {
    for (const Vector& vector : vectors) {
        const auto request =
            find_provider("startbutton")->sign({"kenya", {std::string(secret)}, {}}, std::string(vector.body));
        ASSERT_TRUE(request);
        EXPECT_EQ(request->body, vector.body);
        const Headers expected{{"content-type", "application/json"}, {std::string(header), std::string(vector.sha512)}};
        EXPECT_EQ(request->headers, expected);
    }
}

TEST(StartbuttonSignature, RefusesEveryFlippedBitOfTheBody) {
    const auto provider = make_startbutton();
    for (std::size_t bit = 0; bit < verified_vector.body.size() * 8; ++bit) {
        std::string body(verified_vector.body);
        body[bit / 8] = static_cast<char>(body[bit / 8] ^ (1 << (bit % 8)));
        ASSERT_NE(refusal(*provider, verified_vector.sha512, body), "") << "bit " << bit;
    }
    EXPECT_EQ(refusal(*provider, verified_vector.sha512, verified_vector.body), "");
}

TEST(StartbuttonSignature, RefusesEveryFlippedBitOfTheSignature) {
    const auto provider = make_startbutton();
    for (std::size_t bit = 0; bit < verified_vector.sha512.size() * 8; ++bit) {
        std::string signature(verified_vector.sha512);
        signature[bit / 8] = static_cast<char>(signature[bit / 8] ^ (1 << (bit % 8)));
        ASSERT_NE(refusal(*provider, signature, verified_vector.body), "") << "bit " << bit;
    }
}

TEST(StartbuttonSignature, RefusesAShorterAndALongerBody) {
    const auto provider = make_startbutton();
    const std::string body(verified_vector.body);
    EXPECT_NE(refusal(*provider, verified_vector.sha512, body.substr(0, body.size() - 1)), "");
    EXPECT_NE(refusal(*provider, verified_vector.sha512, body.substr(1)), "");
    EXPECT_NE(refusal(*provider, verified_vector.sha512, body + " "), "");
    EXPECT_NE(refusal(*provider, verified_vector.sha512, body + std::string(1, '\0')), "");
    EXPECT_NE(refusal(*provider, verified_vector.sha512, ""), "");
}

TEST(StartbuttonSignature, FindsTheHeaderWhateverItsCase) {
    const auto provider = make_startbutton();
    const std::string signature(verified_vector.sha512);
    for (const std::string name : {"x-startbutton-signature", "X-Startbutton-Signature", "X-STARTBUTTON-SIGNATURE"})
        EXPECT_EQ(refusal(*provider, {{"content-type", "text/plain"}, {name, signature}}, verified_vector.body), "");
}

TEST(StartbuttonSignature, WantsTheHeaderExactlyOnce) {
    const auto provider = make_startbutton();
    const std::string signature(verified_vector.sha512);
    const std::string name(header);
    const std::string wrong(signature.size(), '0');
    EXPECT_NE(refusal(*provider, Headers{}, verified_vector.body), "");
    EXPECT_NE(refusal(*provider, {{"x-startbutton-signature2", signature}}, verified_vector.body), "");
    EXPECT_NE(refusal(*provider, {{"startbutton-signature", signature}}, verified_vector.body), "");
    EXPECT_NE(refusal(*provider, {{name, signature}, {name, signature}}, verified_vector.body), "");
    EXPECT_NE(refusal(*provider, {{name, signature}, {"X-Startbutton-Signature", wrong}}, verified_vector.body), "");
    EXPECT_NE(refusal(*provider, {{name, wrong}, {"X-Startbutton-Signature", signature}}, verified_vector.body), "");
}

TEST(StartbuttonSignature, WantsExactly128LowerCaseHexDigits) {
    const auto provider = make_startbutton();
    const std::string signature(verified_vector.sha512);
    std::string upper = signature;
    std::ranges::transform(upper, upper.begin(),
                           [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
    std::string one_upper = signature;
    one_upper[4] = 'D';
    ASSERT_NE(one_upper, signature);
    std::string space_inside = signature;
    space_inside[64] = ' ';
    std::string not_hex = signature;
    not_hex[0] = 'g';
    const std::vector<std::string> wrong{"",
                                         upper,
                                         one_upper,
                                         signature.substr(0, 127),
                                         signature.substr(1),
                                         signature + "0",
                                         signature + signature,
                                         " " + signature,
                                         signature + " ",
                                         space_inside,
                                         not_hex,
                                         "sha512=" + signature,
                                         signature + "," + signature,
                                         std::string(verified_vector.sha256),
                                         std::string(verified_vector.sha256) + std::string(verified_vector.sha256),
                                         std::string(128, '0'),
                                         std::string(128, '\0')};
    for (const std::string& value : wrong) EXPECT_NE(refusal(*provider, value, verified_vector.body), "") << value;
}

TEST(StartbuttonSignature, AcceptsAnyConfiguredSecret) {
    const auto provider = make_startbutton({}, {"the-next-secret", std::string(secret), "the-last-secret"});
    for (const std::string_view key :
         {std::string_view("the-next-secret"), secret, std::string_view("the-last-secret")})
        EXPECT_EQ(refusal(*provider, signature_of(verified_vector.body, key), verified_vector.body), "") << key;
    for (const std::string_view key : {"the-next-secre", "the-next-secret ", "The-next-secret", "x"})
        EXPECT_NE(refusal(*provider, signature_of(verified_vector.body, key), verified_vector.body), "") << key;
}

TEST(StartbuttonSignature, ForgetsASecretThatWasRotatedOut) {
    const auto rotated = make_startbutton({}, {"the-next-secret"});
    EXPECT_NE(refusal(*rotated, verified_vector.sha512, verified_vector.body), "");
    EXPECT_EQ(refusal(*rotated, signature_of(verified_vector.body, "the-next-secret"), verified_vector.body), "");
}

TEST(StartbuttonSignature, TakesAnEmptyBodyOnlyWhenItIsSigned) {
    const auto provider = make_startbutton();
    EXPECT_NE(refusal(*provider, Headers{}, ""), "");
    EXPECT_NE(refusal(*provider, verified_vector.sha512, ""), "");
    EXPECT_EQ(refusal(*provider, sha512_of_nothing, ""), "");
    const auto candidates = normalised(*provider, "");
    EXPECT_NE(reason_unrecognised(candidates), "");
    EXPECT_EQ(candidates.front().facts.reference, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(StartbuttonSignature, NeverNamesASecretOrASignatureInAnError) {
    const auto provider = make_startbutton();
    const std::string right = signature_of("another body");
    const std::string why = refusal(*provider, right, verified_vector.body);
    EXPECT_EQ(why.find(secret), std::string::npos);
    EXPECT_EQ(why.find(verified_vector.sha512), std::string::npos);
    EXPECT_EQ(why.find(right), std::string::npos);
}

TEST(StartbuttonSignature, DoesNotCareWhatTheBodyIs) {
    const auto provider = make_startbutton();
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte) every_byte.push_back(static_cast<char>(byte));
    EXPECT_EQ(refusal(*provider, signature_of(every_byte), every_byte), "");
    const std::string large(1 << 20, 'x');
    EXPECT_EQ(refusal(*provider, signature_of(large), large), "");
}

}  // namespace
}  // namespace tollgate::provider::test
