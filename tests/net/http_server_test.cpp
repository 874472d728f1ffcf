// HttpServer over real sockets: keep-alive, pipelining, and answers that come late, never, or for nobody.
#include "net/http_server_fixture.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

namespace tollgate::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(HttpServerTest, AnswersManyRequestsOnOneConnection) {
    serve();
    RawClient client = connect();
    for (int i = 0; i < 50; ++i) {
        const std::string body = "body " + std::to_string(i);
        ASSERT_TRUE(client.send(post("/a?x", body)));
        const Answer answer = answer_of(client.read_response());
        ASSERT_EQ(answer.status, 200);
        ASSERT_EQ(answer.body, "POST /a?x " + body);
        ASSERT_FALSE(answer.closes);
    }
    EXPECT_EQ(observer.count("opened"), 1);
}

TEST_F(HttpServerTest, AnswersTenPipelinedRequestsInOrder) {
    // Each answer is given one turn of the loop later, so a server that went on to the next request would mix them up.
    serve([this](const net::Request& request, net::Responder responder) {
        const std::string path(request.path);
        boost::asio::post(loops[0], [path, held = std::make_shared<net::Responder>(std::move(responder))] {
            held->send(200, "text/plain", path);
        });
    });
    RawClient client = connect();
    std::string packet;
    for (int i = 0; i < 10; ++i)
        packet += i % 2 == 0 ? get("/" + std::to_string(i)) : post("/" + std::to_string(i), "b");
    ASSERT_TRUE(client.send(packet));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(answer_of(client.read_response()).body, "/" + std::to_string(i));
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsLargerThanTheBuffer) {
    serve();
    RawClient client = connect();
    const std::string body(5'000, 'x');
    std::string packet;
    for (int i = 0; i < 10; ++i) packet += post("/" + std::to_string(i), body);
    ASSERT_TRUE(client.send(packet + get("/last")));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(answer_of(client.read_response()).body, "POST /" + std::to_string(i) + "? " + body);
    EXPECT_EQ(answer_of(client.read_response()).body, "GET /last? ");
}

TEST_F(HttpServerTest, TakesARequestSplitAtEveryByte) {
    serve();
    RawClient client = connect();
    const std::string request =
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for (std::size_t split = 1; split < request.size(); ++split) {
        ASSERT_TRUE(client.send(request.substr(0, split)));
        settle();
        ASSERT_TRUE(client.send(request.substr(split)));
        ASSERT_EQ(answer_of(client.read_response()).body, "POST /a? abc") << split;
    }
    for (const char byte : request) {
        ASSERT_TRUE(client.send(std::string(1, byte)));
        settle();
    }
    EXPECT_EQ(answer_of(client.read_response()).body, "POST /a? abc");
    EXPECT_EQ(observer.count("opened"), 1);
}

TEST_F(HttpServerTest, ClosesWhenThePeerOrTheHandlerOrTheVersionSaysSo) {
    serve([](const net::Request& request, net::Responder responder) {
        responder.send(200, "text/plain", "bye", request.path == "/close");
    });
    const auto ends = [this](const std::string& request) {
        RawClient client = connect();
        EXPECT_TRUE(client.send(request));
        const Answer answer = answer_of(client.read_until_closed());
        return answer.status == 200 && answer.body == "bye" && answer.closes;
    };
    EXPECT_TRUE(ends(get("/", "Connection: close\r\n")));
    EXPECT_TRUE(ends(get("/close")));
    EXPECT_TRUE(ends("GET / HTTP/1.0\r\n\r\n"));

    RawClient client = connect();
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
        EXPECT_THAT(client.read_response().value_or(""), HasSubstr("\r\nConnection: keep-alive\r\n"));
    }
}

TEST_F(HttpServerTest, DropsWhatIsPipelinedBehindTheLastRequest) {
    serve();
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/1", "Connection: close\r\n") + get("/2")));
    EXPECT_EQ(answer_of(client.read_until_closed()).body, "GET /1? ");
}

