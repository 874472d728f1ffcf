// RedisHandshake without a server.
#include "store/redis_handshake.hpp"

#include "store/redis_codec.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace tollgate;
using core::Errc;
using store::RedisAddress;
using store::RedisHandshake;
using store::RedisReply;
using store::RedisScript;
using Words = std::vector<std::string>;

RedisReply reply_of(std::string_view bytes) {
    store::RedisReplyReader reader;
    EXPECT_TRUE(reader.feed(bytes));
    auto reply = reader.next();
    EXPECT_TRUE(reply && *reply);
    return reply && *reply ? **reply : RedisReply{};
}

RedisReply text_reply(std::string text) {
    RedisReply reply;
    reply.type = RedisReply::Type::text;
    reply.text = std::move(text);
    return reply;
}

constexpr std::string_view no_predecessor = "0000000000000000000000000000000000000000";

RedisReply info(const std::string& version = "7.0.15", const std::string& loading = "0", const std::string& aof = "0",
                std::string_view predecessor = no_predecessor) {
    return text_reply("# Server\r\nredis_version:" + version +
                      "\r\nredis_git_sha1:0\r\nrun_id:abc123\r\n# Persistence\r\nloading:" + loading +
                      "\r\nasync_loading:0\r\naof_enabled:" + aof +
                      "\r\n# Replication\r\nmaster_replid2:" + std::string(predecessor) + "\r\n");
}

const RedisReply ok = text_reply("OK");
const RedisReply master = reply_of(
    "*3\r\n$6\r\nmaster\r\n:0\r\n*2\r\n*3\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\n0\r\n*3\r\n$1\r\nb\r\n$1\r\n2\r\n$1\r\n0\r\n");
const RedisReply no_config = reply_of("-NOPERM this user has no permissions to run the 'config|get' command\r\n");

std::size_t position_of(const RedisHandshake& handshake, const std::string& verb) {
    for (std::size_t i = 0; i < handshake.size(); ++i) {
        if (handshake.command(i).front() == verb) return i;
    }
    ADD_FAILURE() << "no " << verb;
    return 0;
}

class RedisHandshakeTest : public testing::Test {
  protected:
    Words verbs(const RedisHandshake& handshake) {
        Words all;
        for (std::size_t i = 0; i < handshake.size(); ++i) all.push_back(handshake.command(i).front());
        return all;
    }
    core::Result<void> take(const std::string& verb, const RedisReply& reply) {
        return handshake_.take(position_of(handshake_, verb), reply);
    }
    void expect_left(const std::string& verb, const RedisReply& reply, const std::string& why) {
        const auto taken = take(verb, reply);
        ASSERT_FALSE(taken);
        EXPECT_NE(taken.error().message.find(why), std::string::npos) << taken.error().message;
        EXPECT_EQ(taken.error().message.find("HUSH"), std::string::npos) << taken.error().message;
    }
    static RedisAddress address() {
        RedisAddress address;
        address.user = "gate";
        address.password = "HUSH";
        address.database = 3;
        return address;
    }

    RedisScript first_{"return 1"};
    RedisScript second_{"return 2"};
    std::vector<const RedisScript*> scripts_{&first_, &second_};
    RedisHandshake handshake_{address(), scripts_, ""};
};

TEST_F(RedisHandshakeTest, AsksInThisOrder) {
    EXPECT_EQ(verbs(handshake_), (Words{"AUTH", "SELECT", "ROLE", "INFO", "CONFIG", "SCRIPT", "SCRIPT", "PING"}));
    EXPECT_EQ(handshake_.command(0), (Words{"AUTH", "gate", "HUSH"}));
    EXPECT_EQ(handshake_.command(1), (Words{"SELECT", "3"}));
    EXPECT_EQ(handshake_.command(5), (Words{"SCRIPT", "LOAD", "return 1"}));
    EXPECT_EQ(verbs(RedisHandshake({}, {}, "")), (Words{"ROLE", "INFO", "CONFIG", "PING"}));
    RedisAddress password_alone;
    password_alone.password = "HUSH";
    EXPECT_EQ(RedisHandshake(password_alone, {}, "").command(0), (Words{"AUTH", "HUSH"}));
    const RedisHandshake subscriber(address(), scripts_, "news");
    EXPECT_EQ(verbs(subscriber), (Words{"AUTH", "SELECT", "ROLE", "INFO", "CONFIG", "PING", "SUBSCRIBE"}));
    EXPECT_EQ(subscriber.command(6), (Words{"SUBSCRIBE", "news"}));
}

