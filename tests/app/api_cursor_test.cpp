// Cursors: what was given out is read back, and nothing else is.
#include "app/api_cursor.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace tollgate::app {
namespace {

constexpr store::Position largest = std::numeric_limits<std::int64_t>::max();

TEST(ApiCursor, IsReadBack) {
    for (const EventCursor& cursor : {EventCursor{0}, EventCursor{1, 127, 128, 300}, EventCursor(16, 0),
                                      EventCursor(4096, 1'000'000), EventCursor{largest, largest}}) {
        const auto text = encode_cursor(cursor);
        EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
        const auto read = decode_cursor(text, static_cast<store::Shard>(cursor.size()));
        ASSERT_TRUE(read.has_value());
        EXPECT_EQ(*read, cursor);
    }
}

TEST(ApiCursor, OfAnotherStoreIsRefused) {
    const auto text = encode_cursor(EventCursor(16, 7));
    EXPECT_EQ(decode_cursor(text, 15).error().code, core::Errc::invalid_argument);
    EXPECT_EQ(decode_cursor(text, 17).error().code, core::Errc::invalid_argument);
}

TEST(ApiCursor, EveryDamageIsFound) {
    const auto text = encode_cursor({3, 70'000, 12, 9});
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (const char other : std::string("ABab01-_+/=%. \n")) {
            auto damaged = text;
            if (damaged[i] == other) continue;
            damaged[i] = other;
            EXPECT_FALSE(decode_cursor(damaged, 4).has_value()) << damaged;
        }
        EXPECT_FALSE(decode_cursor(text.substr(0, i), 4).has_value());
        EXPECT_FALSE(decode_cursor(text.substr(i + 1), 4).has_value());
    }
    for (const char* tail : {"A", "=", "==", "AAAA"}) EXPECT_FALSE(decode_cursor(text + tail, 4).has_value());
    EXPECT_FALSE(decode_cursor("", 4).has_value());
    EXPECT_EQ(decode_cursor("!", 4).error().code, core::Errc::invalid_argument);
}

}  // namespace
}  // namespace tollgate::app
