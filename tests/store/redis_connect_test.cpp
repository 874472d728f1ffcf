// How RedisClient gets in: ACL users, TLS, subscriptions, and the Sentinels' way to a new master.
#include "net/test_authority.hpp"
#include "redis_client_fixture.hpp"
#include "support/manual_clock.hpp"
#include "support/redis_sentinels.hpp"

#include <memory>

namespace {

using namespace tollgate;
using namespace std::chrono_literals;
using core::Errc;
using store::RedisAddress;
using store::RedisClientOptions;
using test::RedisServer;

class RedisConnectTest : public test::RedisClientFixture {
  protected:
    void expect_refused(const RedisAddress& address, const std::string& why) {
        listener_ = {};
        make_client(address);
        wait_lost();
        ASSERT_FALSE(listener_.losses.empty());
        EXPECT_NE(listener_.losses[0].find(why), std::string::npos) << listener_.losses[0];
        EXPECT_EQ(listener_.losses[0].find("HUSH"), std::string::npos) << listener_.losses[0];
        EXPECT_TRUE(listener_.facts.empty());
        const auto answer = wait(send({"PING"}));
        EXPECT_EQ(code(answer), Errc::unavailable);
        EXPECT_EQ(text_of(answer).find("HUSH"), std::string::npos);
        client_.reset();
    }
};

TEST_F(RedisConnectTest, AUserOfAnAclGetsInWithHisPasswordOnly) {
    const RedisServer server({"user default off", "user gate on >HUSH ~* &* +@all -config"});
    RedisAddress address = address_of(server);
    expect_refused(address, "NOAUTH");
    address.user = "gate";
    address.password = "HUSHHUSH";
    expect_refused(address, "WRONGPASS");
    address.password = "HUSH";
    address.database = 99;
    expect_refused(address, "DB index is out of range");
    address.database = 5;
    make_client(address);
    wait_connected();
    EXPECT_FALSE(listener_.facts[0].config_known);
    EXPECT_EQ(listener_.facts[0].maxmemory_policy, "");
    EXPECT_EQ(ask({"SET", "key", "value"}), "OK");
    EXPECT_NE(ask({"CLIENT", "INFO"}).find(" db=5 "), std::string::npos);
}

TEST_F(RedisConnectTest, APasswordAloneIsTheDefaultUsers) {
    const RedisServer server({"requirepass HUSH"});
    RedisAddress address = address_of(server);
    expect_refused(address, "NOAUTH");
    address.password = "HUSH";
    make_client(address);
    wait_connected();
    EXPECT_EQ(ask({"PING"}), "PONG");
}

TEST_F(RedisConnectTest, TlsWithTheRightAuthorityAndName) {
    test::TestAuthority authority;
    const auto files = authority.server_files("DNS:localhost,IP:127.0.0.1");
    const RedisServer server(RedisServer::Options{
        {"tls-cert-file " + files.certificate, "tls-key-file " + files.key, "tls-ca-cert-file " + authority.file()},
        RedisServer::Doors::tls});
    for (const char* host : {"127.0.0.1", "localhost"}) {
        RedisAddress address = tcp_address_of(server, host);
        address.tls = true;
        address.tls_ca = authority.file();
        listener_ = {};
        make_client(address);
        wait_connected();
        const std::string large(3'000'000, 'x');
        EXPECT_EQ(ask({"SET", "key", large}), "OK");
        EXPECT_EQ(ask({"GET", "key"}), large);
        client_.reset();
    }
    test::TestAuthority stranger;
    RedisAddress address = tcp_address_of(server);
    address.tls = true;
    address.tls_ca = stranger.file();
    expect_refused(address, "TLS: ");
    address.tls_ca = "/nowhere/ca.pem";
    RedisClientOptions options;
    options.address = address;
    const auto made = store::RedisClient::create(loop_, options, clock_, faults_, listener_);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::io);
}

TEST_F(RedisConnectTest, ACertificateForAnotherNameIsRefused) {
    test::TestAuthority authority;
    const auto files = authority.server_files("DNS:elsewhere.test");
    const RedisServer server(RedisServer::Options{
        {"tls-cert-file " + files.certificate, "tls-key-file " + files.key, "tls-ca-cert-file " + authority.file()},
        RedisServer::Doors::tls});
    RedisAddress address = tcp_address_of(server);
    address.tls = true;
    address.tls_ca = authority.file();
    expect_refused(address, "ostname mismatch");
}