TEST_F(RedisHandshakeTest, TellsWhatItWasTold) {
    EXPECT_TRUE(take("AUTH", ok));
    EXPECT_TRUE(take("SELECT", ok));
    EXPECT_TRUE(take("ROLE", master));
    EXPECT_TRUE(take("INFO", info()));
    EXPECT_TRUE(
        take("CONFIG", reply_of("*10\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n$9\r\nmaxmemory\r\n$10\r\n8589934592\r\n"
                                "$11\r\nappendfsync\r\n$8\r\neverysec\r\n$21\r\nmin-replicas-to-write\r\n$1\r\n2\r\n"
                                "$16\r\nmaxmemory-policy\r\n$11\r\nallkeys-lru\r\n")));
    EXPECT_TRUE(handshake_.take(5, text_reply(first_.sha1())));
    EXPECT_TRUE(handshake_.take(6, text_reply(second_.sha1())));
    EXPECT_TRUE(take("PING", text_reply("PONG")));
    const auto& facts = handshake_.facts();
    EXPECT_EQ(facts.run_id, "abc123");
    EXPECT_EQ(facts.version, "7.0.15");
    EXPECT_EQ(facts.connected_replicas, 2U);
    EXPECT_TRUE(facts.config_known);
    EXPECT_TRUE(facts.append_only);
    EXPECT_EQ(facts.appendfsync, "everysec");
    EXPECT_EQ(facts.min_replicas_to_write, 2U);
    EXPECT_EQ(facts.maxmemory, 8589934592U);
    EXPECT_EQ(facts.maxmemory_policy, "allkeys-lru");
}

TEST_F(RedisHandshakeTest, WhosePlaceItTookIsKnown) {
    EXPECT_TRUE(take("INFO", info()));
    EXPECT_EQ(handshake_.facts().successor_of, "");
    EXPECT_TRUE(take("INFO", info("7.0.15", "0", "0", "00c0ffee00000000000000000000000000000000")));
    EXPECT_EQ(handshake_.facts().successor_of, "00c0ffee00000000000000000000000000000000");
}

TEST_F(RedisHandshakeTest, WithoutConfigItGoesOnAndSaysSo) {
    EXPECT_TRUE(take("INFO", info("7.2.4", "0", "1")));
    EXPECT_TRUE(take("CONFIG", no_config));
    EXPECT_FALSE(handshake_.facts().config_known);
    EXPECT_TRUE(handshake_.facts().append_only) << "INFO tells it to everybody";
    EXPECT_EQ(handshake_.facts().maxmemory_policy, "");
    EXPECT_TRUE(take("CONFIG", reply_of("-ERR unknown command 'CONFIG'\r\n")));
    EXPECT_FALSE(handshake_.facts().config_known);
}

TEST_F(RedisHandshakeTest, OnlyAMasterWillDo) {
    expect_left("ROLE", reply_of("*5\r\n$5\r\nslave\r\n$1\r\na\r\n:1\r\n$9\r\nconnected\r\n:0\r\n"), "replica");
    expect_left("ROLE", reply_of("*2\r\n$8\r\nsentinel\r\n*0\r\n"), "Sentinel");
    expect_left("ROLE", text_reply("OK"), "unknown");
    expect_left("ROLE", reply_of("*0\r\n"), "unknown");
    expect_left("ROLE", reply_of("-NOAUTH Authentication required.\r\n"), "password");
    EXPECT_TRUE(take("ROLE", reply_of("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n")));
}

TEST_F(RedisHandshakeTest, OldVersionsAndLoadingServersAreLeft) {
    for (const char* old : {"6.2.14", "5.0.0", "2.8.0", "0", "x"}) expect_left("INFO", info(old), "7.0 or newer");
    EXPECT_TRUE(take("INFO", info("7.0.0")));
    EXPECT_TRUE(take("INFO", info("8.0.1")));
    EXPECT_TRUE(take("INFO", info("10.0.0")));
    expect_left("INFO", info("7.0.15", "1"), "LOADING");
    expect_left("INFO", text_reply("# Server\r\nredis_version:7.0.0\r\n"), "run_id");
    expect_left("PING", reply_of("-LOADING Redis is loading the dataset in memory\r\n"), "LOADING");
    expect_left("PING", reply_of("-MASTERDOWN Link with MASTER is down\r\n"), "MASTERDOWN");
}

TEST_F(RedisHandshakeTest, RefusedPasswordsAreNamedAndNotTold) {
    expect_left("AUTH", reply_of("-WRONGPASS invalid username-password pair or user is disabled.\r\n"), "WRONGPASS");
    expect_left("AUTH",
                reply_of("-ERR AUTH <password> called without any password configured for the default user.\r\n"),
                "without any password");
    expect_left("AUTH", reply_of("-ERR unknown command 'AUTH', with args beginning with: 'gate' 'HUSH'\r\n"), "AUTH");
    expect_left("AUTH", reply_of("-ERR HUSH is no password\r\n"), "refused AUTH");
    expect_left("SELECT", reply_of("-ERR DB index is out of range\r\n"), "SELECT: Redis said: ERR DB index");
}

TEST_F(RedisHandshakeTest, AScriptMustHaveOurDigest) {
    EXPECT_TRUE(handshake_.take(5, text_reply(first_.sha1())));
    EXPECT_EQ(handshake_.take(6, text_reply(first_.sha1())).error().code, Errc::internal);
    EXPECT_EQ(handshake_.take(6, reply_of("-ERR Error compiling script\r\n")).error().code, Errc::internal);
}

}  // namespace
