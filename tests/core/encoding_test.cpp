// Hexadecimal and Base64 against RFC 4648, and what a strict decoder refuses.
#include <tollgate/core/crypto.hpp>

#include <gtest/gtest.h>

#include <random>

namespace tollgate::core {
namespace {

std::string random_bytes(std::mt19937_64& random, std::size_t length) {
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

TEST(Hex, IsLowerCase) {
    EXPECT_EQ(to_hex(as_bytes(std::string_view("\x00\x0f\xf0\xff\xa5", 5))), "000ff0ffa5");
    EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, DecodesExactlyWhatFits) {
    std::array<std::uint8_t, 4> out{};
    ASSERT_TRUE(from_lower_hex("00ffa509", out));
    EXPECT_EQ(out, (std::array<std::uint8_t, 4>{0x00, 0xff, 0xa5, 0x09}));
    for (const auto* text : {"", "00ffa5", "00ffa50", "00ffa5090", "00FFA509", "00ffa50g", " 0ffa509", "0x00ffa5"}) {
        EXPECT_FALSE(from_lower_hex(text, out)) << text;
    }
    EXPECT_FALSE(from_lower_hex(std::string_view("00ffa50\0", 8), out));
    EXPECT_TRUE(from_lower_hex("", {}));
}

TEST(Hex, RoundTripsEveryByte) {
    std::array<std::uint8_t, 256> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
    std::array<std::uint8_t, 256> back{};
    ASSERT_TRUE(from_lower_hex(to_hex(all), back));
    EXPECT_EQ(back, all);
}

TEST(Base64, MatchesRfc4648) {
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"},
                                                                     {"\xfb\xff\xbf", "+/+/"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(to_base64(bytes), text);
        EXPECT_EQ(from_base64(text).value(), bytes);
    }
}

TEST(Base64, RefusesAllButTheOneTextOfAValue) {
    for (const auto* text : {"Z", "Zg", "Zg=", "Zg===", "Zm9v=", "=", "==", "====", "Zg==Zg==", "Z===", "=Zg=", "Zm=v",
                             "Zm9v\n", "Zm 9", "Zm-_", "Zh==", "Zm9=", "Zm9v Zg=", "Zm9\xc3"}) {
        const auto bytes = from_base64(text);
        ASSERT_FALSE(bytes) << text;
        EXPECT_EQ(bytes.error().code, Errc::malformed);
    }
    EXPECT_FALSE(from_base64(std::string_view("Zm9\0", 4)));
}

TEST(Base64, DoesNotRepeatSecretsInItsErrors) {
    EXPECT_EQ(from_base64("c2VjcmV0!!!!").error().message.find("c2Vj"), std::string::npos);
}

TEST(Base64, RoundTripsRandomBytes) {
    std::mt19937_64 random(4648);
    for (std::size_t length = 0; length < 300; ++length) {
        const auto bytes = random_bytes(random, length);
        const auto text = to_base64(bytes);
        ASSERT_EQ(text.size(), (length + 2) / 3 * 4);
        ASSERT_EQ(from_base64(text).value(), bytes);
    }
}

}  // namespace
}  // namespace tollgate::core