TEST_F(RedisConnectTest, MessagesArriveAndGoOnArrivingAfterARestart) {
    RedisServer server;
    RedisClientOptions options;
    options.address = address_of(server);
    options.subscribe = "news";
    make_client(options);
    wait_connected();
    EXPECT_EQ(code(wait(send({"PING"}))), Errc::invalid_argument);
    EXPECT_EQ(server.ask({"PUBLISH", "news", "one"}), "1");
    server.ask({"PUBLISH", "other", "not for us"});
    server.ask({"PUBLISH", "news", std::string(100'000, 'x')});
    run_until([&] { return listener_.messages.size() == 2; });
    EXPECT_EQ(listener_.messages[0], "one");
    EXPECT_EQ(listener_.messages[1], std::string(100'000, 'x'));
    server.kill();
    wait_lost();
    server.start();
    wait_connected(2);
    EXPECT_EQ(server.ask({"PUBLISH", "news", "two"}), "1");
    run_until([&] { return listener_.messages.size() == 3; });
    EXPECT_EQ(listener_.messages[2], "two");
}

/// Whose other end has vanished without a word: it would wait for messages for ever.
TEST_F(RedisConnectTest, ASilentSubscriptionIsTriedAndGivenUp) {
    RedisServer server;
    test::ManualClock time;
    RedisClientOptions options;
    options.address = address_of(server);
    options.subscribe = "news";
    client_ = std::move(*store::RedisClient::create(loop_, options, time, faults_, listener_));
    client_->start();
    wait_connected();
    const auto pings = [&] {
        const std::string statistics = server.ask({"INFO", "commandstats"});
        const std::string_view before = "cmdstat_ping:calls=";
        const std::size_t position = statistics.find(before);
        return position == std::string::npos ? 0 : std::stoul(statistics.substr(position + before.size()));
    };
    const auto at_first = pings();
    time.advance(6s);
    run_until([&] { return pings() > at_first; });
    EXPECT_TRUE(client_->connected());
    server.freeze();
    run_until([&] {
        time.advance(100ms);
        return !listener_.losses.empty();
    });
    ASSERT_FALSE(listener_.losses.empty());
    EXPECT_NE(listener_.losses[0].find("no answer within"), std::string::npos) << listener_.losses[0];
}

TEST_F(RedisConnectTest, AReplicaIsLeftUntilItIsTheMaster) {
    const RedisServer server({"replicaof 127.0.0.1 1"});
    make_client(address_of(server));
    wait_lost();
    EXPECT_NE(listener_.losses[0].find("it is a replica"), std::string::npos) << listener_.losses[0];
    server.ask({"REPLICAOF", "NO", "ONE"});
    wait_connected();
    EXPECT_EQ(ask({"SET", "key", "value"}), "OK");
}

class RedisSentinelTest : public RedisConnectTest {
  protected:
    test::RedisSentinels redis_;
};

TEST_F(RedisSentinelTest, FollowsTheSentinelsToTheNewMaster) {
    redis_.wait_until_ready();
    // The first to be asked is not there.
    redis_.sentinel(0).freeze();
    make_client(redis_.address());
    wait_connected();
    redis_.sentinel(0).thaw();
    EXPECT_EQ(listener_.facts[0].run_id, redis_.first().info("run_id"));
    EXPECT_EQ(listener_.facts[0].connected_replicas, 1U);
    EXPECT_EQ(ask({"SET", "key", "value"}), "OK");
    EXPECT_EQ(ask({"WAIT", "1", "1000"}), "1");
    redis_.first().kill();
    wait_lost();
    wait_connected(2);
    EXPECT_EQ(listener_.facts[1].run_id, redis_.second().info("run_id"));
    EXPECT_EQ(ask({"GET", "key"}), "value");
    EXPECT_EQ(ask({"SET", "key", "another"}), "OK");
}

TEST_F(RedisConnectTest, WithoutASentinelThatKnowsTheMasterItSaysSo) {
    const RedisServer no_sentinel(RedisServer::Options{{}, RedisServer::Doors::tcp});
    RedisAddress address;
    address.mode = store::RedisMode::sentinel;
    address.master = "orders";
    address.sentinels = {{"127.0.0.1", test::free_port()}, {"127.0.0.1", no_sentinel.port()}};
    make_client(address);
    wait_lost();
    EXPECT_NE(
        listener_.losses[0].find("the Sentinels do not tell where the master is: 2 of 2 Sentinels must name a master, "
                                 "0 did; the last one: Sentinel 127.0.0.1:" +
                                 std::to_string(no_sentinel.port()) + ": Redis said: ERR unknown command"),
        std::string::npos)
        << listener_.losses[0];
}

}  // namespace
