// EndpointClient and peers that answer oddly, requests that may not leave, and its end.
#include "client_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tollgate::net {
namespace {

using core::Errc;
using test::PeerConnection;
using test::ScriptedPeer;
using namespace std::chrono_literals;

using HttpClientAnswers = test::ClientFixture;

/// Sends `bytes` to each request and closes.
ScriptedPeer::Script saying(std::string bytes) {
    return [bytes = std::move(bytes)](PeerConnection& connection) {
        connection.read_request();
        connection.write(bytes);
    };
}

TEST_F(HttpClientAnswers, CutsAnAnswerThatIsTooLong) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.answer(std::string(1'000'000, 'x'), "500 Oops");
        connection.wait_for_close();
    });
    ClientOptions options = options_for(peer);
    options.max_response_body = 1000;
    make_client(std::move(options));
    for (int i = 1; i <= 2; ++i) {
        const auto answer = wait(send());
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 500u);
        EXPECT_EQ(answer->body, std::string(1000, 'x'));
        EXPECT_EQ(peer.accepted(), i);
    }
}

TEST_F(HttpClientAnswers, CallsGarbageMalformed) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.write("220 mail.example.com ESMTP\r\n");
        connection.wait_for_close();
    });
    make_client(options_for(peer));
    EXPECT_EQ(code(wait(send())), Errc::malformed);
}

TEST_F(HttpClientAnswers, ReadsChunks) {
    ScriptedPeer peer([](PeerConnection& connection) {
        while (!connection.read_request().empty()) {
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
            connection.write("lo\r\n6\r\n world\r\n0\r");
            connection.write("\n\r\n");
        }
    });
    make_client(options_for(peer));
    for (int i = 0; i < 3; ++i) {
        const auto answer = wait(send());
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->body, "hello world");
    }
    EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(HttpClientAnswers, ReadsOverAnInterimAnswer) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 100 Continue\r\n\r\n");
        connection.answer("done", "201 Created");
        connection.wait_for_close();
    });
    make_client(options_for(peer));
    const auto answer = wait(send());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 201u);
    EXPECT_EQ(answer->body, "done");
}

TEST_F(HttpClientAnswers, FollowsNoRedirect) {
    ScriptedPeer peer(saying("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"));
    make_client(options_for(peer));
    const auto answer = wait(send());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302u);
    EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(HttpClientAnswers, ReadsABodyThatEndsWithTheConnection) {
    ScriptedPeer peer(saying("HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end"));
    make_client(options_for(peer));
    const auto answer = wait(send());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "until the end");
}

