// RedisClient against real redis-server processes: commands, scripts, broken connections, deadlines and limits.
#include "redis_client_fixture.hpp"

namespace {

using namespace tollgate;
using namespace std::chrono_literals;
using core::Errc;
using store::RedisAddress;
using store::RedisClientOptions;
using store::RedisReply;
using store::RedisScript;
using test::RedisServer;

class RedisClientTest : public test::RedisClientFixture {
  protected:
    RedisScript count_{"return redis.call('INCRBY', KEYS[1], ARGV[1])"};

    RedisClientOptions options_with_script(const RedisAddress& address) {
        RedisClientOptions options;
        options.address = address;
        options.scripts = {&count_};
        return options;
    }
};

TEST_F(RedisClientTest, TellsWhatItFoundAndTakesCommands) {
    const RedisServer server({"appendonly yes", "appendfsync always", "maxmemory 1gb", "maxmemory-policy noeviction"});
    make_client(address_of(server));
    EXPECT_FALSE(client_->connected());
    wait_connected();
    ASSERT_EQ(listener_.facts.size(), 1U);
    const auto& facts = listener_.facts.front();
    EXPECT_EQ(facts.run_id, server.info("run_id"));
    EXPECT_EQ(facts.version, server.info("redis_version"));
    EXPECT_TRUE(facts.config_known);
    EXPECT_TRUE(facts.append_only);
    EXPECT_EQ(facts.appendfsync, "always");
    EXPECT_EQ(facts.maxmemory, 1U << 30);
    EXPECT_EQ(facts.maxmemory_policy, "noeviction");
    EXPECT_EQ(facts.min_replicas_to_write, 0U);
    EXPECT_EQ(facts.connected_replicas, 0U);

    EXPECT_EQ(ask({"SET", "key", std::string_view("a\0\r\nb", 5)}), "OK");
    EXPECT_EQ(ask({"GET", "key"}), std::string("a\0\r\nb", 5));
    const Answer list = wait(send({"LRANGE", "none", "0", "-1"}));
    ASSERT_TRUE(list);
    EXPECT_TRUE(list->is_array());
    const Answer refused = wait(send({"INCR", "key"}));
    ASSERT_TRUE(refused) << "an error reply is a value";
    EXPECT_TRUE(refused->is_error());
    EXPECT_TRUE(listener_.losses.empty());
}

TEST_F(RedisClientTest, PipelinesThousandsInOrder) {
    const RedisServer server(RedisServer::Options{{}, RedisServer::Doors::tcp});
    make_client(tcp_address_of(server));
    wait_connected();
    constexpr std::int64_t count = 9'000;
    std::int64_t answered = 0;
    const std::string filling(1'000, 'x');
    for (std::int64_t i = 0; i < count; ++i) {
        const std::vector<std::string_view> command{"EVAL", "return redis.call('INCR', KEYS[1])", "1", "n", filling};
        client_->send(command, [&answered](Answer answer) {
            ASSERT_TRUE(answer) << answer.error().message;
            EXPECT_EQ(answer->integer, ++answered);
        });
    }
    EXPECT_EQ(answered, 0);
    run_until([&] { return answered == count; });
    EXPECT_EQ(server.ask({"GET", "n"}), std::to_string(count));
}

TEST_F(RedisClientTest, WhatIsSentInOneTurnIsOneWrite) {
    const RedisServer server;
    make_client(address_of(server));
    wait_connected();
    const auto reads = [&] { return std::stoul(server.info("total_reads_processed")); };
    const auto before = reads();
    std::vector<Pending> pending;
    for (int i = 0; i < 100; ++i) pending.push_back(send({"PING"}));
    for (const Pending& one : pending) EXPECT_EQ(text_of(wait(one)), "PONG");
    // The two questions of the fixture are among them.
    EXPECT_LE(reads() - before, 10U);
}

TEST_F(RedisClientTest, AScriptRunsByItsDigestAndSurvivesAFlush) {
    const RedisServer server;
    make_client(options_with_script(address_of(server)));
    wait_connected();
    EXPECT_EQ(server.ask({"SCRIPT", "EXISTS", count_.sha1()}), "1");
    EXPECT_EQ(text_of(wait(run(count_, {"n"}, {"5"}))), "5");
    server.ask({"SCRIPT", "FLUSH"});
    const auto first = run(count_, {"n"}, {"1"});
    const auto second = run(count_, {"n"}, {"1"});
    EXPECT_EQ(text_of(wait(first)), "6");
    EXPECT_EQ(text_of(wait(second)), "7");
    EXPECT_EQ(server.ask({"GET", "n"}), "7");
    EXPECT_EQ(server.ask({"SCRIPT", "EXISTS", count_.sha1()}), "1");
}

TEST_F(RedisClientTest, AKillInMidFlightLeavesTheOutcomeUnknownAndItComesBack) {
    RedisServer server({"appendonly yes", "appendfsync always"});
    make_client(options_with_script(address_of(server)));
    wait_connected();
    // Frozen, it takes bytes but does nothing with them.
    server.freeze();
    std::vector<Pending> pending;
    for (int i = 0; i < 100; ++i) pending.push_back(run(count_, {"n"}, {"1"}));
    loop_.run_for(20ms);
    const Pending unwritten = send({"PING"});
    server.kill();
    for (const Pending& one : pending) EXPECT_EQ(code(wait(one)), Errc::unknown_outcome);
    const auto last = code(wait(unwritten));
    EXPECT_TRUE(last == Errc::unavailable || last == Errc::unknown_outcome);
    EXPECT_FALSE(client_->connected());
    ASSERT_GE(listener_.losses.size(), 1U);
    EXPECT_EQ(code(wait(send({"PING"}))), Errc::unavailable);

    // The loss, and the first of a row of failed attempts; no more.
    wait_lost(2);
    loop_.run_for(500ms);
    EXPECT_EQ(listener_.losses.size(), 2U);
    server.start();
    wait_connected(2);
    EXPECT_NE(listener_.facts[0].run_id, listener_.facts[1].run_id);
    EXPECT_EQ(text_of(wait(run(count_, {"n"}, {"1"}))), "1");
}

TEST_F(RedisClientTest, AFrozenServerIsLeftAtTheDeadline) {
    RedisServer server;
    RedisAddress address = address_of(server);
    make_client(address);
    wait_connected();
    client_.reset();
    address.timeout = 300ms;
    make_client(address);
    wait_connected(2);
    server.freeze();
    const auto begin = std::chrono::steady_clock::now();
    const Pending pending = send({"INCR", "n"});
    EXPECT_EQ(code(wait(pending)), Errc::unknown_outcome);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 290ms);
    EXPECT_FALSE(client_->connected());
    // Its handshake is not answered either.
    wait_lost(2);
    EXPECT_NE(listener_.losses[1].find("no answer within 300 ms"), std::string::npos) << listener_.losses[1];
    server.thaw();
    wait_connected(3);
    // What "unknown" means: it was done.
    EXPECT_EQ(ask({"GET", "n"}), "1");
}

TEST_F(RedisClientTest, NothingBeyondTheLimitsIsTaken) {
    RedisServer server;
    RedisClientOptions options;
    options.address = address_of(server);
    options.max_outstanding = 10;
    options.max_outbox_bytes = 10'000;
    make_client(options);
    wait_connected();
    std::vector<Pending> pending;
    for (int i = 0; i < 11; ++i) pending.push_back(send({"INCR", "n"}));
    const Answer refused = wait(pending.back());
    EXPECT_EQ(code(refused), Errc::unavailable);
    EXPECT_EQ(text_of(wait(pending[9])), "10");
    const std::string large(9'000, 'x');
    const auto fits = send({"SET", "key", large});
    const auto does_not_fit = send({"SET", "other", large});
    EXPECT_EQ(code(wait(does_not_fit)), Errc::unavailable);
    EXPECT_EQ(text_of(wait(fits)), "OK");
    EXPECT_EQ(ask({"EXISTS", "other"}), "0");
}

TEST_F(RedisClientTest, LoadingIsNotMistakenForReadiness) {
    // A millisecond for each key, and a look at the sockets after each kilobyte.
    RedisServer server({"key-load-delay 1000", "loading-process-events-interval-bytes 1024"});
    for (int i = 0; i < 1'000; ++i) server.ask({"SET", "key" + std::to_string(i), std::string(100, 'x')});
    server.ask({"SAVE"});
    server.stop();
    server.start_without_waiting();
    const auto says_loading = [&] {
        try {
            return server.ask({"GET", "key0"}).starts_with("(error) LOADING");
        } catch (const std::runtime_error&) {
            return false;  // not listening yet
        }
    };
    run_until(says_loading);
    make_client(address_of(server));
    wait_lost();
    EXPECT_NE(listener_.losses[0].find("LOADING"), std::string::npos) << listener_.losses[0];
    wait_connected();
    EXPECT_EQ(ask({"DBSIZE"}), "1000");
}

TEST_F(RedisClientTest, AMasterThatIsDemotedIsLeft) {
    const RedisServer server;
    make_client(address_of(server));
    wait_connected();
    server.ask({"REPLICAOF", "127.0.0.1", "1"});
    const Answer refused = wait(send({"SET", "key", "value"}));
    ASSERT_TRUE(refused) << refused.error().message;
    EXPECT_TRUE(refused->is_error());
    EXPECT_FALSE(client_->connected());
    EXPECT_EQ(store::error_of(*refused).code, Errc::unavailable);
    wait_lost(2);
    EXPECT_NE(listener_.losses[0].find("READONLY"), std::string::npos) << listener_.losses[0];
    EXPECT_NE(listener_.losses[1].find("replica"), std::string::npos) << listener_.losses[1];
    server.ask({"REPLICAOF", "NO", "ONE"});
    wait_connected(2);
    EXPECT_EQ(ask({"SET", "key", "value"}), "OK");
}

TEST_F(RedisClientTest, ReconnectEndsWhatIsUnderWayAndConnectsAnew) {
    const RedisServer server;
    make_client(address_of(server));
    wait_connected();
    const Pending unwritten = send({"PING"});
    client_->reconnect("the test wants it");
    EXPECT_FALSE(client_->connected());
    EXPECT_FALSE(*unwritten);
    EXPECT_EQ(code(wait(unwritten)), Errc::unavailable);
    EXPECT_EQ(listener_.losses, std::vector<std::string>{"the test wants it"});
    wait_connected(2);
    EXPECT_EQ(ask({"PING"}), "PONG");
}

TEST_F(RedisClientTest, ACompletionMayDestroyTheClientAndTheOthersAreDropped) {
    const RedisServer server;
    make_client(address_of(server));
    wait_connected();
    int called = 0;
    const std::string_view ping = "PING";
    for (int i = 0; i < 3; ++i) {
        client_->send({&ping, 1}, [&](const Answer&) {
            ++called;
            client_.reset();
        });
    }
    run_until([&] { return called > 0; });
    loop_.run_for(50ms);
    EXPECT_EQ(called, 1);
    EXPECT_TRUE(listener_.losses.empty());
}

TEST_F(RedisClientTest, ACompletionThatThrowsIsAFaultAndNoMore) {
    const RedisServer server;
    make_client(address_of(server));
    wait_connected();
    const std::string_view ping = "PING";
    client_->send({&ping, 1}, [](const Answer&) { throw std::runtime_error("a bug"); });
    EXPECT_EQ(ask({"PING"}), "PONG");
    EXPECT_EQ(faults_.seen, std::vector<std::string>{"store.redis.done: a bug"});
}

TEST_F(RedisClientTest, AnEndDuringConnectingIsQuiet) {
    const RedisServer server(RedisServer::Options{{}, RedisServer::Doors::tcp});
    for (int turns = 0; turns < 12; ++turns) {
        make_client(tcp_address_of(server, "localhost"));
        for (int i = 0; i < turns; ++i) loop_.run_one_for(5ms);
        client_.reset();
        loop_.poll();
    }
    EXPECT_TRUE(listener_.losses.empty());
}

TEST_F(RedisClientTest, WhereNobodyIsItSaysSo) {
    const RedisServer server;
    RedisAddress address;
    address.unix_socket = (server.directory() / "nobody.sock").string();
    make_client(address);
    wait_lost();
    EXPECT_NE(listener_.losses[0].find("nobody.sock: cannot connect"), std::string::npos) << listener_.losses[0];
}

}  // namespace
