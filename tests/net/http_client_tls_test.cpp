// EndpointClient over TLS: who is believed, and how such connections end.
#include "client_fixture.hpp"
#include "test_authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace tollgate::net {
namespace {

using core::Errc;
using test::PeerConnection;
using test::ScriptedPeer;
using test::TestAuthority;
using namespace std::chrono_literals;

class HttpClientTls : public test::ClientFixture {
  protected:
    void make_tls_client(const ScriptedPeer& peer, const std::string& host, const std::string& ca_file) {
        ClientOptions options = options_for(peer, host, true);
        options.ca_file = ca_file;
        make_client(std::move(options));
    }

    /// Sends one request and expects that the handshake fails, with a reason that holds `why`.
    void expect_refusal(const std::string& why) {
        const auto answer = wait(send());
        ASSERT_FALSE(answer) << "the peer was believed";
        EXPECT_EQ(answer.error().code, Errc::connection);
        EXPECT_THAT(answer.error().message, testing::HasSubstr("TLS"));
        EXPECT_THAT(answer.error().message, testing::HasSubstr(why));
    }

    TestAuthority authority_;
    std::string ca_file_ = authority_.file();
};

TEST_F(HttpClientTls, BelievesACertificateThatNamesTheHost) {
    const auto tls = authority_.server("DNS:localhost");
    ScriptedPeer peer(test::always_answering("ok"), tls.get());
    make_tls_client(peer, "localhost", ca_file_);
    for (int i = 0; i < 20; ++i) {
        const auto answer = wait(send());
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->body, "ok");
    }
    EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(HttpClientTls, BelievesACertificateThatNamesTheAddress) {
    const auto tls = authority_.server("IP:127.0.0.1");
    ScriptedPeer peer(test::always_answering("ok"), tls.get());
    make_tls_client(peer, "127.0.0.1", ca_file_);
    EXPECT_TRUE(wait(send()));
}

TEST_F(HttpClientTls, CarriesLargeBodiesBothWays) {
    const auto tls = authority_.server("DNS:localhost");
    std::atomic<std::size_t> received = 0;
    ScriptedPeer peer(
        [&](PeerConnection& connection) {
            received = connection.read_request().size();
            connection.answer(std::string(300'000, 'y'));
            connection.wait_for_close();
        },
        tls.get());
    ClientOptions options = options_for(peer, "localhost", true);
    options.ca_file = ca_file_;
    options.max_response_body = 300'000;
    make_client(std::move(options));
    const auto answer = wait(send(post(std::string(1'000'000, 'x'))));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, std::string(300'000, 'y'));
    EXPECT_GT(received, 1'000'000u);
}

TEST_F(HttpClientTls, TellsTheServerTheNameButNoAddress) {
    const auto tls = authority_.server("DNS:localhost,IP:127.0.0.1");
    std::mutex mutex;
    std::vector<std::string> names;
    std::pair<std::mutex*, std::vector<std::string>*> record{&mutex, &names};
    SSL_CTX_set_tlsext_servername_arg(tls.get(), &record);
    const auto note_name = [](SSL* ssl, int*, void* argument) -> int {
        auto& [guard, seen] = *static_cast<decltype(record)*>(argument);
        const std::lock_guard lock(*guard);
        const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        seen->emplace_back(name != nullptr ? name : "none");
        return SSL_TLSEXT_ERR_OK;
    };
    SSL_CTX_set_tlsext_servername_callback(tls.get(), +note_name);
    ScriptedPeer peer(test::always_answering("ok"), tls.get());
    make_tls_client(peer, "localhost", ca_file_);
    ASSERT_TRUE(wait(send()));
    make_tls_client(peer, "127.0.0.1", ca_file_);
    ASSERT_TRUE(wait(send()));
    const std::lock_guard lock(mutex);
    EXPECT_THAT(names, testing::ElementsAre("localhost", "none"));
}

TEST_F(HttpClientTls, RefusesACertificateOfAnotherName) {
    const auto tls = authority_.server("DNS:other.test,DNS:localhost.other.test");
    std::atomic<int> requests = 0;
    ScriptedPeer peer([&](PeerConnection& connection) { requests += connection.read_request().empty() ? 0 : 1; },
                      tls.get());
    make_tls_client(peer, "localhost", ca_file_);
    expect_refusal("mismatch");
    make_tls_client(peer, "127.0.0.1", ca_file_);
    expect_refusal("mismatch");
    EXPECT_EQ(requests, 0);
}

TEST_F(HttpClientTls, RefusesAnUnknownAuthority) {
    const TestAuthority stranger;
    const auto tls = stranger.server("DNS:localhost");
    ScriptedPeer peer(test::always_answering("ok"), tls.get());
    make_tls_client(peer, "localhost", ca_file_);
    expect_refusal("certificate");
    make_tls_client(peer, "localhost", "");
    expect_refusal("certificate");
}

TEST_F(HttpClientTls, RefusesACertificateThatHasExpired) {
    const auto tls = authority_.server("DNS:localhost", -3600);
    ScriptedPeer peer(test::always_answering("ok"), tls.get());
    make_tls_client(peer, "localhost", ca_file_);
    expect_refusal("expired");
}

TEST_F(HttpClientTls, RefusesOldProtocols) {
    const auto tls = authority_.server("DNS:localhost");
    SSL_CTX_set_min_proto_version(tls.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(tls.get(), TLS1_1_VERSION);
    SSL_CTX_set_cipher_list(tls.get(), "ALL:@SECLEVEL=0");
    ScriptedPeer peer(test::always_answering("ok"), tls.get());
    make_tls_client(peer, "localhost", ca_file_);
    expect_refusal("");
}

TEST_F(HttpClientTls, CallsAPeerWithoutTlsAConnectionError) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        connection.wait_for_close();
    });
    make_tls_client(peer, "localhost", ca_file_);
    expect_refusal("");
}

TEST_F(HttpClientTls, TimesOutInAHandshakeThatNeverEnds) {
    ScriptedPeer peer([](PeerConnection& connection) { connection.wait_for_close(); });
    make_tls_client(peer, "localhost", ca_file_);
    const auto answer = wait(send(post("{}", 100ms)));
    EXPECT_EQ(code(answer), Errc::timed_out);
    EXPECT_THAT(answer.error().message, testing::HasSubstr("TLS handshake"));
}

TEST_F(HttpClientTls, RepeatsOnceWhenAReusedConnectionWasClosed) {
    const auto tls = authority_.server("DNS:localhost");
    std::atomic<int> requests = 0;
    ScriptedPeer peer(
        [&](PeerConnection& connection) {
            while (!connection.read_request().empty()) {
                if (++requests == 2) return;
                connection.answer("ok");
            }
        },
        tls.get());
    make_tls_client(peer, "localhost", ca_file_);
    ASSERT_TRUE(wait(send()));
    ASSERT_TRUE(wait(send()));
    EXPECT_EQ(requests, 3);
    EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(HttpClientTls, ResumesItsSessionOnTheNextConnection) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const auto tls = authority_.server("DNS:localhost");
        SSL_CTX_set_max_proto_version(tls.get(), version);
        std::atomic<int> resumed = 0;
        ScriptedPeer peer(
            [&](PeerConnection& connection) {
                connection.read_request();
                resumed += connection.was_resumed() ? 1 : 0;
                connection.answer("ok", "200 OK", "Connection: close\r\n");
            },
            tls.get());
        make_tls_client(peer, "localhost", ca_file_);
        for (int i = 0; i < 4; ++i) ASSERT_TRUE(wait(send()));
        EXPECT_EQ(peer.accepted(), 4);
        EXPECT_EQ(resumed, 3) << version;
        // Another client has proven nothing to itself yet.
        make_tls_client(peer, "localhost", ca_file_);
        ASSERT_TRUE(wait(send()));
        EXPECT_EQ(resumed, 3);
    }
}

TEST_F(HttpClientTls, WithoutKeepAliveResumesNothing) {
    const auto tls = authority_.server("DNS:localhost");
    std::atomic<int> resumed = 0;
    ScriptedPeer peer(
        [&](PeerConnection& connection) {
            connection.read_request();
            resumed += connection.was_resumed() ? 1 : 0;
            connection.answer("ok");
            connection.wait_for_close();
        },
        tls.get());
    ClientOptions options = options_for(peer, "localhost", true);
    options.ca_file = ca_file_;
    options.keep_alive = false;
    make_client(std::move(options));
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(wait(send()));
    EXPECT_EQ(peer.accepted(), 4);
    EXPECT_EQ(resumed, 0);
}

TEST_F(HttpClientTls, BeginsAnewWhenThePeerHasForgottenTheSession) {
    const auto first = authority_.server("DNS:localhost");
    const auto second = authority_.server("DNS:localhost");
    const auto wrong = authority_.server("DNS:other.test");
    std::atomic<SSL_CTX*> current = first.get();
    // Without tickets and with another certificate the peer is as good as restarted.
    SSL_CTX_set_client_hello_cb(
        first.get(),
        [](SSL* ssl, int*, void* chosen) -> int {
            SSL_set_SSL_CTX(ssl, *static_cast<std::atomic<SSL_CTX*>*>(chosen));
            return SSL_CLIENT_HELLO_SUCCESS;
        },
        &current);
    ScriptedPeer peer(
        [](PeerConnection& connection) {
            connection.read_request();
            connection.answer("ok", "200 OK", "Connection: close\r\n");
        },
        first.get());
    make_tls_client(peer, "localhost", ca_file_);
    ASSERT_TRUE(wait(send()));
    SSL_CTX_set_options(first.get(), SSL_OP_NO_TICKET);
    // Nor may it hand out a session of the second handshake, with which the third would rightly be believed.
    SSL_CTX_set_num_tickets(first.get(), 0);
    SSL_CTX_set_session_cache_mode(first.get(), SSL_SESS_CACHE_OFF);
    current = second.get();
    EXPECT_TRUE(wait(send())) << "a full handshake with another good certificate";
    current = wrong.get();
    expect_refusal("mismatch");
}

TEST_F(HttpClientTls, MayExpectAnotherNameThanTheHosts) {
    const auto tls = authority_.server("DNS:pay.example.com");
    ScriptedPeer peer(test::always_answering("ok"), tls.get());
    ClientOptions options = options_for(peer, "127.0.0.1", true);
    options.ca_file = ca_file_;
    options.tls_name = "pay.example.com";
    make_client(options);
    EXPECT_TRUE(wait(send()));
    options.tls_name = "127.0.0.1";
    make_client(options);
    expect_refusal("mismatch");
}

TEST_F(HttpClientTls, AKeyBehindAPasswordIsAnErrorAndNoQuestion) {
    ClientOptions options;
    options.url.host = "localhost";
    options.url.tls = true;
    options.certificate_file = authority_.client().certificate;
    options.key_file = authority_.locked_key_file();
    const auto checked = check_client(options);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, Errc::io);
}

