// ServerTls: what it loads, and sessions that go on over loops, servers and certificates; TicketKeys by age.
#include "net/http_server_fixture.hpp"
#include "net/test_authority.hpp"
#include "net/ticket_keys.hpp"
#include "net/tls_client.hpp"

#include <tollgate/net/server_tls.hpp>

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

namespace tollgate::test {
namespace {

using core::Errc;

constexpr auto names = "DNS:pay.example.com,DNS:other.example.com,IP:127.0.0.1";

class ServerCertificateTest : public testing::Test {
  protected:
    static core::Error error_of(const std::string& certificate, const std::string& key) {
        const auto loaded = net::ServerCertificate::load(certificate, key);
        return loaded ? core::Error(Errc::internal, "it was loaded") : loaded.error();
    }
    std::string written(const std::string& text) {
        const std::string path = authority_.file();
        std::ofstream(path, std::ios::trunc) << text;
        return path;
    }
    TestAuthority authority_;
};

TEST_F(ServerCertificateTest, SaysHowLongAndForWhomItIs) {
    const auto files = authority_.server_files(names, "a", 3600);
    const auto loaded = net::ServerCertificate::load(files.certificate, files.key);
    ASSERT_TRUE(loaded) << loaded.error().message;
    const auto now = std::chrono::system_clock::now();
    EXPECT_NEAR(std::chrono::duration<double>(loaded->valid_until() - now).count(), 3600, 60);
    EXPECT_NEAR(std::chrono::duration<double>(now - loaded->valid_from()).count(), 7200, 60);
    EXPECT_EQ(loaded->dns_name(), "pay.example.com");
    const auto nameless = authority_.server_files("IP:127.0.0.1");
    EXPECT_EQ(net::ServerCertificate::load(nameless.certificate, nameless.key)->dns_name(), "");
}

TEST_F(ServerCertificateTest, OneThatHasExpiredIsLoadedAllTheSame) {
    const auto files = authority_.server_files(names, "a", -60);
    const auto loaded = net::ServerCertificate::load(files.certificate, files.key);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_LT(loaded->valid_until(), std::chrono::system_clock::now());
}

TEST_F(ServerCertificateTest, FilesThatCannotBeUsedAreNamedWithTheReason) {
    const auto files = authority_.server_files(names);
    const auto others = authority_.server_files(names);
    const std::string rubbish = written("rubbish\n");
    const std::string broken = written("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    struct Case {
        std::string certificate;
        std::string key;
        std::string named;
        std::string why;
    };
    const std::vector<Case> cases = {
        {"/nonexistent/c.pem", files.key, "certificate /nonexistent/c.pem", "No such file"},
        {files.certificate, "/nonexistent/k.pem", "key /nonexistent/k.pem", "No such file"},
        {rubbish, files.key, "certificate " + rubbish, "no PEM block"},
        {files.key, files.key, "certificate " + files.key, "no PEM block"},
        {files.certificate, files.certificate, "key " + files.certificate, ""},
        {broken, files.key, "certificate " + broken, ""},
        {files.certificate, others.key, "key " + others.key, "key values mismatch"},
    };
    for (const auto& [certificate, key, named, why] : cases) {
        const auto error = error_of(certificate, key);
        EXPECT_EQ(error.code, Errc::io);
        EXPECT_THAT(error.message, testing::HasSubstr("the " + named + " cannot be used: "));
        EXPECT_THAT(error.message, testing::HasSubstr(why));
        EXPECT_THAT(error.message, testing::Not(testing::HasSubstr("unknown error")));
    }
}

TEST_F(ServerCertificateTest, AKeyBehindAPasswordIsAnErrorAndNoQuestion) {
    const auto files = authority_.server_files(names);
    const auto locked = authority_.locked_key_file();
    EXPECT_THAT(error_of(files.certificate, locked).message, testing::HasSubstr("the key " + locked));
}

/// Two servers on loops of their own, sharing one ServerTls, as the loops of a gateway do.
class ServerTlsTest : public testing::Test {
  protected:
    ServerTlsTest() {
        for (std::size_t i = 0; i < 2; ++i) {
            net::ServerOptions options = loopback_options();
            options.tls = tls_;
            servers_[i].emplace(loops_[i], options, handler_, observer_, faults_);
            EXPECT_TRUE(servers_[i]->start());
        }
        loops_.start();
    }
    ~ServerTlsTest() override { loops_.stop(); }

    net::ServerCertificate certificate(const std::string& common_name) {
        const auto files = authority_.server_files(names, common_name);
        return net::ServerCertificate::load(files.certificate, files.key).value();
    }

    /// One request to a server, with a session to resume if there is one; gives the session for the next.
    struct Visit {
        bool resumed = false;
        std::string server_name;
        Session session;
    };
    Visit visit(std::size_t server, int version, const Session& session = nullptr) {
        TlsClient client(servers_[server]->endpoint(),
                         {.min_version = version, .max_version = version, .session = session.get()});
        EXPECT_TRUE(client.send(get("/")));
        EXPECT_EQ(answer_of(client.read_response()).status, 200);
        return {client.was_resumed(), client.server_name(), client.session()};
    }

