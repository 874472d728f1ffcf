// ConnectionLimits: what is counted together, and that no count is lost between threads or servers.
#include "net/http_server_fixture.hpp"

#include <tollgate/net/connection_limits.hpp>

#include <memory>
#include <thread>

namespace tollgate::test {
namespace {

using boost::asio::ip::make_address;
using net::ConnectionLimits;

TEST(ConnectionLimits, CountsAllAndEachAddress) {
    ConnectionLimits limits(3, 2);
    const auto one = make_address("192.0.2.1");
    const auto other = make_address("192.0.2.2");
    EXPECT_EQ(limits.try_open(one), std::nullopt);
    EXPECT_EQ(limits.try_open(one), std::nullopt);
    EXPECT_EQ(limits.try_open(one), "connections_per_address");
    EXPECT_EQ(limits.try_open(other), std::nullopt);
    EXPECT_EQ(limits.try_open(other), "connections");
    EXPECT_EQ(limits.open(), 3u);
    limits.closed(one);
    EXPECT_EQ(limits.try_open(other), std::nullopt);
    EXPECT_EQ(limits.open(), 3u);
}

TEST(ConnectionLimits, TakesA64OfIpv6ForOnePeer) {
    ConnectionLimits limits(100, 1);
    EXPECT_EQ(limits.try_open(make_address("2001:db8:1:2::1")), std::nullopt);
    EXPECT_EQ(limits.try_open(make_address("2001:db8:1:2:ffff:ffff:ffff:ffff")), "connections_per_address");
    EXPECT_EQ(limits.try_open(make_address("2001:db8:1:3::1")), std::nullopt);
    limits.closed(make_address("2001:db8:1:2::1"));
    EXPECT_EQ(limits.try_open(make_address("2001:db8:1:2::2")), std::nullopt);
}

TEST(ConnectionLimits, TakesMappedAddressesForIpv4) {
    ConnectionLimits limits(100, 1);
    EXPECT_EQ(limits.try_open(make_address("::ffff:192.0.2.1")), std::nullopt);
    EXPECT_EQ(limits.try_open(make_address("192.0.2.1")), "connections_per_address");
    EXPECT_EQ(limits.try_open(make_address("::ffff:192.0.2.2")), std::nullopt);
}

TEST(ConnectionLimits, LosesNoCountBetweenThreads) {
    constexpr std::size_t all = 8;
    constexpr std::size_t each = 3;
    ConnectionLimits limits(all, each);
    std::atomic<bool> exceeded = false;
    std::atomic<int> opened = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&limits, &exceeded, &opened, t] {
            for (int i = 0; i < 5'000; ++i) {
                const auto peer = boost::asio::ip::address_v4(static_cast<unsigned>((i + t) % 3));
                if (limits.try_open(peer)) continue;
                ++opened;
                if (limits.open() > all) exceeded = true;
                if (i % 7 == 0) std::this_thread::yield();
                limits.closed(peer);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_FALSE(exceeded);
    EXPECT_GT(opened.load(), 0);
    EXPECT_EQ(limits.open(), 0u);
    // Each address is free again, too.
    for (std::size_t i = 0; i < each; ++i) EXPECT_EQ(limits.try_open(boost::asio::ip::address_v4(1u)), std::nullopt);
    EXPECT_EQ(limits.try_open(boost::asio::ip::address_v4(1u)), "connections_per_address");
}

TEST_F(HttpServerTest, SharesItsLimitsWithOtherServers) {
    net::ServerOptions options = loopback_options();
    options.limits = std::make_shared<ConnectionLimits>(100, 2);
    options.max_connections = 1;  // the shared ones count instead
    serve(options);
    std::optional<net::HttpServer> second;
    boost::asio::ip::tcp::endpoint at_second;
    on_loop([&] {
        second.emplace(loops[0], options, *handler, observer, faults);
        ASSERT_TRUE(second->start().has_value());
        at_second = second->endpoint();
    });
    std::optional<RawClient> one(connect());
    ASSERT_TRUE(counted("opened", 1));
    RawClient two(at_second);
    ASSERT_TRUE(counted("opened", 2));
    RawClient three = connect();
    EXPECT_EQ(three.read_until_closed(), "");
    RawClient four(at_second);
    EXPECT_EQ(four.read_until_closed(), "");
    EXPECT_EQ(observer.count("connections_per_address"), 2);
    one.reset();
    ASSERT_TRUE(counted("closed", 1));
    RawClient five(at_second);
    ASSERT_TRUE(five.send(get("/")));
    EXPECT_EQ(answer_of(five.read_response()).status, 200);
    // A server that ends gives back what it had.
    on_loop([&] { second.reset(); });
    EXPECT_EQ(options.limits->open(), 0u);
}

}  // namespace
}  // namespace tollgate::test