TEST_F(HttpClientTls, SaysWhenNobodyVouchesForTheEndOfABody) {
    const auto tls = authority_.server("DNS:localhost");
    ScriptedPeer peer(
        [](PeerConnection& connection) {
            connection.read_request();
            connection.write("HTTP/1.1 200 OK\r\n\r\nuntil the end");
            if (connection.index() == 0) connection.close_notify();
        },
        tls.get());
    make_tls_client(peer, "localhost", ca_file_);
    const auto whole = wait(send());
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(whole->body, "until the end");
    EXPECT_FALSE(whole->truncated);
    const auto cut = wait(send());
    ASSERT_TRUE(cut) << cut.error().message;
    EXPECT_EQ(cut->status, 200U) << "that much came whole";
    EXPECT_EQ(cut->body, "until the end");
    EXPECT_TRUE(cut->truncated);
}

TEST_F(HttpClientTls, AnAnswerThatIsKnownToBeCutIsNone) {
    const auto tls = authority_.server("DNS:localhost");
    ScriptedPeer peer(
        [](PeerConnection& connection) {
            constexpr std::array answers = {"HTTP/1.1 200 OK\r\nContent-Len",
                                            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"};
            connection.read_request();
            connection.write(answers.at(static_cast<std::size_t>(connection.index())));
        },
        tls.get());
    make_tls_client(peer, "localhost", ca_file_);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(code(wait(send())), Errc::connection) << i;
}

TEST_F(HttpClientTls, ShowsItsOwnCertificate) {
    const auto tls = authority_.server_for_known_clients("DNS:localhost");
    ScriptedPeer peer(test::always_answering("ok"), tls.get());
    ClientOptions options = options_for(peer, "localhost", true);
    options.ca_file = ca_file_;
    make_client(options);
    EXPECT_EQ(code(wait(send())), Errc::connection);

    const auto files = authority_.client();
    options.certificate_file = files.certificate;
    options.key_file = files.key;
    make_client(options);
    const auto answer = wait(send());
    EXPECT_TRUE(answer) << answer.error().message;
}

TEST_F(HttpClientTls, NamesFilesThatCannotBeUsed) {
    ScriptedPeer peer(test::always_answering("ok"));
    const auto files = authority_.client();
    ClientOptions options = options_for(peer, "localhost", true);
    const auto error_of = [&](const ClientOptions& wrong) {
        const auto made = EndpointClient::create(loop_, wrong, faults_);
        const auto checked = check_client(wrong);
        EXPECT_EQ(checked.has_error(), made.has_error());
        if (made) return core::Error(Errc::internal, "it was made");
        EXPECT_EQ(checked.error().message, made.error().message);
        return made.error();
    };
    ClientOptions wrong = options;
    wrong.ca_file = "/nonexistent/ca.pem";
    EXPECT_EQ(error_of(wrong).code, Errc::io);
    EXPECT_THAT(error_of(wrong).message, testing::HasSubstr("/nonexistent/ca.pem"));
    wrong.ca_file = files.key;  // no certificate in it
    EXPECT_EQ(error_of(wrong).code, Errc::io);
    wrong = options;
    wrong.certificate_file = "/nonexistent/client.pem";
    EXPECT_EQ(error_of(wrong).code, Errc::io);
    wrong.certificate_file = files.certificate;
    wrong.key_file = authority_.client().key;  // of another certificate
    EXPECT_EQ(error_of(wrong).code, Errc::io);
}

TEST_F(HttpClientTls, FindsNothingWrongWithGoodFiles) {
    ClientOptions options;
    options.url.host = "localhost";
    EXPECT_TRUE(check_client(options));
    options.url.tls = true;
    EXPECT_TRUE(check_client(options));
    options.ca_file = ca_file_;
    const auto files = authority_.client();
    options.certificate_file = files.certificate;
    options.key_file = files.key;
    EXPECT_TRUE(check_client(options));
}

TEST_F(HttpClientTls, CallsNobodyAfterItsEnd) {
    const auto tls = authority_.server("DNS:localhost");
    std::atomic<int> reached = 0;
    ScriptedPeer peer(
        [&](PeerConnection& connection) {
            connection.read_request();
            ++reached;
            connection.wait_for_close();
        },
        tls.get());
    make_tls_client(peer, "localhost", ca_file_);
    const auto unexpected = [](auto) { FAIL() << "called after the end"; };
    for (int i = 0; i < 3; ++i) client_->send(post(), unexpected);
    run_until([&] { return reached == 3; });
    // And one that is still shaking hands.
    client_->send(post(), unexpected);
    run_until([&] { return peer.accepted() == 4; });
    client_.reset();
    work_.reset();
    loop_.run();
}

}  // namespace
}  // namespace tollgate::net
