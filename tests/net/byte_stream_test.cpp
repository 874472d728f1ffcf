// ByteStream against real sockets: each way to connect, each way to fail, and closing at every moment.
#include "scripted_peer.hpp"
#include "support/temporary_directory.hpp"
#include "test_authority.hpp"

#include <tollgate/net/byte_stream.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace tollgate;
using namespace std::chrono_literals;
using core::Errc;
using net::ByteStream;
using net::StreamTarget;
using test::PeerConnection;
using test::ScriptedPeer;

class ByteStreamTest : public testing::Test {
  protected:
    using Ended = std::shared_ptr<std::optional<core::Result<void>>>;

    static StreamTarget target_of(const ScriptedPeer& peer, const std::string& host = "127.0.0.1") {
        StreamTarget target;
        target.host = host;
        target.port = peer.port();
        return target;
    }

    template <class Condition>
    void run_until(Condition condition) {
        const auto limit = std::chrono::steady_clock::now() + 10s;
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), limit) << "waited in vain";
            loop_.run_one_for(5ms);
        }
    }
    core::Result<void> connect(StreamTarget target) {
        const auto ended = std::make_shared<std::optional<core::Result<void>>>();
        bool inside = true;
        stream_.connect(std::move(target), [&inside, ended](core::Result<void> result) {
            EXPECT_FALSE(inside) << "done was called inside connect()";
            ended->emplace(std::move(result));
        });
        inside = false;
        run_until([&] { return ended->has_value(); });
        return ended->value_or(core::Error(Errc::internal, "no answer"));
    }
    core::Result<void> write(std::string bytes) {
        const auto ended = std::make_shared<std::optional<core::Result<void>>>();
        stream_.write(std::move(bytes), [ended](core::Result<void> result) { ended->emplace(std::move(result)); });
        run_until([&] { return ended->has_value(); });
        return ended->value_or(core::Error(Errc::internal, "no answer"));
    }
    /// Until `size` bytes have come, or the end.
    core::Result<std::string> read(std::size_t size) {
        std::string all;
        std::optional<core::Error> error;
        while (all.size() < size && !error) {
            bool ended = false;
            stream_.read_some([&](core::Result<std::string_view> bytes) {
                ended = true;
                if (bytes) {
                    EXPECT_FALSE(bytes->empty());
                    all.append(*bytes);
                } else {
                    error = bytes.error();
                }
            });
            run_until([&] { return ended; });
        }
        if (error) return *error;
        return all;
    }
    void expect_failure(const core::Result<void>& result, Errc code, const std::string& what) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, code);
        EXPECT_NE(result.error().message.find(what), std::string::npos) << result.error().message;
    }

    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
    ByteStream stream_{loop_};
};

/// Answers each line of a request with its body, and ends.
void echo_once(PeerConnection& connection) {
    connection.write(connection.read_request());
}

const std::string request = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";

TEST_F(ByteStreamTest, CarriesBytesBothWaysAndTellsTheEnd) {
    const ScriptedPeer peer(echo_once);
    ASSERT_TRUE(connect(target_of(peer)));
    ASSERT_TRUE(write(request));
    EXPECT_EQ(read(request.size()).value(), request);
    const auto end = read(1);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code, Errc::connection);
    EXPECT_EQ(end.error().message, "127.0.0.1:" + std::to_string(peer.port()) + ": it closed the connection");
}

TEST_F(ByteStreamTest, ANameIsLookedUpAndEachOfItsAddressesTried) {
    // Where localhost is ::1 first, nobody listens there.
    const ScriptedPeer peer(echo_once);
    ASSERT_TRUE(connect(target_of(peer, "localhost")));
    ASSERT_TRUE(write(request));
    EXPECT_EQ(read(request.size()).value(), request);
    expect_failure(connect(target_of(peer, "nobody.invalid")), Errc::connection, "cannot resolve nobody.invalid");
}

TEST_F(ByteStreamTest, WhoRefusesIsNamed) {
    StreamTarget target;
    {
        const ScriptedPeer peer(echo_once);
        target = target_of(peer);
    }
    expect_failure(connect(target), Errc::connection, target.name() + ": cannot connect: Connection refused");
}

TEST_F(ByteStreamTest, AUnixSocketWorksAlike) {
    const test::TemporaryDirectory directory;
    StreamTarget target;
    target.unix_socket = (directory.path() / "peer.sock").string();
    expect_failure(connect(target), Errc::connection, target.unix_socket + ": cannot connect");

    using Local = boost::asio::local::stream_protocol;
    Local::acceptor acceptor(loop_, Local::endpoint(target.unix_socket));
    ASSERT_TRUE(connect(target));
    Local::socket other = acceptor.accept();
    boost::asio::write(other, boost::asio::buffer(std::string_view("good day")));
    EXPECT_EQ(read(8).value(), "good day");
    ASSERT_TRUE(write("and to you"));
    std::string got(10, '\0');
    boost::asio::read(other, boost::asio::buffer(got));
    EXPECT_EQ(got, "and to you");

    target.unix_socket = "/" + std::string(200, 'x');
    expect_failure(connect(target), Errc::invalid_argument, "107 bytes");
}

