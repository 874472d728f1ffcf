// check_endpoint_free: a port is taken by whoever listens there, whether he would share it or not.
#include "net/http_server_fixture.hpp"

#include <gmock/gmock.h>

namespace tollgate::test {
namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::tcp;

std::string taken(const tcp::endpoint& endpoint) {
    const auto free = net::check_endpoint_free(endpoint);
    if (free) return "";
    EXPECT_EQ(free.error().code, core::Errc::io);
    return free.error().message;
}

class EndpointFreeTest : public HttpServerTest, public testing::WithParamInterface<bool> {};

TEST_P(EndpointFreeTest, SaysWhenSomebodyListens) {
    net::ServerOptions options = loopback_options();
    options.reuse_port = GetParam();
    serve(options);
    const std::string port = std::to_string(endpoint.port());
    EXPECT_EQ(taken(endpoint), "127.0.0.1:" + port + " is in use by another program");
    EXPECT_EQ(taken({make_address("0.0.0.0"), endpoint.port()}), "0.0.0.0:" + port + " is in use by another program");
    EXPECT_EQ(taken({make_address("::"), endpoint.port()}), "[::]:" + port + " is in use by another program");
    EXPECT_EQ(taken({make_address("127.0.0.2"), endpoint.port()}), "");
    // The one who listens has noticed nothing.
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/")));
    EXPECT_EQ(answer_of(client.read_response()).status, 200);
    // His connections linger; only listening counts.
    on_loop([this] { server->stop(); });
    EXPECT_EQ(taken(endpoint), "");
    on_loop([this] { server.reset(); });
    EXPECT_EQ(taken(endpoint), "");
}

INSTANTIATE_TEST_SUITE_P(SharingOrNot, EndpointFreeTest, testing::Bool());

TEST_F(HttpServerTest, StartsWhereTheEndpointWasFoundFree) {
    net::ServerOptions options = loopback_options();
    {
        boost::asio::io_context loop;
        options.endpoint = tcp::acceptor(loop, options.endpoint).local_endpoint();
    }
    EXPECT_EQ(taken(options.endpoint), "");
    EXPECT_EQ(taken(options.endpoint), "");
    options.reuse_port = true;
    serve(options);
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/")));
    EXPECT_EQ(answer_of(client.read_response()).status, 200);
}

TEST(EndpointFree, IsTrueOfPort0AndSaysWhatElseIsWrong) {
    EXPECT_EQ(taken({make_address("127.0.0.1"), 0}), "");
    EXPECT_THAT(taken({make_address("192.0.2.1"), 1}), testing::StartsWith("cannot listen on 192.0.2.1:1: "));
}

}  // namespace
}  // namespace tollgate::test
