// HttpServer over TLS: handshakes that succeed, fail, dawdle and break off, and the same requests as over plain HTTP.
#include "net/http_server_fixture.hpp"
#include "net/test_authority.hpp"
#include "net/tls_client.hpp"

#include <tollgate/net/server_tls.hpp>

#include <atomic>
#include <thread>

namespace tollgate::test {
namespace {

class HttpServerTls : public HttpServerTest {
  protected:
    static constexpr auto names = "DNS:localhost,IP:127.0.0.1";

    net::ServerCertificate certificate(const std::string& common_name = "server.test") {
        const auto files = authority_.server_files(names, common_name);
        return net::ServerCertificate::load(files.certificate, files.key).value();
    }

    net::ServerOptions tls_options() {
        net::ServerOptions options = loopback_options();
        options.tls = tls_;
        return options;
    }

    net::ServerOptions hasty_options() {
        net::ServerOptions options = tls_options();
        options.request_timeout = 300ms;
        options.idle_timeout = 300ms;
        return options;
    }

    /// Whether a request over a connection of its own is answered.
    bool is_answered(const TlsClientOptions& options = {}) {
        TlsClient client(endpoint, options);
        return client.send(get("/")) && answer_of(client.read_response()).status == 200;
    }

    TestAuthority authority_;
    std::shared_ptr<net::ServerTls> tls_ = std::make_shared<net::ServerTls>(certificate());
};

TEST_F(HttpServerTls, AnswersOverBothVersions) {
    serve(tls_options());
    for (const auto& [version, name] : {std::pair(TLS1_2_VERSION, "TLSv1.2"), std::pair(TLS1_3_VERSION, "TLSv1.3")}) {
        TlsClient client(endpoint, {.min_version = version, .max_version = version, .ca_file = authority_.file()});
        for (int i = 0; i < 5; ++i) {
            ASSERT_TRUE(client.send(post("/in", "hello"))) << name;
            EXPECT_EQ(answer_of(client.read_response()).body, "POST /in? hello");
        }
        EXPECT_EQ(client.version(), name);
    }
    EXPECT_EQ(observer.count("opened"), 2);
    EXPECT_EQ(observer.count("tls_handshake"), 0);
}

TEST_F(HttpServerTls, RefusesOldVersionsAndWeakCiphers) {
    serve(tls_options());
    const std::vector<TlsClientOptions> weak = {
        {.min_version = TLS1_VERSION, .max_version = TLS1_VERSION, .ciphers = "ALL:@SECLEVEL=0"},
        {.min_version = TLS1_1_VERSION, .max_version = TLS1_1_VERSION, .ciphers = "ALL:@SECLEVEL=0"},
        {.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA256"},
        {.max_version = TLS1_2_VERSION, .ciphers = "AES128-GCM-SHA256"},
        {.max_version = TLS1_2_VERSION, .ciphers = "DHE-RSA-AES128-GCM-SHA256"},
        {.max_version = TLS1_2_VERSION, .ciphers = "aNULL:eNULL:@SECLEVEL=0"},
    };
    int refused = 0;
    for (const TlsClientOptions& options : weak) {
        TlsClient client(endpoint, options);
        EXPECT_FALSE(client.shake_hands()) << options.ciphers;
        EXPECT_TRUE(client.is_closed_by_peer());
        EXPECT_TRUE(counted("tls_handshake", ++refused));
    }
    EXPECT_TRUE(is_answered({.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"}));
}

TEST_F(HttpServerTls, SpeaksHttp11WhoeverOffersMore) {
    serve(tls_options());
    TlsClient both(endpoint, {.protocols = "\x02h2\x08http/1.1"});
    ASSERT_TRUE(both.shake_hands());
    EXPECT_EQ(both.protocol(), "http/1.1");
    TlsClient neither(endpoint);
    ASSERT_TRUE(neither.shake_hands());
    EXPECT_EQ(neither.protocol(), "");
    TlsClient other(endpoint, {.protocols = "\x02h2"});
    EXPECT_FALSE(other.shake_hands());
}

TEST_F(HttpServerTls, DoesNotRenegotiate) {
    serve(tls_options());
    TlsClient client(endpoint, {.max_version = TLS1_2_VERSION});
    ASSERT_TRUE(client.send(get("/1")));
    ASSERT_TRUE(client.read_response());
    EXPECT_FALSE(client.renegotiate());
    EXPECT_TRUE(is_answered());
}

TEST_F(HttpServerTls, JustClosesOnPlainBytes) {
    serve(tls_options());
    int refused = 0;
    for (const std::string& bytes : {get("/"), post("/in/kenya", "{}"), std::string(200, '\0'),
                                     std::string("\x16\x03\x01\xff\xff") + std::string(70'000, 'x')}) {
        RawClient client = connect();
        client.send(bytes);
        const auto answer = client.read_until_closed();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->find("HTTP"), std::string::npos);
        EXPECT_TRUE(counted("tls_handshake", ++refused));
    }
    EXPECT_TRUE(is_answered());
}

TEST_F(HttpServerTls, ClosesASlowHandshake) {
    serve(hasty_options());
    RawClient silent = connect();
    TlsClient halfway(endpoint);
    ASSERT_TRUE(halfway.send_raw(halfway.next_flight()));
    TlsClient trickle(endpoint);
    // A trickle does not extend the time.
    for (const char byte : trickle.next_flight()) {
        if (!trickle.send_raw(std::string(1, byte))) break;
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_EQ(silent.read_until_closed(), "");
    EXPECT_TRUE(halfway.is_closed_by_peer());
    EXPECT_TRUE(trickle.is_closed_by_peer());
    EXPECT_TRUE(counted("closed", 3));
    EXPECT_EQ(observer.count("tls_handshake"), 3);
    EXPECT_EQ(observer.count("idle"), 0);
}

TEST_F(HttpServerTls, GivesAnEstablishedConnectionItsIdleTime) {
    net::ServerOptions options = hasty_options();
    options.idle_timeout = 60s;
    serve(options);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client(endpoint, {.min_version = version, .max_version = version});
        ASSERT_TRUE(client.shake_hands());
        std::this_thread::sleep_for(700ms);
        ASSERT_TRUE(client.send(get("/")));
        EXPECT_EQ(answer_of(client.read_response()).status, 200);
    }
    EXPECT_EQ(observer.count("tls_handshake"), 0);
}

TEST_F(HttpServerTls, EndsAnIdleConnectionWithAGoodbye) {
    serve(hasty_options());
    TlsClient client(endpoint);
    ASSERT_TRUE(client.send(get("/")));
    ASSERT_TRUE(client.read_response());
    EXPECT_EQ(client.read_until_closed(), "");
    EXPECT_TRUE(client.was_orderly_end());
    EXPECT_EQ(observer.count("idle"), 1);
}

TEST_F(HttpServerTls, AnswersASlowRequestWith408) {
    serve(hasty_options());
    TlsClient client(endpoint);
    ASSERT_TRUE(client.send("GET / HTTP/1.1\r\n"));
    const auto answer = client.read_until_closed();
    EXPECT_EQ(answer_of(answer).status, 408);
    EXPECT_TRUE(client.was_orderly_end());
    EXPECT_EQ(observer.count("slow_request"), 1);
}

TEST_F(HttpServerTls, CountsAHandshakeAsAConnection) {
    net::ServerOptions options = tls_options();
    options.max_connections = 1;
    serve(options);
    std::optional<RawClient> silent(connect());
    settle();
    TlsClient second(endpoint);
    EXPECT_FALSE(second.shake_hands());
    EXPECT_EQ(observer.count("connections"), 1);
    silent.reset();
    ASSERT_TRUE(counted("closed", 1));
    EXPECT_TRUE(is_answered());
}

TEST_F(HttpServerTls, OutlivesHandshakesThatBreakOffAnywhere) {
    serve(tls_options());
    int opened = 0;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const TlsClientOptions options{.min_version = version, .max_version = version};
        std::size_t first_size = TlsClient(endpoint, options).next_flight().size();
        ++opened;
        for (std::size_t cut = 0; cut < first_size; ++cut, ++opened) {
            TlsClient client(endpoint, options);
            const std::string flight = client.next_flight();
            first_size = std::min(first_size, flight.size());
            ASSERT_TRUE(client.send_raw(std::string_view(flight).substr(0, cut)));
            if (cut % 2 == 0) continue;
            ASSERT_TRUE(counted("opened", opened + 1)) << "accepted before it is gone";
            client.reset();
        }
        std::size_t second_size = 1'000;
        for (std::size_t cut = 0; cut < second_size; ++cut, ++opened) {
            TlsClient client(endpoint, options);
            ASSERT_TRUE(client.send_raw(client.next_flight()));
            std::string flight;
            while (flight.empty() && client.receive()) flight = client.next_flight();
            ASSERT_FALSE(flight.empty());
            second_size = flight.size();
            ASSERT_TRUE(client.send_raw(std::string_view(flight).substr(0, cut)));
            if (cut % 2 == 0) continue;
            ASSERT_TRUE(counted("opened", opened + 1)) << "accepted before it is gone";
            client.reset();
        }
    }
    EXPECT_TRUE(counted("closed", opened));
    EXPECT_EQ(observer.count("opened"), opened);
    EXPECT_EQ(observer.count("tls_handshake"), 0) << "who goes away is not refused";
    EXPECT_TRUE(is_answered());
}

TEST_F(HttpServerTls, AnswersHoweverThePacketsFall) {
    serve(tls_options());
    TlsClient client(endpoint);
    const auto trickle = [&](const std::string& bytes) {
        for (const char byte : bytes) {
            ASSERT_TRUE(client.send_raw(std::string(1, byte)));
            if (byte % 16 == 0) settle();
        }
    };
    trickle(client.next_flight());
    std::string flight;
    while (flight.empty() && client.receive()) flight = client.next_flight();
    trickle(flight);
    ASSERT_TRUE(client.shake_hands());
    trickle(client.seal(post("/in", "hello")));
    EXPECT_EQ(answer_of(client.read_response()).body, "POST /in? hello");
}

TEST_F(HttpServerTls, AnswersPipelinedRequestsInTheirOrder) {
    serve(tls_options());
    TlsClient client(endpoint);
    std::string requests;
    for (int i = 0; i < 500; ++i) requests += post("/" + std::to_string(i), std::string(100, 'x'));
    ASSERT_TRUE(client.send(requests));
    for (int i = 0; i < 500; ++i) {
        ASSERT_EQ(answer_of(client.read_response()).body, "POST /" + std::to_string(i) + "? " + std::string(100, 'x'));
    }
}

TEST_F(HttpServerTls, CarriesLargeBodiesBothWays) {
    net::ServerOptions options = tls_options();
    options.max_body = 8 * 1024 * 1024;
    serve(options);
    std::string body;
    for (int i = 0; body.size() < 5'000'000; ++i) body += std::to_string(i);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client(endpoint, {.min_version = version, .max_version = version});
        for (int i = 0; i < 2; ++i) {
            ASSERT_TRUE(client.send(post("/", body)));
            EXPECT_EQ(answer_of(client.read_response()).body, "POST /? " + body);
        }
    }
}

TEST_F(HttpServerTls, RefusesALargeBodySoThatTheAnswerArrives) {
    serve(tls_options());
    TlsClient client(endpoint);
    ASSERT_TRUE(client.send(post("/", std::string(200 * 1024, 'x'))));
    EXPECT_EQ(answer_of(client.read_until_closed()).status, 413);
    EXPECT_TRUE(client.was_orderly_end());
}

TEST_F(HttpServerTls, ClosesOnASlowReader) {
    const net::PreparedResponse large(200, "text/plain", std::string(20'000'000, 'x'));
    serve(hasty_options(), [&large](const net::Request&, net::Responder responder) { responder.send(large); });
    TlsClient client(endpoint);
    ASSERT_TRUE(client.send(get("/")));
    EXPECT_TRUE(counted("slow_request", 1));
    EXPECT_TRUE(counted("closed", 1));
}

TEST_F(HttpServerTls, OutlivesPeersThatVanish) {
    const net::PreparedResponse large(200, "text/plain", std::string(2'000'000, 'x'));
    serve(tls_options(), [&large](const net::Request&, net::Responder responder) { responder.send(large); });
    for (int i = 0; i < 50; ++i) {
        TlsClient client(endpoint);
        ASSERT_TRUE(client.send(get("/") + get("/")));
        if (i % 3 == 0) settle();
        if (i % 2 == 0) client.reset();
    }
    EXPECT_TRUE(counted("closed", 50));
    EXPECT_TRUE(is_answered());
}

TEST_F(HttpServerTls, AnswersThroughAHalfClosedConnection) {
    serve(tls_options());
    TlsClient client(endpoint);
    ASSERT_TRUE(client.send(post("/", "last")));
    client.close_notify();
    EXPECT_EQ(answer_of(client.read_response()).body, "POST /? last");
    EXPECT_TRUE(counted("closed", 1));
}

TEST_F(HttpServerTls, LetsNobodySpendItsTimeOnKeyUpdates) {
    serve(tls_options());
    TlsClient client(endpoint, {.min_version = TLS1_3_VERSION});
    ASSERT_TRUE(client.shake_hands());
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(client.send_key_updates(20) && client.send(get("/"))) << "some are fine";
        ASSERT_EQ(answer_of(client.read_response()).status, 200);
    }
    for (int i = 0; i < 1'000 && client.send_key_updates(10); ++i) {
    }
    EXPECT_TRUE(counted("closed", 1));
    EXPECT_TRUE(is_answered());
}

TEST_F(HttpServerTls, StopsWithTheRequestInProgressAnswered) {
    std::optional<net::Responder> held;
    std::atomic<bool> is_held{false};
    serve(tls_options(), [&](const net::Request&, net::Responder responder) {
        held.emplace(std::move(responder));
        is_held = true;
    });
    TlsClient shaking(endpoint);
    ASSERT_TRUE(shaking.send_raw(shaking.next_flight()));
    TlsClient idle(endpoint);
    ASSERT_TRUE(idle.shake_hands());
    TlsClient busy(endpoint);
    ASSERT_TRUE(busy.send(get("/")));
    while (!is_held) settle();
    on_loop([this] { server->stop(); });
    EXPECT_TRUE(shaking.is_closed_by_peer());
    EXPECT_EQ(idle.read_until_closed(), "");
    on_loop([&held] { std::exchange(held, std::nullopt)->send(200, "text/plain", "done"); });
    const Answer answer = answer_of(busy.read_until_closed());
    EXPECT_EQ(answer.body, "done");
    EXPECT_TRUE(answer.closes);
    EXPECT_TRUE(busy.was_orderly_end());
}

TEST_F(HttpServerTls, EndsWithConnectionsInEveryPhase) {
    std::vector<net::Responder> held;
    std::atomic<bool> is_held{false};
    serve(tls_options(), [&](const net::Request&, net::Responder responder) {
        held.push_back(std::move(responder));
        is_held = true;
    });
    TlsClient shaking(endpoint);
    ASSERT_TRUE(shaking.send_raw(shaking.next_flight()));
    TlsClient idle(endpoint);
    ASSERT_TRUE(idle.shake_hands());
    TlsClient reading(endpoint);
    ASSERT_TRUE(reading.send("GET /"));
    TlsClient handling(endpoint);
    ASSERT_TRUE(handling.send(get("/")));
    while (!is_held) settle();
    on_loop([this] { server.reset(); });
    held.clear();
    EXPECT_TRUE(shaking.is_closed_by_peer());
    for (TlsClient* client : {&idle, &reading, &handling}) EXPECT_EQ(client->read_until_closed(), "");
}

}  // namespace
}  // namespace tollgate::test
