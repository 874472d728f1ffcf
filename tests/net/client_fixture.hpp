// ClientFixture: an EndpointClient on a loop that runs only while a test waits for something.
#pragma once

#include "scripted_peer.hpp"

#include <tollgate/net/http_client.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::test {

class ClientFixture : public testing::Test {
  protected:
    using Answer = core::Result<net::OutboundResponse>;
    using Pending = std::shared_ptr<std::optional<Answer>>;

    struct RecordingFaults final : core::FaultSink {
        void fault(std::string_view task, std::string_view what) noexcept override {
            seen.push_back(std::string(task) + ": " + std::string(what));
        }
        std::vector<std::string> seen;
    };

    static net::ClientOptions options_for(const ScriptedPeer& peer, const std::string& host = "127.0.0.1",
                                          bool tls = false) {
        net::ClientOptions options;
        options.url.tls = tls;
        options.url.host = host;
        options.url.port = peer.port();
        options.url.target = "/hooks";
        return options;
    }

    void make_client(net::ClientOptions options) {
        auto made = net::EndpointClient::create(loop_, std::move(options), faults_);
        ASSERT_TRUE(made) << made.error().message;
        client_ = std::move(*made);
    }

    static net::OutboundRequest post(std::string body = "{}",
                                     std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
        net::OutboundRequest request;
        request.body = std::move(body);
        request.timeout = timeout;
        return request;
    }

    Pending send(net::OutboundRequest request = post()) {
        auto pending = std::make_shared<std::optional<Answer>>();
        inside_send_ = true;
        client_->send(std::move(request), [pending, this](Answer answer) {
            EXPECT_FALSE(inside_send_) << "done was called inside send()";
            EXPECT_FALSE(*pending) << "done was called twice";
            pending->emplace(std::move(answer));
        });
        inside_send_ = false;
        return pending;
    }

    /// Runs the loop until `condition` holds; a test fails that waits for more than ten seconds.
    template <class Condition>
    void run_until(Condition condition) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), limit) << "waited in vain";
            loop_.run_one_for(std::chrono::milliseconds(5));
        }
    }

    Answer wait(const Pending& pending) {
        run_until([&] { return pending->has_value(); });
        if (!*pending) return core::Error(core::Errc::internal, "no answer");
        return **pending;
    }

    static core::Errc code(const Answer& answer) { return answer ? core::Errc::internal : answer.error().code; }

    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
    RecordingFaults faults_;
    bool inside_send_ = false;
    std::unique_ptr<net::EndpointClient> client_;
};

}  // namespace tollgate::test
