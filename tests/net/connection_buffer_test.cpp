// ReceiveBuffer: keeps its bytes in order and in one piece while it moves, grows and shrinks.
#include "net/connection_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace tollgate::net {
namespace {

constexpr std::size_t initial = 8 * 1024;
constexpr std::size_t most = 100 * 1024;

void put(ReceiveBuffer& buffer, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto space = buffer.prepare();
        ASSERT_FALSE(space.empty());
        const std::size_t size = std::min(space.size(), bytes.size());
        std::copy_n(bytes.begin(), size, space.begin());
        buffer.commit(size);
        bytes.remove_prefix(size);
    }
}

TEST(ReceiveBuffer, HoldsAUsualRequestWithoutGrowing) {
    ReceiveBuffer buffer(most);
    EXPECT_EQ(buffer.prepare().size(), initial);
    put(buffer, "abc");
    buffer.consume(1);
    EXPECT_EQ(buffer.view(), "bc");
    EXPECT_EQ(buffer.prepare().size(), initial - 3);
    buffer.consume(2);
    EXPECT_EQ(buffer.prepare().size(), initial);
}

TEST(ReceiveBuffer, KeepsItsBytesWhenItGrowsUpToItsMost) {
    ReceiveBuffer buffer(most);
    std::string bytes;
    for (int i = 0; bytes.size() < most; ++i) bytes += std::to_string(i) + " ";
    bytes.resize(most);
    put(buffer, bytes);
    EXPECT_EQ(buffer.view(), bytes);
    EXPECT_TRUE(buffer.prepare().empty());
    buffer.truncate(most - 1);
    EXPECT_EQ(buffer.view(), bytes.substr(0, most - 1));
}

TEST(ReceiveBuffer, MovesToTheFrontBeforeItGrows) {
    ReceiveBuffer buffer(most);
    put(buffer, std::string(initial - 10, 'x') + "rest");
    buffer.consume(initial - 10);
    EXPECT_EQ(buffer.prepare().size(), initial - 4);
    EXPECT_EQ(buffer.view(), "rest");
}

TEST(ReceiveBuffer, GivesBackTheMemoryOfALargeRequestOnly) {
    ReceiveBuffer buffer(most);
    put(buffer, std::string(20'000, 'x'));
    buffer.consume(20'000);
    EXPECT_EQ(buffer.prepare().size(), 32u * 1024);
    put(buffer, std::string(60'000, 'x'));
    buffer.consume(60'000);
    EXPECT_EQ(buffer.prepare().size(), initial);
}

}  // namespace
}  // namespace tollgate::net