TEST_F(ByteStreamTest, TlsVerifiesThePeerByNameAndByAddress) {
    test::TestAuthority authority;
    const auto context = authority.server("DNS:localhost,IP:127.0.0.1");
    const ScriptedPeer peer(echo_once, context.get());
    const auto trust = net::load_stream_trust(authority.file());
    ASSERT_TRUE(trust);
    for (const char* host : {"localhost", "127.0.0.1"}) {
        StreamTarget target = target_of(peer, host);
        target.trust = *trust;
        ASSERT_TRUE(connect(target)) << host;
        ASSERT_TRUE(write(request));
        EXPECT_EQ(read(request.size()).value(), request);
    }
}

TEST_F(ByteStreamTest, TlsRefusesAStrangerAndAnotherName) {
    test::TestAuthority authority;
    const auto context = authority.server("DNS:elsewhere.test");
    const ScriptedPeer peer(echo_once, context.get());
    StreamTarget target = target_of(peer);
    target.trust = net::load_stream_trust(authority.file()).value();
    expect_failure(connect(target), Errc::connection, "TLS: ");
    expect_failure(connect(target), Errc::connection, "ostname mismatch");

    test::TestAuthority other;
    target.trust = net::load_stream_trust(other.file()).value();
    expect_failure(connect(target), Errc::connection, "TLS: ");
    // Nor does the system know the authority.
    target.trust = net::load_stream_trust("").value();
    expect_failure(connect(target), Errc::connection, "TLS: ");
}

TEST_F(ByteStreamTest, OldTlsIsRefused) {
    test::TestAuthority authority;
    const auto context = authority.server("IP:127.0.0.1");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
    SSL_CTX_set_security_level(context.get(), 0);
    const ScriptedPeer peer(echo_once, context.get());
    StreamTarget target = target_of(peer);
    target.trust = net::load_stream_trust(authority.file()).value();
    expect_failure(connect(target), Errc::connection, "TLS: ");
}

TEST_F(ByteStreamTest, ACaFileThatCannotBeReadIsNamed) {
    const auto trust = net::load_stream_trust("/nowhere/ca.pem");
    ASSERT_FALSE(trust);
    EXPECT_EQ(trust.error().code, Errc::io);
    EXPECT_NE(trust.error().message.find("/nowhere/ca.pem"), std::string::npos);
}

/// The peer reads nothing until the test lets it: what was closed in the middle of a write calls nobody.
TEST_F(ByteStreamTest, NobodyIsCalledAfterClose) {
    const ScriptedPeer peer([](PeerConnection& connection) { connection.wait_for_close(); });
    int called = 0;
    for (int turns = 0; turns < 6; ++turns) {
        stream_.connect(target_of(peer, turns % 2 == 0 ? "127.0.0.1" : "localhost"), [&](const core::Result<void>&) {
            stream_.read_some([&](const core::Result<std::string_view>&) { ++called; });
            stream_.write(std::string(16 << 20, 'x'), [&](const core::Result<void>&) { ++called; });
        });
        for (int i = 0; i < turns; ++i) loop_.run_one_for(5ms);
        stream_.close();
        called = 0;
        for (int i = 0; i < 4; ++i) loop_.run_one_for(5ms);
        EXPECT_EQ(called, 0) << turns;
    }
}

TEST_F(ByteStreamTest, ACompletionMayEndTheStream) {
    const ScriptedPeer peer([](PeerConnection& connection) { connection.write("bytes"); });
    auto stream = std::make_unique<ByteStream>(loop_);
    bool ended = false;
    stream->connect(target_of(peer), [&](const core::Result<void>& result) {
        EXPECT_TRUE(result);
        stream->read_some([&](core::Result<std::string_view> bytes) {
            stream.reset();
            // Good until the completion returns, whatever became of the stream.
            EXPECT_EQ(bytes.value(), "bytes");
            ended = true;
        });
    });
    run_until([&] { return ended; });
}

TEST_F(ByteStreamTest, TargetsAreNamedAsPeopleWriteThem) {
    StreamTarget target;
    target.host = "::1";
    target.port = 6379;
    EXPECT_EQ(target.name(), "[::1]:6379");
    target.host = "redis.test";
    EXPECT_EQ(target.name(), "redis.test:6379");
    target.unix_socket = "/run/redis.sock";
    EXPECT_EQ(target.name(), "/run/redis.sock");
}

}  // namespace
