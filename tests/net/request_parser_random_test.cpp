// RequestParser: on random requests, most of them wrong, the verdict never depends on how the bytes arrived.
#include "net/request_parser_feed.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

namespace tollgate::net {
namespace {

using namespace std::string_view_literals;

class RandomRequest {
  public:
    explicit RandomRequest(unsigned seed) : random_(seed) {}

    std::string next() {
        std::string bytes;
        if (one_in(8)) bytes += pick(std::array{"\r\n"sv, "\n"sv, "\r"sv, " "sv, "\0"sv});
        bytes += pick(std::array{"POST"sv, "GET"sv, "get"sv, "P T"sv, ""sv}, 3);
        bytes += pick(std::array{" "sv, "\t"sv, "  "sv}, 20);
        bytes += pick(std::array{"/"sv, "/a?b"sv, "http://a/b"sv, "*"sv, "a:80"sv, "/\x01"sv}, 3);
        bytes += pick(std::array{" HTTP/1.1"sv, " HTTP/1.0"sv, " HTTP/1.2"sv, ""sv}, 6);
        bytes += line_end();
        if (!one_in(20)) bytes += "Host: a" + line_end();
        for (unsigned count = up_to(3); count > 0; --count) bytes += header() + line_end();
        bytes += line_end();
        for (unsigned count = up_to(6); count > 0; --count) bytes += body_piece();
        if (one_in(3)) bytes[up_to(static_cast<unsigned>(bytes.size()) - 1)] = static_cast<char>(up_to(255));
        return bytes;
    }

    unsigned up_to(unsigned last) { return std::uniform_int_distribution<unsigned>(0, last)(random_); }

  private:
    bool one_in(unsigned count) { return up_to(count - 1) == 0; }

    /// The first one is taken that many times as often as each other.
    template <std::size_t count>
    std::string_view pick(const std::array<std::string_view, count>& choices, unsigned weight = 1) {
        const unsigned drawn = up_to(static_cast<unsigned>(count) - 1 + weight - 1);
        return choices[drawn < weight ? 0 : drawn - weight + 1];
    }

    std::string line_end() { return std::string(pick(std::array{"\r\n"sv, "\n"sv, "\r"sv, "\r\r\n"sv, ""sv}, 60)); }

    std::string header() {
        return std::string(pick(std::array{"Transfer-Encoding: chunked"sv, "Content-Length: 5"sv, "Content-Length: 0"sv,
                                           "Transfer-Encoding: x"sv, "Content-Length: 101"sv,
                                           "Transfer-Encoding : chunked"sv, " folded"sv, "Expect: 100-continue"sv,
                                           "X: y"sv, "Connection: close"sv, "X\0: y"sv, ": y"sv, "Host: b"sv}));
    }

    std::string body_piece() {
        const std::string_view piece =
            pick(std::array{"5\r\nhello\r\n"sv, "0\r\n\r\n"sv, "0\r\nX: y\r\n\r\n"sv, "1;a=\"b\"\r\nx\r\n"sv, "hello"sv,
                            "5;a"sv, "64\r\n"sv, "5\n"sv, "\r\n"sv, "0\r\nX y\r\n\r\n"sv, "FFFFFFFFFFFFFFFF\r\n"sv,
                            "GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv});
        return std::string(piece);
    }

    std::mt19937 random_;
};

/// What a parser made of the bytes: the verdict, and everything that a handler would see.
std::string outcome(Feed& feed, ParseStep step, std::size_t given, std::size_t size) {
    std::string text = testing::PrintToString(step);
    if (step != ParseStep::complete) return text;
    const Request& request = feed.request;
    for (const std::string_view part : {request.method, request.path, request.query, request.body})
        text.append("|").append(part);
    for (const HeaderView& header : request.headers)
        text.append("|").append(header.name).append("=").append(header.value);
    // What is left for the next request: what the parser did not take, and what it was not given any more.
    const std::size_t left = feed.buffer.size() - feed.parser.request_size() + (size - given);
    return text + "|" + std::to_string(left) + (feed.parser.keep_alive() ? "" : "|closes");
}

std::string outcome_in_pieces(const std::string& bytes, RandomRequest& random, unsigned longest) {
    Feed feed;
    ParseStep step = ParseStep::need_more;
    std::size_t given = 0;
    while (given < bytes.size() && step == ParseStep::need_more) {
        const std::string piece = bytes.substr(given, 1 + random.up_to(longest - 1));
        given += piece.size();
        step = feed.give(piece);
    }
    return outcome(feed, step, given, bytes.size());
}

TEST(RequestParser, JudgesRandomRequestsTheSameHoweverTheyArrive) {
    RandomRequest random(20261124);
    std::array<unsigned, 6> verdicts{};
    for (int round = 0; round < 100'000; ++round) {
        const std::string bytes = random.next();
        Feed feed;
        const ParseStep step = feed.give(bytes);
        ++verdicts.at(static_cast<std::size_t>(step));
        const std::string whole = outcome(feed, step, bytes.size(), bytes.size());
        ASSERT_EQ(outcome_in_pieces(bytes, random, 1), whole) << testing::PrintToString(bytes);
        ASSERT_EQ(outcome_in_pieces(bytes, random, 20), whole) << testing::PrintToString(bytes);
    }
    EXPECT_GT(verdicts[static_cast<std::size_t>(ParseStep::complete)], 1'000u);
    EXPECT_GT(verdicts[static_cast<std::size_t>(ParseStep::need_more)], 100u);
    EXPECT_GT(verdicts[static_cast<std::size_t>(ParseStep::malformed)], 1'000u);
    EXPECT_GT(verdicts[static_cast<std::size_t>(ParseStep::body_too_large)], 100u);
}

}  // namespace
}  // namespace tollgate::net
