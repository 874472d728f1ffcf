// The fixture itself: what other tests rely on when they start a redis-server.
#include "support/redis_server.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace {

using tollgate::test::RedisServer;

TEST(RedisServerFixture, ARestartAfterAKillKeepsWhatTheAppendOnlyFileHas) {
    RedisServer server({"appendonly yes", "appendfsync always"});
    const std::string first = server.info("run_id");
    EXPECT_EQ(server.ask({"SET", "key", "value"}), "OK");
    server.kill();
    EXPECT_FALSE(server.is_running());
    EXPECT_THROW(server.ask({"PING"}), std::runtime_error);
    server.start();
    EXPECT_EQ(server.ask({"GET", "key"}), "value");
    EXPECT_NE(server.info("run_id"), first);
}

TEST(RedisServerFixture, APasswordDoesNotLockTheFixtureOut) {
    RedisServer server({"requirepass secret"});
    EXPECT_EQ(server.ask({"PING"}), "PONG");
    EXPECT_EQ(server.ask({"INCR", "n"}), "1");
    EXPECT_EQ(server.ask({"GET", "nothing"}), "(nil)");
    EXPECT_TRUE(server.ask({"NONSENSE"}).starts_with("(error) ERR unknown command"));
}

TEST(RedisServerFixture, AServerThatCannotStartSaysWhy) {
    try {
        const RedisServer server({"no-such-option yes"});
        FAIL() << "it started";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("no-such-option"), std::string::npos) << error.what();
    }
}

TEST(RedisServerFixture, PortsAreItsOwn) {
    const RedisServer first(RedisServer::Options{{}, RedisServer::Doors::tcp});
    const RedisServer second(RedisServer::Options{{}, RedisServer::Doors::tcp});
    EXPECT_NE(first.port(), 0);
    EXPECT_NE(first.port(), second.port());
}

}  // namespace