TEST_F(HttpServerTest, AnswersAPeerThatHasShutDownItsSending) {
    serve();
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/1")));
    client.shutdown_send();
    EXPECT_EQ(answer_of(client.read_until_closed()).body, "GET /1? ");
}

TEST_F(HttpServerTest, SendsPreparedAnswersOfAnySize) {
    const std::string body(3'000'000, 'x');
    const net::PreparedResponse prepared(200, "text/plain", body);
    serve([&prepared](const net::Request&, net::Responder responder) { responder.send(prepared); });
    RawClient client = connect();
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(client.send(get("/")));
        EXPECT_EQ(answer_of(client.read_response()).body, body);
    }
}

TEST_F(HttpServerTest, APreparedAnswerMayEndBeforeItIsWritten) {
    // More than the kernel takes from a connection that nobody reads.
    constexpr std::size_t size = 8'000'000;
    std::optional<net::PreparedResponse> prepared;
    std::atomic<int> handled = 0;
    serve([&prepared, &handled](const net::Request& request, net::Responder responder) {
        prepared.emplace(200, "text/plain", std::string(size, request.path[1]));
        responder.send(*prepared);
        prepared.emplace(200, "text/plain", std::string(size, '!'));
        prepared.reset();
        ++handled;
    });
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/a") + get("/b") + get("/c")));
    while (handled == 0) on_loop([] {});
    settle();
    EXPECT_EQ(handled.load(), 1) << "the first answer was written whole: make it larger";
    // Not EXPECT_EQ on the bodies: it would print them.
    for (const char name : {'a', 'b', 'c'})
        EXPECT_TRUE(answer_of(client.read_response()).body == std::string(size, name)) << name;
}

