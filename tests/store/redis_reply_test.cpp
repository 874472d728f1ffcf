// error_of for each code that Redis knows, and the codec for bytes as they come and as they should not come.
#include "store/redis_reply.hpp"

#include "store/redis_codec.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using tollgate::core::Errc;
using tollgate::store::append_command;
using tollgate::store::error_of;
using tollgate::store::RedisReply;
using tollgate::store::RedisReplyReader;

RedisReply error_reply(std::string text) {
    RedisReply reply;
    reply.type = RedisReply::Type::error;
    reply.text = std::move(text);
    return reply;
}

TEST(RedisErrors, RefusalsBeforeAnythingWasDoneAreUnavailable) {
    for (const char* text :
         {"OOM command not allowed when used memory > 'maxmemory'.",
          "READONLY You can't write against a read only replica.", "LOADING Redis is loading the dataset in memory",
          "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
          "NOREPLICAS Not enough good replicas to write.", "BUSY Redis is busy running a script.",
          "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
          "CLUSTERDOWN The cluster is down", "TRYAGAIN Multiple keys request during rehashing of slot",
          "MOVED 3999 127.0.0.1:6381", "ASK 3999 127.0.0.1:6381", "NOAUTH Authentication required.",
          "NOPERM this user has no permissions to run the 'get' command",
          "WRONGPASS invalid username-password pair or user is disabled.",
          "NOSCRIPT No matching script. Please use EVAL.", "ERR max number of clients reached"}) {
        const auto error = error_of(error_reply(text));
        EXPECT_EQ(error.code, Errc::unavailable) << text;
        EXPECT_NE(error.message.find(text), std::string::npos) << error.message;
    }
}

TEST(RedisErrors, AnythingElseIsABug) {
    for (const char* text : {"ERR wrong number of arguments for 'get' command", "WRONGTYPE Operation against a key",
                             "ERR user_script:1: Script attempted to access nonexistent global variable", "OOMPH", "",
                             "CROSSSLOT Keys in request don't hash to the same slot", "oom lower case is no code"}) {
        EXPECT_EQ(error_of(error_reply(text)).code, Errc::internal) << text;
    }
    EXPECT_EQ(error_of(RedisReply{}).code, Errc::internal);
}

TEST(RedisErrors, AdviceStandsWhereSomethingCanBeDone) {
    EXPECT_NE(error_of(error_reply("OOM x")).message.find("maxmemory"), std::string::npos);
    EXPECT_NE(error_of(error_reply("MISCONF x")).message.find("disk"), std::string::npos);
    EXPECT_NE(error_of(error_reply("NOREPLICAS x")).message.find("min-replicas-to-write"), std::string::npos);
}

