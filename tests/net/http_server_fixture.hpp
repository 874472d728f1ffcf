// HttpServerTest: a server on a real loop and port 0, whose handler is whatever the test says.
#pragma once

#include "support/raw_client.hpp"

#include <tollgate/net/http_server.hpp>
#include <tollgate/net/loop.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::test {

using namespace std::chrono_literals;

class RecordingFaults final : public core::FaultSink {
  public:
    void fault(std::string_view task, std::string_view what) noexcept override {
        const std::lock_guard lock(mutex_);
        seen_.push_back(std::string(task) + ": " + std::string(what));
    }
    std::vector<std::string> seen() {
        const std::lock_guard lock(mutex_);
        return seen_;
    }

  private:
    std::mutex mutex_;
    std::vector<std::string> seen_;
};

class CountingObserver final : public net::ServerObserver {
  public:
    void connection_opened() noexcept override { add("opened"); }
    void connection_closed() noexcept override { add("closed"); }
    void refused(std::string_view reason) noexcept override { add(std::string(reason)); }

    int count(const std::string& what) {
        const std::lock_guard lock(mutex_);
        return counts_[what];
    }

  private:
    void add(const std::string& what) {
        const std::lock_guard lock(mutex_);
        ++counts_[what];
    }
    std::mutex mutex_;
    std::map<std::string, int> counts_;
};

class FunctionHandler final : public net::Handler {
  public:
    using Function = std::function<void(const net::Request&, net::Responder)>;
    explicit FunctionHandler(Function function) : function_(std::move(function)) {}
    void handle(const net::Request& request, net::Responder responder) override {
        function_(request, std::move(responder));
    }

  private:
    Function function_;
};

/// "METHOD PATH?QUERY BODY", so that a test sees which request an answer belongs to.
inline void echo(const net::Request& request, net::Responder responder) {
    std::string body(request.method);
    body.append(" ").append(request.path).append("?").append(request.query).append(" ").append(request.body);
    responder.send(200, "text/plain", body);
}

inline net::ServerOptions loopback_options() {
    net::ServerOptions options;
    options.endpoint = {boost::asio::ip::make_address("127.0.0.1"), 0};
    options.reuse_port = false;
    return options;
}

class HttpServerTest : public testing::Test {
  protected:
    ~HttpServerTest() override {
        loops.stop();
        server.reset();
        EXPECT_EQ(observer.count("opened"), observer.count("closed"));
    }

    void serve(const net::ServerOptions& options = loopback_options(), FunctionHandler::Function function = echo) {
        handler.emplace(std::move(function));
        server.emplace(loops[0], options, *handler, observer, faults);
        const auto started = server->start();
        ASSERT_TRUE(started.has_value()) << started.error().message;
        endpoint = server->endpoint();
        loops.start();
    }
    void serve(FunctionHandler::Function function) { serve(loopback_options(), std::move(function)); }

    RawClient connect() const { return RawClient(endpoint); }

    /// Runs `action` on the loop and waits for it.
    void on_loop(std::function<void()> action) {
        std::promise<void> done;
        boost::asio::post(loops[0], [&] {
            action();
            done.set_value();
        });
        done.get_future().wait();
    }

    /// Returns when the loop has seen everything that was sent before: what a handler of the first round finds ready
    /// has run before the last.
    void settle() {
        for (int round = 0; round < 3; ++round) on_loop([] {});
    }

    /// Waits until something has been counted so often.
    bool counted(const std::string& what, int times) {
        const auto deadline = std::chrono::steady_clock::now() + 5s;
        while (observer.count(what) < times) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            on_loop([] {});
        }
        return true;
    }

    RecordingFaults faults;
    CountingObserver observer;
    std::optional<FunctionHandler> handler;
    net::Loops loops{1, faults};
    std::optional<net::HttpServer> server;
    boost::asio::ip::tcp::endpoint endpoint;
};

/// What the tests compare: the status and the body of one answer, and whether it announces the end.
struct Answer {
    int status = 0;
    std::string body;
    bool closes = false;
};

inline Answer answer_of(const std::optional<std::string>& response) {
    if (!response || !response->starts_with("HTTP/1.1 ")) return {};
    const std::size_t head = response->find("\r\n\r\n");
    return {std::stoi(response->substr(9, 3)), response->substr(head + 4),
            response->find("\r\nConnection: close\r\n") < head};
}

inline std::string get(std::string_view target, std::string_view more_headers = {}) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more_headers) + "\r\n";
}

inline std::string post(std::string_view target, std::string_view body, std::string_view more_headers = {}) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more_headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace tollgate::test
