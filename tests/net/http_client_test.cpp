// EndpointClient against real sockets: the pool, the answers, the deadlines.
#include "client_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>

namespace tollgate::net {
namespace {

using core::Errc;
using test::PeerConnection;
using test::ScriptedPeer;
using namespace std::chrono_literals;

using HttpClient = test::ClientFixture;

/// Holds scripts back until the test opens it.
class Gate {
  public:
    void pass() {
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.wait(lock, [this] { return open_; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    int arrived() {
        const std::lock_guard lock(mutex_);
        return arrived_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int arrived_ = 0;
};

TEST_F(HttpClient, WritesTheRequestAndGivesTheAnswer) {
    std::string seen;
    ScriptedPeer peer([&](PeerConnection& connection) {
        seen = connection.read_request();
        connection.answer("thanks", "202 Accepted", "Retry-After: 7\r\n");
        connection.wait_for_close();
    });
    make_client(options_for(peer));
    OutboundRequest request = post("{\"a\":1}");
    request.headers = {{"webhook-id", "evt_1"}};
    const auto answer = wait(send(std::move(request)));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 202u);
    EXPECT_EQ(answer->body, "thanks");
    EXPECT_EQ(answer->retry_after, "7");
    EXPECT_EQ(seen, "POST /hooks HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(peer.port()) +
                        "\r\nwebhook-id: evt_1\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
}

TEST_F(HttpClient, KeepsOneConnectionForManyRequests) {
    ScriptedPeer peer(test::always_answering("ok"));
    make_client(options_for(peer));
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(wait(send()));
    EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(HttpClient, SendsAgainFromWithinACompletion) {
    ScriptedPeer peer(test::always_answering("ok"));
    make_client(options_for(peer));
    int answered = 0;
    std::function<void()> next = [&] {
        client_->send(post(), [&](auto answer) {
            EXPECT_TRUE(answer);
            if (++answered < 20) next();
        });
    };
    next();
    run_until([&] { return answered == 20; });
    EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(HttpClient, UsesTheLatestIdleConnectionFirst) {
    Gate gate;
    ScriptedPeer peer([&](PeerConnection& connection) {
        if (connection.read_request().empty()) return;
        gate.pass();
        connection.answer(std::to_string(connection.index()));
        while (!connection.read_request().empty()) connection.answer(std::to_string(connection.index()));
    });
    make_client(options_for(peer));
    std::vector<std::string> order;
    for (int i = 0; i < 3; ++i) {
        client_->send(post(), [&](auto answer) { order.push_back(answer ? answer->body : "failed"); });
    }
    run_until([&] { return gate.arrived() == 3; });
    gate.open();
    run_until([&] { return order.size() == 3; });
    for (int i = 0; i < 5; ++i) EXPECT_EQ(wait(send())->body, order.back());
}

TEST_F(HttpClient, OpensNoMoreThanItsConnectionsAndServesWhoWaits) {
    Gate gate;
    ScriptedPeer peer([&](PeerConnection& connection) {
        while (!connection.read_request().empty()) {
            gate.pass();
            connection.answer("ok");
        }
    });
    ClientOptions options = options_for(peer);
    options.max_connections = 2;
    make_client(std::move(options));
    std::vector<Pending> pending;
    for (int i = 0; i < 8; ++i) pending.push_back(send());
    run_until([&] { return gate.arrived() == 2; });
    gate.open();
    for (const auto& one : pending) EXPECT_TRUE(wait(one));
    EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(HttpClient, RefusesWhatExceedsTheWaitingRoom) {
    Gate gate;
    ScriptedPeer peer([&](PeerConnection& connection) {
        while (!connection.read_request().empty()) {
            gate.pass();
            connection.answer("ok");
        }
    });
    ClientOptions options = options_for(peer);
    options.max_connections = 1;
    options.max_waiting = 1;
    make_client(std::move(options));
    const auto first = send();
    const auto second = send();
    EXPECT_EQ(code(wait(send())), Errc::limit_exceeded);
    gate.open();
    EXPECT_TRUE(wait(first));
    EXPECT_TRUE(wait(second));
    EXPECT_TRUE(wait(send()));
}

TEST_F(HttpClient, TimesOutWhenNothingIsAnswered) {
    ScriptedPeer peer([](PeerConnection& connection) { connection.wait_for_close(); });
    make_client(options_for(peer));
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = wait(send(post("{}", 100ms)));
    const auto taken = std::chrono::steady_clock::now() - begun;
    EXPECT_EQ(code(answer), Errc::timed_out);
    EXPECT_THAT(answer.error().message, testing::HasSubstr("waiting for the answer"));
    EXPECT_GE(taken, 100ms);
    EXPECT_LT(taken, 5s);
}

TEST_F(HttpClient, TimesOutOnAnAnswerThatDrips) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\nX: ");
        while (connection.write("x")) std::this_thread::sleep_for(2ms);
    });
    make_client(options_for(peer));
    EXPECT_EQ(code(wait(send(post("{}", 100ms)))), Errc::timed_out);
}

TEST_F(HttpClient, TimesOutWhileWaitingForAConnection) {
    ScriptedPeer peer([](PeerConnection& connection) { connection.wait_for_close(); });
    ClientOptions options = options_for(peer);
    options.max_connections = 1;
    make_client(std::move(options));
    const auto first = send();
    const auto second = send(post("{}", 50ms));
    const auto late = wait(second);
    EXPECT_EQ(code(late), Errc::timed_out);
    EXPECT_THAT(late.error().message, testing::HasSubstr("waiting for a connection"));
    EXPECT_FALSE(*first);
}

TEST_F(HttpClient, GivesALateAnswerToNobody) {
    Gate gate;
    ScriptedPeer peer([&](PeerConnection& connection) {
        connection.read_request();
        if (connection.index() == 0) gate.pass();
        connection.answer(connection.index() == 0 ? "late" : "fresh");
        connection.wait_for_close();
    });
    make_client(options_for(peer));
    EXPECT_EQ(code(wait(send(post("{}", 50ms)))), Errc::timed_out);
    const auto second = send();
    gate.open();
    const auto answer = wait(second);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "fresh");
}

TEST_F(HttpClient, RepeatsOnceWhenAReusedConnectionWasClosed) {
    std::atomic<int> requests = 0;
    ScriptedPeer peer([&](PeerConnection& connection) {
        while (!connection.read_request().empty()) {
            if (++requests == 2) return;
            connection.answer("ok");
        }
    });
    make_client(options_for(peer));
    ASSERT_TRUE(wait(send()));
    const auto answer = wait(send(post("again")));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(requests, 3);
    EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(HttpClient, RepeatsNoMoreThanOnce) {
    std::atomic<int> requests = 0;
    ScriptedPeer peer([&](PeerConnection& connection) {
        while (!connection.read_request().empty()) {
            if (++requests > 1) return;
            connection.answer("ok");
        }
    });
    make_client(options_for(peer));
    ASSERT_TRUE(wait(send()));
    EXPECT_EQ(code(wait(send())), Errc::connection);
    EXPECT_EQ(requests, 3);
}

TEST_F(HttpClient, DoesNotRepeatOnAFirstUse) {
    ScriptedPeer peer([](PeerConnection& connection) { connection.read_request(); });
    make_client(options_for(peer));
    EXPECT_EQ(code(wait(send())), Errc::connection);
    EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(HttpClient, DoesNotRepeatWhatHasBegunToBeAnswered) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.answer("ok");
        connection.read_request();
        connection.write("HTTP/1.1 2");
    });
    make_client(options_for(peer));
    ASSERT_TRUE(wait(send()));
    EXPECT_EQ(code(wait(send())), Errc::connection);
    EXPECT_EQ(peer.accepted(), 1);
}

TEST_F(HttpClient, NoticesThatAnIdleConnectionWasClosed) {
    std::atomic<int> requests = 0;
    ScriptedPeer peer([&](PeerConnection& connection) {
        if (!connection.read_request().empty()) ++requests;
        connection.answer("ok");
    });
    make_client(options_for(peer));
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(wait(send()));
    EXPECT_EQ(requests, 5);
}

TEST_F(HttpClient, TakesNoAnswerThatCameUnasked) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.answer("ok");
        if (connection.index() == 0) connection.answer("nobody asked");
        connection.read_request();
        connection.answer("second");
    });
    make_client(options_for(peer));
    ASSERT_TRUE(wait(send()));
    for (int turn = 0; turn < 20; ++turn) loop_.run_one_for(5ms);
    EXPECT_EQ(wait(send())->body, "ok");
    EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(HttpClient, ClosesAConnectionThatIsIdleTooLong) {
    std::atomic<bool> closed = false;
    ScriptedPeer peer([&](PeerConnection& connection) {
        connection.read_request();
        connection.answer("ok");
        connection.wait_for_close();
        closed = true;
    });
    ClientOptions options = options_for(peer);
    options.idle_timeout = 50ms;
    make_client(std::move(options));
    ASSERT_TRUE(wait(send()));
    run_until([&] { return closed.load(); });
}

TEST_F(HttpClient, OpensANewConnectionAfterConnectionClose) {
    ScriptedPeer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.answer("ok", "200 OK", "Connection: close\r\n");
        connection.wait_for_close();
    });
    make_client(options_for(peer));
    ASSERT_TRUE(wait(send()));
    ASSERT_TRUE(wait(send()));
    EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(HttpClient, WithoutKeepAliveOpensANewConnectionForEach) {
    ScriptedPeer peer(test::always_answering("ok"));
    auto options = options_for(peer);
    options.keep_alive = false;
    options.max_connections = 2;
    make_client(std::move(options));
    std::vector<Pending> pending;
    for (int i = 0; i < 5; ++i) pending.push_back(send());
    for (const Pending& each : pending) ASSERT_TRUE(wait(each));
    EXPECT_EQ(peer.accepted(), 5);
}

}  // namespace
}  // namespace tollgate::net