TEST(RedisErrors, WhatRedisRepeatsOfArgumentsIsNotTold) {
    const auto error = error_of(error_reply("ERR unknown command 'AUTH', with args beginning with: 'gate' 'HUSH' "));
    EXPECT_EQ(error.message, "Redis said: ERR unknown command 'AUTH'");
    const auto strange = error_of(error_reply("ERR \x1b[2J\n" + std::string(1'000, 'x')));
    EXPECT_EQ(strange.message.find('\x1b'), std::string::npos);
    EXPECT_EQ(strange.message.find('\n'), std::string::npos);
    EXPECT_LT(strange.message.size(), 300U);
}

std::string encoded(const std::vector<std::string_view>& arguments) {
    std::string out;
    append_command(out, arguments);
    return out;
}

TEST(RedisCodec, CommandsHoldAnyBytes) {
    EXPECT_EQ(encoded({"SET", "k", std::string_view("a\r\n\0b", 5)}),
              "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\n" + std::string("a\r\n\0b", 5) + "\r\n");
    EXPECT_EQ(encoded({"GET", ""}), "*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
}

/// All replies of `bytes`, fed `step` at a time.
std::vector<RedisReply> replies_of(std::string_view bytes, std::size_t step, std::string& error) {
    RedisReplyReader reader;
    std::vector<RedisReply> replies;
    while (!bytes.empty()) {
        std::string_view part = bytes.substr(0, step);
        bytes.remove_prefix(part.size());
        while (!part.empty()) {
            if (const auto fed = reader.feed(part); !fed) {
                error = fed.error().message;
                return replies;
            }
            for (;;) {
                auto reply = reader.next();
                if (!reply) {
                    EXPECT_EQ(reply.error().code, Errc::malformed);
                    error = reply.error().message;
                    return replies;
                }
                if (!*reply) break;
                replies.push_back(std::move(**reply));
            }
        }
    }
    return replies;
}

TEST(RedisCodec, EveryTypeInPiecesOfEverySize) {
    const std::string bytes =
        "+OK\r\n-ERR "
        "no\r\n:-42\r\n$-1\r\n*-1\r\n$5\r\na\r\nbc\r\n*0\r\n*4\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n-in\r\n$0\r\n\r\n";
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        std::string error;
        const auto replies = replies_of(bytes, step, error);
        ASSERT_EQ(error, "") << step;
        ASSERT_EQ(replies.size(), 8U) << step;
        EXPECT_TRUE(replies[0].is_text());
        EXPECT_EQ(replies[0].text, "OK");
        EXPECT_TRUE(replies[1].is_error());
        EXPECT_EQ(replies[1].text, "ERR no");
        EXPECT_EQ(replies[2].integer, -42);
        EXPECT_TRUE(replies[3].is_null());
        EXPECT_TRUE(replies[4].is_null());
        EXPECT_EQ(replies[5].text, "a\r\nbc");
        EXPECT_TRUE(replies[6].is_array());
        EXPECT_TRUE(replies[6].elements.empty());
        ASSERT_EQ(replies[7].elements.size(), 4U);
        EXPECT_EQ(replies[7].elements[0].integer, 1);
        ASSERT_EQ(replies[7].elements[1].elements.size(), 2U);
        EXPECT_EQ(replies[7].elements[1].elements[0].text, "x");
        EXPECT_TRUE(replies[7].elements[1].elements[1].is_null());
        EXPECT_TRUE(replies[7].elements[2].is_error());
        EXPECT_EQ(replies[7].elements[3].text, "");
        EXPECT_TRUE(replies[7].elements[3].is_text());
    }
}

TEST(RedisCodec, ManyRepliesInOnePieceAreAllFound) {
    std::string bytes;
    for (int i = 0; i < 50'000; ++i) bytes.append(":").append(std::to_string(i)).append("\r\n");
    std::string error;
    const auto replies = replies_of(bytes, bytes.size(), error);
    ASSERT_EQ(replies.size(), 50'000U);
    EXPECT_EQ(replies.back().integer, 49'999);
}

TEST(RedisCodec, NonsenseIsAnErrorThatQuotesNothing) {
    for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n", "S", "*2\r\n:1\r\nS\r\n", "$x\r\n", "*x\r\n", ":x\r\n",
                              "*-2\r\n", "$-7\r\n"}) {
        std::string error;
        EXPECT_TRUE(replies_of(bytes, 1'000, error).empty()) << bytes;
        EXPECT_NE(error, "") << bytes;
        EXPECT_EQ(error.find('S'), std::string::npos) << error;
    }
}

TEST(RedisCodec, AbsurdSizesAreRefusedBeforeMemoryIsTaken) {
    for (const char* bytes : {"*2147483647\r\n", "*1048577\r\n", "*2\r\n*1000000\r\n", "*99999999999\r\n"}) {
        std::string error;
        std::string all(bytes);
        // The second of two inner arrays goes beyond what all may have.
        if (all.starts_with("*2\r\n*1000000")) {
            for (int i = 0; i < 1'000'000; ++i) all.append("*0\r\n");
            all.append("*1000000\r\n");
        }
        EXPECT_TRUE(replies_of(all, all.size(), error).empty()) << bytes;
        EXPECT_NE(error, "") << bytes;
    }
    std::string deep;
    for (int i = 0; i < 100; ++i) deep.append("*1\r\n");
    std::string error;
    EXPECT_TRUE(replies_of(deep, deep.size(), error).empty());
    EXPECT_NE(error, "");
}

TEST(RedisCodec, AReplyWithoutEndIsRefused) {
    RedisReplyReader reader;
    const std::string part(16 * 1024, 'x');
    std::string_view head = "$536870912\r\n";
    ASSERT_TRUE(reader.feed(head));
    std::size_t fed = 0;
    for (; fed <= RedisReplyReader::max_reply_bytes; fed += part.size()) {
        std::string_view bytes = part;
        if (!reader.feed(bytes)) break;
        ASSERT_FALSE(reader.next().value().has_value());
    }
    EXPECT_LE(fed, RedisReplyReader::max_reply_bytes);
    EXPECT_GT(fed, RedisReplyReader::max_reply_bytes - 2 * part.size());
}

}  // namespace