TEST_F(HttpServerTest, AnswersHeadWithoutTheBody) {
    serve();
    RawClient client = connect();
    ASSERT_TRUE(client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/b", "Connection: close\r\n")));
    const std::string both = client.read_until_closed().value_or("");
    EXPECT_THAT(both, HasSubstr("\r\nContent-Length: 9\r\nConnection: keep-alive\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, TellsThePeersAddressAndMapsItBackToIpv4) {
    net::ServerOptions options = loopback_options();
    options.endpoint = {boost::asio::ip::make_address("::"), 0};
    serve(options, [](const net::Request& request, net::Responder responder) {
        responder.send(200, "text/plain", request.peer.to_string());
    });
    const auto peer_seen_from = [this](const char* address) {
        RawClient client({boost::asio::ip::make_address(address), endpoint.port()});
        EXPECT_TRUE(client.send(get("/")));
        return answer_of(client.read_response()).body;
    };
    EXPECT_EQ(peer_seen_from("127.0.0.1"), "127.0.0.1");
    EXPECT_EQ(peer_seen_from("::1"), "::1");
}

TEST_F(HttpServerTest, Answers500WhenTheHandlerDropsItsResponder) {
    serve([](const net::Request&, net::Responder) {});
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/")));
    const Answer answer = answer_of(client.read_until_closed());
    EXPECT_EQ(answer.status, 500);
    EXPECT_TRUE(answer.closes);
}

TEST_F(HttpServerTest, Answers500AndReportsWhenTheHandlerThrows) {
    serve([](const net::Request& request, net::Responder responder) {
        if (request.path == "/throw") throw std::runtime_error("broken");
        responder.send(200, "", "");
    });
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/throw")));
    EXPECT_EQ(answer_of(client.read_until_closed()).status, 500);
    EXPECT_THAT(faults.seen(), ElementsAre("net.handler: broken"));
    RawClient next = connect();
    ASSERT_TRUE(next.send(get("/")));
    EXPECT_EQ(answer_of(next.read_response()).status, 200);
}

TEST_F(HttpServerTest, AssigningToAResponderAnswersTheOneItHeld) {
    std::optional<net::Responder> held;
    serve([&held](const net::Request&, net::Responder responder) {
        if (!held) {
            held.emplace(std::move(responder));
            return;
        }
        *held = std::move(responder);
        held->send(200, "", "");
    });
    RawClient first = connect();
    ASSERT_TRUE(first.send(get("/")));
    settle();
    RawClient second = connect();
    ASSERT_TRUE(second.send(get("/")));
    EXPECT_EQ(answer_of(first.read_until_closed()).status, 500);
    EXPECT_EQ(answer_of(second.read_response()).status, 200);
}

/// Handlers that keep what they are given, as one that waits for the store does.
class HttpServerHoldingTest : public HttpServerTest {
  protected:
    ~HttpServerHoldingTest() override { loops.stop(); }

    void serve_holding(const net::ServerOptions& options = loopback_options()) {
        serve(options, [this](const net::Request&, net::Responder responder) {
            held.push_back(std::move(responder));
            ++handled;
        });
    }
    /// Waits until so many requests have reached the handler, those answered meanwhile included.
    bool handled_so_far(int count) {
        const auto deadline = std::chrono::steady_clock::now() + 5s;
        while (handled.load() < count && std::chrono::steady_clock::now() < deadline) settle();
        return handled.load() >= count;
    }
    void answer_all() {
        on_loop([this] {
            for (net::Responder& responder : held) responder.send(200, "text/plain", "late");
            held.clear();
        });
    }

    std::vector<net::Responder> held;
    std::atomic<int> handled = 0;
};

TEST_F(HttpServerHoldingTest, NoDeadlineRunsWhileTheHandlerHoldsTheRequest) {
    net::ServerOptions options = loopback_options();
    options.request_timeout = 50ms;
    options.idle_timeout = 50ms;
    serve_holding(options);
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/")));
    ASSERT_TRUE(handled_so_far(1));
    EXPECT_TRUE(client.silent_for(200ms));
    answer_all();
    EXPECT_EQ(answer_of(client.read_response()).body, "late");
    EXPECT_EQ(observer.count("slow_request"), 0);
}

TEST_F(HttpServerHoldingTest, TheNextRequestWaitsForTheAnswerOfTheFirst) {
    serve_holding();
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/1") + get("/2")));
    ASSERT_TRUE(handled_so_far(1));
    settle();
    EXPECT_EQ(handled.load(), 1);
    answer_all();
    EXPECT_EQ(answer_of(client.read_response()).body, "late");
    ASSERT_TRUE(handled_so_far(2));
    answer_all();
    EXPECT_EQ(answer_of(client.read_response()).body, "late");
}

TEST_F(HttpServerHoldingTest, AnAnswerForAPeerThatHasGoneIsDropped) {
    serve_holding();
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/")));
    ASSERT_TRUE(handled_so_far(1));
    client.reset();
    settle();
    answer_all();
    EXPECT_TRUE(counted("closed", 1));
    EXPECT_THAT(faults.seen(), IsEmpty());
}

TEST_F(HttpServerHoldingTest, AResponderMayOutliveServerAndLoop) {
    serve_holding();
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/1")));
    ASSERT_TRUE(handled_so_far(1));
    on_loop([this] { server.reset(); });
    EXPECT_EQ(client.read_until_closed(), "");
    loops.stop();
    ASSERT_EQ(held.size(), 1u);
    held[0].send(200, "", "");
    held.clear();
}

TEST_F(HttpServerTest, DrainingServesOnButEndsEveryConnection) {
    serve();
    RawClient old = connect();
    ASSERT_TRUE(old.send(get("/1")));
    EXPECT_FALSE(answer_of(old.read_response()).closes);
    on_loop([this] { server->drain(); });
    EXPECT_TRUE(old.silent_for(50ms));
    ASSERT_TRUE(old.send(get("/2")));
    const Answer last = answer_of(old.read_until_closed());
    EXPECT_EQ(last.body, "GET /2? ");
    EXPECT_TRUE(last.closes);
    RawClient fresh = connect();
    ASSERT_TRUE(fresh.send(get("/3")));
    EXPECT_EQ(answer_of(fresh.read_until_closed()).body, "GET /3? ");
}

TEST_F(HttpServerHoldingTest, StopClosesTheIdleAndLetsTheOthersFinish) {
    serve_holding();
    RawClient idle = connect();
    RawClient reading = connect();
    RawClient handling = connect();
    ASSERT_TRUE(reading.send("GET / HT"));
    ASSERT_TRUE(handling.send(get("/")));
    ASSERT_TRUE(handled_so_far(1));
    ASSERT_TRUE(counted("opened", 3));
    settle();
    on_loop([this] { server->stop(); });
    EXPECT_EQ(idle.read_until_closed(), "");
    EXPECT_THROW(connect(), std::runtime_error);
    answer_all();
    EXPECT_TRUE(answer_of(handling.read_until_closed()).closes);
    ASSERT_TRUE(reading.send("TP/1.1\r\nHost: a\r\n\r\n"));
    ASSERT_TRUE(handled_so_far(2));
    answer_all();
    EXPECT_EQ(answer_of(reading.read_until_closed()).body, "late");
}

TEST_F(HttpServerHoldingTest, StopDoesNotWaitForeverForAHandler) {
    net::ServerOptions options = loopback_options();
    options.request_timeout = 500ms;
    serve_holding(options);
    RawClient before = connect();
    RawClient after = connect();
    ASSERT_TRUE(before.send(get("/")));
    ASSERT_TRUE(after.send("GET / HTTP/1.1\r\n"));
    ASSERT_TRUE(handled_so_far(1));
    settle();
    on_loop([this] { server->stop(); });
    ASSERT_TRUE(after.send("Host: a\r\n\r\n"));
    ASSERT_TRUE(handled_so_far(2));
    EXPECT_EQ(before.read_until_closed(), "");
    EXPECT_EQ(after.read_until_closed(), "");
    answer_all();
}

TEST_F(HttpServerTest, StartSaysWhereItCannotListen) {
    serve();
    net::ServerOptions options = loopback_options();
    options.endpoint = endpoint;
    net::HttpServer second(loops[0], options, *handler, observer, faults);
    const auto started = second.start();
    ASSERT_TRUE(started.has_error());
    EXPECT_EQ(started.error().code, core::Errc::io);
    EXPECT_THAT(started.error().message, HasSubstr("127.0.0.1:" + std::to_string(endpoint.port())));
}

TEST(HttpServer, TwoLoopsShareOneEndpointUnderLoad) {
    constexpr int connections = 20;
    constexpr int requests_each = 100;
    RecordingFaults faults;
    CountingObserver observer;
    FunctionHandler handler(echo);
    net::Loops loops(2, faults);
    net::ServerOptions options = loopback_options();
    options.reuse_port = true;
    net::HttpServer first(loops[0], options, handler, observer, faults);
    ASSERT_TRUE(first.start().has_value());
    options.endpoint = first.endpoint();
    net::HttpServer second(loops[1], options, handler, observer, faults);
    ASSERT_TRUE(second.start().has_value());
    loops.start();

    std::atomic<int> right = 0;
    std::vector<std::thread> clients;
    for (int c = 0; c < connections; ++c) {
        clients.emplace_back([&right, c, server = first.endpoint()] {
            RawClient client(server);
            for (int i = 0; i < requests_each; ++i) {
                const std::string body = std::to_string(c) + "/" + std::to_string(i);
                if (!client.send(post("/", body))) return;
                if (answer_of(client.read_response()).body == "POST /? " + body) ++right;
            }
        });
    }
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(right.load(), connections * requests_each);
    EXPECT_EQ(observer.count("opened"), connections);
    EXPECT_THAT(faults.seen(), IsEmpty());
    loops.stop();
}

}  // namespace
}  // namespace tollgate::test
