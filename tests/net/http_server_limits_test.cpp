// HttpServer's limits over real sockets: what is too large, slow, many or wrong is answered, counted and closed.
#include "net/http_server_fixture.hpp"

#include <sys/resource.h>

#include <fcntl.h>

namespace tollgate::test {
namespace {

net::ServerOptions hasty_options() {
    net::ServerOptions options = loopback_options();
    options.request_timeout = 300ms;
    options.idle_timeout = 300ms;
    return options;
}

struct Refused {
    const char* name;
    std::string request;
    int status;
    const char* reason;
};

void PrintTo(const Refused& refused, std::ostream* out) {
    *out << refused.name;
}

class HttpServerRefuses : public HttpServerTest, public testing::WithParamInterface<Refused> {};

TEST_P(HttpServerRefuses, WithAnAnswerACountAndTheEnd) {
    serve();
    RawClient client = connect();
    ASSERT_TRUE(client.send(GetParam().request));
    const Answer answer = answer_of(client.read_until_closed());
    EXPECT_EQ(answer.status, GetParam().status);
    EXPECT_TRUE(answer.closes);
    EXPECT_EQ(observer.count(GetParam().reason), 1);
}

TEST_P(HttpServerRefuses, AlsoBehindAGoodRequest) {
    serve();
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/good") + GetParam().request));
    EXPECT_EQ(answer_of(client.read_response()).body, "GET /good? ");
    EXPECT_EQ(answer_of(client.read_until_closed()).status, GetParam().status);
}

TEST_P(HttpServerRefuses, HoweverThePacketsFall) {
    serve();
    const std::string& request = GetParam().request;
    const std::size_t step = std::max<std::size_t>(1, request.size() / 64);
    for (std::size_t split = 1; split < request.size(); split += step) {
        RawClient client = connect();
        ASSERT_TRUE(client.send(request.substr(0, split)));
        settle();
        client.send(request.substr(split));
        ASSERT_EQ(answer_of(client.read_until_closed()).status, GetParam().status) << split;
    }
}

const std::string chunked_head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    Requests, HttpServerRefuses,
    testing::Values(
        Refused{"NoHttp", "hello\r\nworld\r\n\r\n", 400, "malformed"},
        Refused{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400, "malformed"},
        Refused{"Folded", get("/", "A: b\r\n c\r\n"), 400, "malformed"},
        Refused{"LengthAndChunked", post("/", "0\r\n\r\n", "Transfer-Encoding: chunked\r\n"), 400, "malformed"},
        Refused{"Xchunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 400, "malformed"},
        Refused{"BadChunk", chunked_head + "x\r\n", 400, "malformed"},
        Refused{"LongHeaders", get("/", "X: " + std::string(9'000, 'x') + "\r\n"), 431, "headers_too_large"},
        Refused{"LongTarget", get("/" + std::string(9'000, 'x')), 431, "headers_too_large"},
        Refused{"LongBody", post("/", std::string(64 * 1024 + 1, 'x')), 413, "body_too_large"},
        Refused{"LongChunk", chunked_head + "10001\r\n", 413, "body_too_large"},
        Refused{"OtherExpectation", get("/", "Expect: miracles\r\n"), 417, "malformed"}),
    [](const testing::TestParamInfo<Refused>& param) { return std::string(param.param.name); });

TEST_F(HttpServerTest, RefusesALargeBodyBeforeItComes) {
    serve();
    RawClient client = connect();
    ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\nExpect: 100-continue\r\n\r\n"));
    EXPECT_EQ(answer_of(client.read_until_closed()).status, 413);
}

TEST_F(HttpServerTest, ReadsOnForAWhileSoThatTheAnswerArrives) {
    serve();
    RawClient client = connect();
    // Closing with bytes unread would be a reset, which may overtake the answer.
    ASSERT_TRUE(client.send(post("/", std::string(200 * 1024, 'x'))));
    EXPECT_EQ(answer_of(client.read_until_closed()).status, 413);
    EXPECT_FALSE(client.was_reset());
}

TEST_F(HttpServerTest, DoesNotReadOnForever) {
    serve();
    RawClient client = connect();
    EXPECT_FALSE(client.send(post("/", std::string(64 * 1024 * 1024, 'x'))));
    EXPECT_TRUE(counted("closed", 1));
}

TEST_F(HttpServerTest, SendsTheInterimAnswerOnlyWhenTheBodyIsStillToCome) {
    serve();
    RawClient client = connect();
    const std::string expect = "Expect: 100-continue\r\n";
    const std::string request = post("/", "hello", expect);
    ASSERT_TRUE(client.send(request.substr(0, request.size() - 5)));
    EXPECT_EQ(client.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(client.send("he"));
    settle();
    ASSERT_TRUE(client.send("llo"));
    EXPECT_EQ(answer_of(client.read_response()).body, "POST /? hello");

    ASSERT_TRUE(client.send(request));
    EXPECT_EQ(answer_of(client.read_response()).body, "POST /? hello");
    ASSERT_TRUE(client.send(get("/", expect)));
    EXPECT_EQ(answer_of(client.read_response()).status, 200);

    ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + expect + "\r\n"));
    EXPECT_EQ(client.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(client.send("2\r\nhi\r\n0\r\n\r\n"));
    EXPECT_EQ(answer_of(client.read_response()).body, "POST /? hi");
}

TEST_F(HttpServerTest, RefusesASlowHeader) {
    serve(hasty_options());
    RawClient client = connect();
    // A trickle does not extend the time: it is for the whole request.
    for (const char byte : std::string("GET / HTTP/1.1")) {
        if (!client.send(std::string(1, byte)) || !client.silent_for(30ms)) break;
    }
    EXPECT_EQ(answer_of(client.read_until_closed()).status, 408);
    EXPECT_EQ(observer.count("slow_request"), 1);
}

TEST_F(HttpServerTest, RefusesASlowBody) {
    serve(hasty_options());
    for (const std::string& request :
         {std::string("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell"), chunked_head + "5\r\nhell"}) {
        RawClient client = connect();
        ASSERT_TRUE(client.send(request));
        EXPECT_EQ(answer_of(client.read_until_closed()).status, 408);
    }
    EXPECT_EQ(observer.count("slow_request"), 2);
}

TEST_F(HttpServerTest, BytesThatComeBehindATooSlowRequestAreNotServed) {
    serve(hasty_options());
    RawClient client = connect();
    ASSERT_TRUE(client.send("GET / HTTP/1.1\r\n"));
    EXPECT_EQ(answer_of(client.read_response()).status, 408);
    client.send("Host: a\r\n\r\n" + get("/2"));
    EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(HttpServerTest, ClosesOnASlowReader) {
    // Much less than the kernel would keep for a peer that does not read, were it allowed to.
    const net::PreparedResponse large(200, "text/plain", std::string(500'000, 'x'));
    net::ServerOptions options = hasty_options();
    options.send_buffer = 16 * 1024;
    serve(options, [&large](const net::Request&, net::Responder responder) { responder.send(large); });
    RawClient client(endpoint, 4096);
    ASSERT_TRUE(client.send(get("/")));
    EXPECT_TRUE(counted("slow_request", 1));
    EXPECT_TRUE(counted("closed", 1));
    // An ordinary end would wait in the kernel, behind all that is unread, for as long as the peer likes.
    EXPECT_LT(client.read_until_closed().value_or(std::string(500'000, 'x')).size(), 500'000u);
    EXPECT_TRUE(client.was_reset());
}

TEST_F(HttpServerTest, ClosesAnIdleConnectionWithoutAWord) {
    serve(hasty_options());
    RawClient silent = connect();
    RawClient served = connect();
    ASSERT_TRUE(served.send(get("/")));
    EXPECT_EQ(answer_of(served.read_response()).status, 200);
    EXPECT_EQ(silent.read_until_closed(), "");
    EXPECT_EQ(served.read_until_closed(), "");
    EXPECT_EQ(observer.count("idle"), 2);
}

TEST_F(HttpServerTest, LimitsConnections) {
    net::ServerOptions options = loopback_options();
    options.max_connections = 2;
    serve(options);
    std::optional<RawClient> first(connect());
    RawClient second = connect();
    RawClient third = connect();
    EXPECT_EQ(third.read_until_closed(), "");
    EXPECT_EQ(observer.count("connections"), 1);
    first.reset();
    ASSERT_TRUE(counted("closed", 1));
    RawClient fourth = connect();
    for (RawClient* client : {&second, &fourth}) {
        ASSERT_TRUE(client->send(get("/")));
        EXPECT_EQ(answer_of(client->read_response()).status, 200);
    }
}

TEST_F(HttpServerTest, IdleConnectionsMakeRoomWhenThereIsHardlyAny) {
    net::ServerOptions options = loopback_options();
    options.max_connections = 20;
    serve(options);
    std::vector<RawClient> crowd;
    for (int i = 0; i < 17; ++i) crowd.push_back(connect());
    EXPECT_TRUE(crowd[0].silent_for(1500ms));
    EXPECT_EQ(observer.count("idle"), 0);

    // From the 18th on it is crowded; a sweep between two of these may make room already.
    while (crowd.size() < 20) crowd.push_back(connect());
    ASSERT_TRUE(counted("idle", 3));
    EXPECT_EQ(observer.count("connections"), 0);
    RawClient late = connect();
    ASSERT_TRUE(late.send(get("/")));
    EXPECT_EQ(answer_of(late.read_response()).status, 200);
    EXPECT_LE(observer.count("idle"), 4);  // room, not a clearing
}

TEST_F(HttpServerTest, LimitsConnectionsPerAddress) {
    net::ServerOptions options = loopback_options();
    options.endpoint = {boost::asio::ip::make_address("0.0.0.0"), 0};
    options.max_connections_per_address = 1;
    serve(options);
    const auto from = [this](const char* address) {
        return RawClient({boost::asio::ip::make_address(address), endpoint.port()});
    };
    std::optional<RawClient> first(from("127.0.0.1"));
    RawClient second = from("127.0.0.1");
    EXPECT_EQ(second.read_until_closed(), "");
    EXPECT_EQ(observer.count("connections_per_address"), 1);
    first.reset();
    ASSERT_TRUE(counted("closed", 1));
    RawClient third = from("127.0.0.1");
    ASSERT_TRUE(third.send(get("/")));
    EXPECT_EQ(answer_of(third.read_response()).status, 200);
}

TEST_F(HttpServerTest, OutlivesAShortageOfDescriptors) {
    serve();
    // UBSan needs descriptors of its own when it meets a class for the first time: let it meet them before the
    // shortage.
    ASSERT_TRUE(connect().send("\n"));
    ASSERT_TRUE(counted("malformed", 1));
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few = before;
    few.rlim_cur = 64;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    std::vector<int> hoard;
    for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) hoard.push_back(fd);
    ASSERT_FALSE(hoard.empty());
    ::close(hoard.back());
    hoard.pop_back();

    RawClient client = connect();  // takes the last descriptor, so that none is left to accept it
    EXPECT_TRUE(counted("accept_failed", 1));
    for (const int fd : hoard) ::close(fd);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_TRUE(client.send(get("/")));
    EXPECT_EQ(answer_of(client.read_response()).status, 200);
    EXPECT_LT(observer.count("accept_failed"), 20);
}

}  // namespace
}  // namespace tollgate::test
