// RedisClientFixture: a RedisClient on a loop that runs only while a test waits for something.
#pragma once

#include "support/redis_server.hpp"
#include "store/redis_client.hpp"

#include <tollgate/core/clock.hpp>
#include <tollgate/core/fault.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

struct RecordingRedisListener final : store::RedisClientListener {
    void redis_connected(const store::RedisServerFacts& found) override { facts.push_back(found); }
    void redis_lost(std::string_view why) override { losses.emplace_back(why); }
    void redis_message(std::string_view payload) override { messages.emplace_back(payload); }

    std::vector<store::RedisServerFacts> facts;
    std::vector<std::string> losses;
    std::vector<std::string> messages;
};

class RedisClientFixture : public testing::Test {
  protected:
    using Answer = core::Result<store::RedisReply>;
    using Pending = std::shared_ptr<std::optional<Answer>>;

    struct RecordingFaults final : core::FaultSink {
        void fault(std::string_view task, std::string_view what) noexcept override {
            seen.push_back(std::string(task) + ": " + std::string(what));
        }
        std::vector<std::string> seen;
    };

    /// By the unix socket. Far more time than anything takes, unless a test is about the deadline.
    static store::RedisAddress address_of(const RedisServer& server) {
        store::RedisAddress address;
        address.unix_socket = server.unix_socket();
        address.timeout = std::chrono::seconds{20};
        return address;
    }
    static store::RedisAddress tcp_address_of(const RedisServer& server, const std::string& host = "127.0.0.1") {
        store::RedisAddress address;
        address.server = {host, server.port()};
        address.timeout = std::chrono::seconds{20};
        return address;
    }

    void make_client(store::RedisClientOptions options) {
        auto made = store::RedisClient::create(loop_, std::move(options), clock_, faults_, listener_);
        ASSERT_TRUE(made) << made.error().message;
        client_ = std::move(*made);
        client_->start();
    }
    void make_client(store::RedisAddress address) {
        store::RedisClientOptions options;
        options.address = std::move(address);
        make_client(std::move(options));
    }

    /// Runs the loop until `condition` holds; a test fails that waits for more than 30 seconds.
    template <class Condition>
    void run_until(Condition condition) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), limit)
                << "waited in vain; last loss: " << (listener_.losses.empty() ? "none" : listener_.losses.back());
            loop_.run_one_for(std::chrono::milliseconds(5));
        }
    }
    void wait_connected(std::size_t times = 1) {
        run_until([&] { return listener_.facts.size() >= times && client_->connected(); });
    }
    void wait_lost(std::size_t times = 1) {
        run_until([&] { return listener_.losses.size() >= times; });
    }

    /// Where a completion puts its answer; fails when it is called twice, or from within the call that gave it.
    store::RedisClient::Done into(const Pending& pending) {
        return [pending, this](Answer answer) {
            EXPECT_FALSE(inside_call_) << "done was called inside send() or run()";
            EXPECT_FALSE(*pending) << "done was called twice";
            pending->emplace(std::move(answer));
        };
    }
    Pending send(const std::vector<std::string_view>& arguments) {
        auto pending = std::make_shared<std::optional<Answer>>();
        inside_call_ = true;
        client_->send(arguments, into(pending));
        inside_call_ = false;
        return pending;
    }
    Pending run(const store::RedisScript& script, const std::vector<std::string_view>& keys,
                const std::vector<std::string_view>& arguments) {
        auto pending = std::make_shared<std::optional<Answer>>();
        inside_call_ = true;
        client_->run(script, keys, arguments, into(pending));
        inside_call_ = false;
        return pending;
    }
    Answer wait(const Pending& pending) {
        run_until([&] { return pending->has_value(); });
        if (!*pending) return core::Error(core::Errc::internal, "no answer");
        return **pending;
    }
    /// The text of an answer, or its error.
    std::string text_of(const Answer& answer) {
        if (!answer) return std::string(core::to_string(answer.error().code)) + ": " + answer.error().message;
        if (answer->type == store::RedisReply::Type::integer) return std::to_string(answer->integer);
        return answer->text;
    }
    std::string ask(const std::vector<std::string_view>& arguments) { return text_of(wait(send(arguments))); }

    static std::optional<core::Errc> code(const Answer& answer) {
        return answer ? std::optional<core::Errc>() : answer.error().code;
    }

    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
    core::SystemClock clock_;
    RecordingFaults faults_;
    RecordingRedisListener listener_;
    bool inside_call_ = false;
    std::unique_ptr<store::RedisClient> client_;
};

}  // namespace tollgate::test
