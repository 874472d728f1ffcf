// HttpServer tells who answers later that the peer has gone, whatever it left unread, over TLS as well.
#include "net/http_server_fixture.hpp"
#include "net/test_authority.hpp"
#include "net/tls_client.hpp"

#include <tollgate/net/server_tls.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace tollgate::test {
namespace {

class HttpServerGoneTest : public HttpServerTest {
  protected:
    ~HttpServerGoneTest() override { loops.stop(); }

    /// Answers "early" when the peer has gone, and otherwise nothing.
    void serve_waiting(const net::ServerOptions& options = loopback_options()) {
        serve(options, [this](const net::Request&, net::Responder responder) {
            const auto held = std::make_shared<net::Responder>(std::move(responder));
            held->when_gone([this, weak = std::weak_ptr(held)] {
                ++gone;
                if (const auto asked = weak.lock()) asked->send(200, "text/plain", "early");
            });
            waiting.push_back(held);
            ++handled;
        });
    }
    static bool reaches(const std::atomic<int>& count, int wanted) {
        const auto deadline = std::chrono::steady_clock::now() + 5s;
        while (count.load() < wanted && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(5ms);
        return count.load() == wanted;
    }

    std::vector<std::shared_ptr<net::Responder>> waiting;
    std::atomic<int> handled = 0;
    std::atomic<int> gone = 0;
};

TEST_F(HttpServerGoneTest, HearsOnceOfAPeerThatClosesOrResets) {
    serve_waiting();
    RawClient closes = connect();
    RawClient resets = connect();
    RawClient stays = connect();
    for (RawClient* client : {&closes, &resets, &stays}) ASSERT_TRUE(client->send(get("/")));
    ASSERT_TRUE(reaches(handled, 3));
    for (RawClient* client : {&closes, &resets, &stays}) ASSERT_TRUE(client->send("GET /not-read-yet"));
    EXPECT_TRUE(stays.silent_for(400ms));
    EXPECT_EQ(gone, 0);
    closes.close();
    ASSERT_TRUE(reaches(gone, 1));
    resets.reset();
    ASSERT_TRUE(reaches(gone, 2));
    EXPECT_TRUE(stays.silent_for(400ms));
    EXPECT_EQ(gone, 2);
}

TEST_F(HttpServerGoneTest, OneThatOnlySendsNoMoreGetsItsAnswer) {
    serve_waiting();
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/")));
    ASSERT_TRUE(reaches(handled, 1));
    client.shutdown_send();
    EXPECT_EQ(answer_of(client.read_response()).body, "early");
}

TEST_F(HttpServerGoneTest, NobodyHearsOfItAfterTheAnswer) {
    serve_waiting();
    RawClient client = connect();
    ASSERT_TRUE(client.send(get("/")));
    ASSERT_TRUE(reaches(handled, 1));
    on_loop([this] { waiting.front()->send(200, "text/plain", "in time"); });
    EXPECT_EQ(answer_of(client.read_response()).body, "in time");
    client.close();
    EXPECT_TRUE(counted("closed", 1));
    EXPECT_EQ(gone, 0);
}

TEST_F(HttpServerGoneTest, HearsOfItOverTls) {
    TestAuthority authority;
    const auto files = authority.server_files("DNS:localhost,IP:127.0.0.1", "server.test");
    net::ServerOptions options = loopback_options();
    options.tls = std::make_shared<net::ServerTls>(net::ServerCertificate::load(files.certificate, files.key).value());
    serve_waiting(options);
    {
        TlsClient client(endpoint, {.ca_file = authority.file()});
        ASSERT_TRUE(client.send(get("/")));
        ASSERT_TRUE(reaches(handled, 1));
        std::this_thread::sleep_for(400ms);
        EXPECT_EQ(gone, 0);
    }
    EXPECT_TRUE(reaches(gone, 1));
}

}  // namespace
}  // namespace tollgate::test
