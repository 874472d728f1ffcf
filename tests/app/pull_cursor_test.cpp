// A pulling subscriber's cursor comes back as it was, or not at all.
#include "app/pull_cursor.hpp"

#include "app/api_cursor.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tollgate::app {
namespace {

const PullCursor some{0xfedcba9876543210, {0, 1, 127, 128, 281'474'976'710'655, 7}};

TEST(PullCursor, ComesBackAsItWas) {
    for (const PullCursor& cursor : {some, PullCursor{0, {0}}, PullCursor{~std::uint64_t{0}, {1, 2}}}) {
        const auto text = encode_cursor("ledger", cursor);
        EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
        const auto decoded = decode_cursor("ledger", text, static_cast<store::Shard>(cursor.marks.size()));
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_EQ(*decoded, cursor);
    }
}

TEST(PullCursor, OfFourThousandShardsIsBelowWhatIsRead) {
    const PullCursor largest{~std::uint64_t{0}, std::vector<store::Position>(4096, 281'474'976'710'655)};
    EXPECT_LT(encode_cursor("ledger", largest).size(), 56U * 1024);
}

void expect_refused(std::string_view subscriber, const std::string& text, store::Shard shards) {
    const auto decoded = decode_cursor(subscriber, text, shards);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().code, core::Errc::invalid_argument);
    EXPECT_NE(decoded.error().message.find("; "), std::string::npos) << "what would be right";
}

TEST(PullCursor, IsGoodForItsSubscriberAndItsStoreOnly) {
    const auto text = encode_cursor("ledger", some);
    expect_refused("orders", text, 6);
    expect_refused("ledge", text, 6);
    expect_refused("ledger", text, 5);
    expect_refused("ledger", text, 16);
    expect_refused("ledger", encode_cursor({0, 1, 2, 3}), 2);
    EXPECT_FALSE(decode_cursor(text, 8)) << "and is no cursor of all events";
}

TEST(PullCursor, WithOneLetterChangedIsNone) {
    const auto text = encode_cursor("ledger", some);
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        // The last letter has bits that count for nothing; those may be refused as well.
        EXPECT_TRUE(!decode_cursor("ledger", changed, 6) || i == text.size() - 1) << i;
        expect_refused("ledger", text.substr(0, i), 6);
    }
    for (const char* garbage : {"", "x", "====", "not a cursor", "\xff\xfe"}) expect_refused("ledger", garbage, 6);
}

}  // namespace
}  // namespace tollgate::app