    static constexpr std::array versions{TLS1_2_VERSION, TLS1_3_VERSION};

    TestAuthority authority_;
    std::shared_ptr<net::ServerTls> tls_ = std::make_shared<net::ServerTls>(certificate("first"));
    RecordingFaults faults_;
    CountingObserver observer_;
    FunctionHandler handler_{echo};
    net::Loops loops_{2, faults_};
    std::array<std::optional<net::HttpServer>, 2> servers_;
};

TEST_F(ServerTlsTest, ASessionGoesOnOnEveryLoop) {
    for (const int version : versions) {
        Visit last = visit(0, version);
        EXPECT_FALSE(last.resumed);
        for (int i = 0; i < 6; ++i) {
            last = visit(static_cast<std::size_t>(i) % 2, version, last.session);
            EXPECT_TRUE(last.resumed) << version << " " << i;
        }
    }
}

TEST_F(ServerTlsTest, ASessionOfAnotherGatewayBeginsAnew) {
    const auto other = std::make_shared<net::ServerTls>(certificate("other"));
    net::ServerOptions options = loopback_options();
    options.tls = other;
    for (const int version : versions) {
        const Visit here = visit(0, version);
        net::Loops loop(1, faults_);
        net::HttpServer server(loop[0], options, handler_, observer_, faults_);
        ASSERT_TRUE(server.start());
        loop.start();
        TlsClient client(server.endpoint(),
                         {.min_version = version, .max_version = version, .session = here.session.get()});
        EXPECT_TRUE(client.send(get("/")));
        EXPECT_EQ(answer_of(client.read_response()).status, 200);
        EXPECT_FALSE(client.was_resumed());
        loop.stop();
    }
}

TEST_F(ServerTlsTest, AReplacementServesNewConnectionsAndLeavesOpenOnesAlone) {
    TlsClient open(servers_[0]->endpoint());
    ASSERT_TRUE(open.send(get("/1")));
    ASSERT_TRUE(open.read_response());
    TlsClient shaking(servers_[1]->endpoint());
    ASSERT_TRUE(shaking.send_raw(shaking.next_flight()));
    ASSERT_TRUE(shaking.receive());

    tls_->replace(certificate("second"));
    for (const int version : versions) {
        EXPECT_EQ(visit(0, version).server_name, "second");
        EXPECT_EQ(visit(1, version).server_name, "second");
    }
    ASSERT_TRUE(open.send(get("/2")));
    EXPECT_EQ(answer_of(open.read_response()).body, "GET /2? ");
    ASSERT_TRUE(shaking.send(get("/3")));
    EXPECT_EQ(answer_of(shaking.read_response()).body, "GET /3? ");
    EXPECT_EQ(open.server_name(), "first");
    EXPECT_EQ(shaking.server_name(), "first");
}

TEST_F(ServerTlsTest, ASessionGoesOnOverAReplacement) {
    for (const int version : versions) {
        Visit last = visit(0, version);
        for (int i = 0; i < 3; ++i) {
            tls_->replace(certificate("next"));
            last = visit(static_cast<std::size_t>(i) % 2, version, last.session);
            EXPECT_TRUE(last.resumed) << version << " " << i;
        }
        EXPECT_EQ(visit(0, version).server_name, "next");
    }
}

TEST_F(ServerTlsTest, IsReplacedWhileOthersShakeHands) {
    std::atomic<bool> done = false;
    std::atomic<int> failed = 0;
    std::vector<std::thread> visitors;
    for (std::size_t i = 0; i < 4; ++i) {
        visitors.emplace_back([&, i] {
            Session session;
            while (!done) {
                TlsClient client(servers_[i % 2]->endpoint(), {.session = session.get()});
                const bool good = client.send(get("/")) && answer_of(client.read_response()).status == 200;
                if (!good) ++failed;
                session = client.session();
            }
        });
    }
    for (int i = 0; i < 50; ++i) tls_->replace(certificate("next"));
    done = true;
    for (std::thread& visitor : visitors) visitor.join();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(observer_.count("tls_handshake"), 0);
}

TEST(TicketKeys, SealForOneLifetimeAndOpenForTwo) {
    net::TicketKeys keys;
    const auto start = core::SteadyTime(100h);
    const auto lifetime = net::TicketKeys::lifetime;
    const auto first = keys.current(start);
    EXPECT_EQ(keys.current(start + lifetime - 1s).name, first.name);
    EXPECT_TRUE(keys.find(first.name, start + lifetime - 1s));

    const auto second = keys.current(start + lifetime);
    EXPECT_NE(second.name, first.name);
    EXPECT_NE(second.cipher, first.cipher);
    EXPECT_NE(second.mac, first.mac);
    const auto found = keys.find(first.name, start + 2 * lifetime - 1s);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->cipher, first.cipher);
    EXPECT_EQ(found->mac, first.mac);

    EXPECT_FALSE(keys.find(first.name, start + 2 * lifetime));
    EXPECT_TRUE(keys.find(second.name, start + 2 * lifetime));
    EXPECT_FALSE(keys.find(second.name, start + 10 * lifetime)) << "however long nobody asked";
}

}  // namespace
}  // namespace tollgate::test