TEST_F(HttpClientAnswers, CallsAnAnswerCutShortAConnectionError) {
    ScriptedPeer peer(saying("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
    make_client(options_for(peer));
    EXPECT_EQ(code(wait(send())), Errc::connection);
}

TEST_F(HttpClientAnswers, TakesAnAnswerThatComesBeforeTheRequestIsRead) {
    std::atomic<bool> done = false;
    ScriptedPeer peer([&](PeerConnection& connection) {
        if (connection.index() > 0) {
            test::always_answering("ok")(connection);
            return;
        }
        connection.answer("too large", "413 Content Too Large");
        // Open, and not reading: the request cannot be written whole.
        while (!done) std::this_thread::sleep_for(1ms);
    });
    make_client(options_for(peer));
    const auto answer = wait(send(post(std::string(32'000'000, 'x'))));
    done = true;
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 413u);
    EXPECT_TRUE(wait(send()));
    EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(HttpClientAnswers, RefusesWhatCouldSmuggleARequest) {
    ScriptedPeer peer(test::always_answering("ok"));
    make_client(options_for(peer));
    OutboundRequest request = post();
    request.headers = {{"X-Name", "a\r\nX-Evil: b"}};
    EXPECT_EQ(code(wait(send(std::move(request)))), Errc::invalid_argument);
    request = post();
    request.target = "/a HTTP/1.1\r\nHost: evil\r\n\r\n";
    EXPECT_EQ(code(wait(send(std::move(request)))), Errc::invalid_argument);
    EXPECT_EQ(peer.accepted(), 0);
}

TEST_F(HttpClientAnswers, RefusesPrivateAddressesWhenTold) {
    ScriptedPeer peer(test::always_answering("ok"));
    for (const char* host : {"127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", "127.1"}) {
        ClientOptions options = options_for(peer, host);
        options.allow_private = false;
        make_client(std::move(options));
        EXPECT_EQ(code(wait(send())), Errc::invalid_argument) << host;
    }
    EXPECT_EQ(peer.accepted(), 0);
}

TEST_F(HttpClientAnswers, ReachesANameThroughWhicheverOfItsAddressesAnswers) {
    // "localhost" may be ::1 first, where the peer does not listen.
    ScriptedPeer peer(test::always_answering("ok"));
    make_client(options_for(peer, "localhost"));
    const auto answer = wait(send());
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "ok");
}

TEST_F(HttpClientAnswers, SaysThatNobodyListens) {
    ClientOptions options;
    {
        ScriptedPeer gone(test::always_answering("ok"));
        options = options_for(gone);
    }
    make_client(std::move(options));
    const auto answer = wait(send());
    EXPECT_EQ(code(answer), Errc::connection);
    EXPECT_THAT(answer.error().message, testing::HasSubstr("cannot connect"));
}

TEST_F(HttpClientAnswers, ServesThoseWhoWaitWhenConnectionsFail) {
    ClientOptions options;
    {
        ScriptedPeer gone(test::always_answering("ok"));
        options = options_for(gone);
    }
    options.max_connections = 2;
    make_client(std::move(options));
    std::vector<Pending> pending;
    for (int i = 0; i < 10; ++i) pending.push_back(send());
    for (const auto& one : pending) EXPECT_EQ(code(wait(one)), Errc::connection);
}

TEST_F(HttpClientAnswers, ReportsACompletionThatThrowsAndGoesOn) {
    ScriptedPeer peer(test::always_answering("ok"));
    make_client(options_for(peer));
    client_->send(post(), [](auto) { throw std::runtime_error("a bug"); });
    run_until([&] { return !faults_.seen.empty(); });
    EXPECT_THAT(faults_.seen, testing::ElementsAre("net.client.done: a bug"));
    EXPECT_TRUE(wait(send()));
}

/// The loop ends by itself once the client is gone: nothing of it is left behind.
TEST_F(HttpClientAnswers, CallsNobodyAfterItsEnd) {
    std::atomic<int> reached = 0;
    ScriptedPeer peer([&](PeerConnection& connection) {
        connection.read_request();
        ++reached;
        connection.wait_for_close();
    });
    for (const char* host : {"127.0.0.1", "localhost"}) {
        reached = 0;
        ClientOptions options = options_for(peer, host);
        options.max_connections = 2;
        make_client(std::move(options));
        const auto unexpected = [](auto) { FAIL() << "called after the end"; };
        for (int i = 0; i < 4; ++i) client_->send(post(), unexpected);
        run_until([&] { return reached == 2; });
        OutboundRequest wrong = post();
        wrong.target = "wrong";
        client_->send(std::move(wrong), unexpected);
        client_.reset();
    }
    make_client(options_for(peer, "localhost"));
    client_->send(post(), [](auto) { FAIL() << "called after the end"; });
    client_.reset();
    work_.reset();
    loop_.run();
}

TEST_F(HttpClientAnswers, MayBeDestroyedByACompletion) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        if (connection.index() == 0) connection.answer("ok");
        connection.wait_for_close();
    });
    for (const bool by_timeout : {false, true}) {
        make_client(options_for(peer));
        int called = 0;
        for (int i = 0; i < 3; ++i) {
            client_->send(post("{}", by_timeout ? 50ms : 10s), [&](auto) {
                ++called;
                client_.reset();
            });
        }
        run_until([&] { return !client_; });
        for (int turn = 0; turn < 5; ++turn) loop_.run_one_for(5ms);
        EXPECT_EQ(called, 1);
    }
}

}  // namespace
}  // namespace tollgate::net
