// The receiver over real sockets: who gets an ACK and when, who gets none, and what reaches the store.
#include "support/scripted_store.hpp"
#include "support/manual_clock.hpp"
#include "support/raw_client.hpp"

#include <tollgate/net/loop.hpp>
#include <tollgate/ops/log.hpp>
#include <tollgate/ops/metrics.hpp>
#include <tollgate/provider/provider.hpp>
#include <tollgate/receiver/receiver.hpp>

#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <set>
#include <thread>

namespace tollgate::receiver {
namespace {

using namespace std::chrono_literals;

const provider::SourceSettings kenya{"kenya", {"sk_test_0123456789abcdef"}, {}};

class ReceiverTest : public testing::Test {
  protected:
    explicit ReceiverTest(ReceiverLimits limits = {})
        : receiver_(loops_[0], store_, clock_, metrics_, log_, limits),
          server_(loops_[0], options(), receiver_, observer_, log_) {
        EXPECT_TRUE(receiver_.set_routes({{"/in/kenya", provider::find_provider("startbutton"), kenya}}).has_value());
        EXPECT_TRUE(server_.start().has_value());
        loops_.start();
    }
    ~ReceiverTest() override { loops_.stop(); }

    static net::ServerOptions options() {
        net::ServerOptions options;
        options.endpoint = {boost::asio::ip::make_address("127.0.0.1"), 0};
        return options;
    }

    test::RawClient connect() { return test::RawClient(server_.endpoint()); }

    static std::string request(const std::string& sample, std::string_view path = "/in/kenya",
                               std::string_view method = "POST", bool forged = false) {
        const auto& entry = *provider::find_provider("startbutton");
        auto signed_request = entry.sign(kenya, *entry.sample(kenya, sample));
        if (forged) signed_request->body.back() = ' ';
        std::string text = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: gateway\r\n";
        for (const auto& [name, value] : signed_request->headers) text += name + ": " + value + "\r\n";
        return text + "Content-Length: " + std::to_string(signed_request->body.size()) + "\r\n\r\n" + signed_request->body;
    }

    /// The next batch, or a failed test.
    bool wait_for_batch() {
        for (int i = 0; i < 2'000 && store_.waiting() == 0; ++i) std::this_thread::sleep_for(1ms);
        return store_.waiting() > 0;
    }

    /// Runs on the loop, where the receiver lives.
    void on_loop(const std::function<void()>& work) {
        std::promise<void> done;
        boost::asio::post(loops_[0], [&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }

    test::ManualClock clock_;
    ops::Log log_{ops::LogFormat::json};
    ops::Metrics metrics_;
    test::ScriptedStore store_;
    net::ServerObserver observer_;
    net::Loops loops_{1, log_};
    Receiver receiver_;
    net::HttpServer server_;
};

std::string status_of(const std::optional<std::string>& response) {
    return response && response->size() > 12 ? response->substr(9, 3) : "none";
}

TEST_F(ReceiverTest, AcknowledgesOnlyWhatIsDurable) {
    auto client = connect();
    ASSERT_TRUE(client.send(request("collection.verified")));
    ASSERT_TRUE(wait_for_batch());
    EXPECT_FALSE(client.read_response(100ms)) << "answered before the store did";
    store_.answer_all(event::Outcome::accepted);
    const auto response = client.read_response();
    EXPECT_EQ(status_of(response), "200");
    EXPECT_TRUE(response->ends_with(R"({"status":"ok"})"));
}

TEST_F(ReceiverTest, EveryDecisionOfTheRulesIsAcknowledged) {
    auto client = connect();
    for (const auto outcome : {event::Outcome::accepted, event::Outcome::duplicate, event::Outcome::stale,
                               event::Outcome::conflict, event::Outcome::unrecognised, event::Outcome::overflow}) {
        ASSERT_TRUE(client.send(request("collection.verified")));
        ASSERT_TRUE(wait_for_batch());
        store_.answer_all(outcome);
        EXPECT_EQ(status_of(client.read_response()), "200") << event::to_string(outcome);
        const auto series = "tollgate_callbacks_total{outcome=\"" + std::string(event::to_string(outcome)) + "\",source=\"kenya\"} 1";
        EXPECT_NE(metrics_.text().find(series), std::string::npos) << series;
    }
}

TEST_F(ReceiverTest, WhatTheStoreDidNotTakeIsNotAcknowledged) {
    auto client = connect();
    for (const auto code : {core::Errc::unavailable, core::Errc::unknown_outcome}) {
        ASSERT_TRUE(client.send(request("collection.verified")));
        ASSERT_TRUE(wait_for_batch());
        store_.fail(code);
        const auto response = client.read_response();
        EXPECT_EQ(status_of(response), "503");
        EXPECT_NE(response->find("Retry-After: 1\r\n"), std::string::npos);
    }
}

TEST_F(ReceiverTest, RefusalsAreAllAlikeAndCostNoStoreCommand) {
    std::set<std::string> answers;
    auto client = connect();
    for (const char* sample : {"collection.verified", "transfer.failed", "dispute.created"}) {
        ASSERT_TRUE(client.send(request(sample, "/in/kenya", "POST", true)));
        answers.insert(client.read_response().value_or("none"));
    }
    ASSERT_TRUE(client.send("POST /in/kenya HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\n{}"));
    answers.insert(client.read_response().value_or("none"));
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_TRUE(answers.begin()->starts_with("HTTP/1.1 401 "));
    EXPECT_TRUE(store_.batch_sizes().empty());
}

TEST_F(ReceiverTest, OtherPathsAndMethodsAreClosed) {
    auto elsewhere = connect();
    ASSERT_TRUE(elsewhere.send(request("collection.verified", "/in/ghana")));
    EXPECT_TRUE(elsewhere.read_until_closed().value_or("").starts_with("HTTP/1.1 404 "));
    auto reader = connect();
    ASSERT_TRUE(reader.send("GET /in/kenya HTTP/1.1\r\nHost: gateway\r\n\r\n"));
    const auto answer = reader.read_until_closed().value_or("");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 "));
    EXPECT_NE(answer.find("Allow: POST, PUT\r\n"), std::string::npos);
    EXPECT_TRUE(store_.batch_sizes().empty());
}

TEST_F(ReceiverTest, PutIsAsGoodAsPost) {
    auto client = connect();
    ASSERT_TRUE(client.send(request("collection.verified", "/in/kenya", "PUT")));
    ASSERT_TRUE(wait_for_batch());
    store_.answer_all(event::Outcome::accepted);
    EXPECT_EQ(status_of(client.read_response()), "200");
}

TEST_F(ReceiverTest, WhatArrivesWhileABatchIsInFlightMakesTheNextOne) {
    std::vector<test::RawClient> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(connect());
    ASSERT_TRUE(clients[0].send(request("collection.verified")));
    ASSERT_TRUE(wait_for_batch());
    for (std::size_t i = 1; i < clients.size(); ++i) ASSERT_TRUE(clients[i].send(request("collection.verified")));
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(store_.waiting(), 1U) << "one batch in flight at a time";
    store_.answer_all(event::Outcome::accepted);
    ASSERT_TRUE(wait_for_batch());
    EXPECT_EQ(store_.batch_sizes(), (std::vector<std::size_t>{1, 19}));
    store_.answer_all(event::Outcome::accepted);
    for (auto& client : clients) EXPECT_EQ(status_of(client.read_response()), "200");
}

TEST_F(ReceiverTest, ACallbackOfTwoCandidatesIsAnsweredOnce) {
    auto client = connect();
    ASSERT_TRUE(client.send(request("underpayment")));
    ASSERT_TRUE(wait_for_batch());
    EXPECT_EQ(store_.batch_sizes(), std::vector<std::size_t>{2});
    store_.answer_all(event::Outcome::accepted);
    EXPECT_EQ(status_of(client.read_response()), "200");
    EXPECT_FALSE(client.read_response(100ms));
}

TEST_F(ReceiverTest, NewRoutesReplaceTheOldOnesAndAWrongOneChangesNothing) {
    auto client = connect();
    ASSERT_TRUE(client.send(request("collection.verified")));
    ASSERT_TRUE(wait_for_batch());
    on_loop([this] {
        auto wrong = kenya;
        wrong.values = {{"colour", "blue"}};
        EXPECT_TRUE(receiver_.set_routes({{"/in/blue", provider::find_provider("startbutton"), wrong}}).has_error());
        auto ghana = kenya;
        ghana.name = "ghana";
        EXPECT_TRUE(receiver_.set_routes({{"/in/ghana", provider::find_provider("startbutton"), ghana}}).has_value());
    });
    store_.answer_all(event::Outcome::accepted);
    EXPECT_EQ(status_of(client.read_response()), "200") << "a request in progress ends on its old route";
    ASSERT_TRUE(client.send(request("collection.verified", "/in/ghana")));
    ASSERT_TRUE(wait_for_batch());
    store_.answer_all(event::Outcome::accepted);
    EXPECT_EQ(status_of(client.read_response()), "200");
    ASSERT_TRUE(client.send(request("collection.verified")));
    EXPECT_EQ(status_of(client.read_response()), "404");
}

TEST_F(ReceiverTest, TheSourceSaysWhetherOtherIdsLeadToItsPayments) {
    auto client = connect();
    for (const bool other_ids : {true, false}) {
        on_loop([&] {
            const SourceRoute route{"/in/kenya", provider::find_provider("startbutton"), kenya, {}, {}, other_ids};
            EXPECT_TRUE(receiver_.set_routes({route}).has_value());
        });
        ASSERT_TRUE(client.send(request("collection.verified")));
        ASSERT_TRUE(wait_for_batch());
        EXPECT_EQ(store_.candidates().back().links, other_ids);
        store_.answer_all(event::Outcome::accepted);
        EXPECT_EQ(status_of(client.read_response()), "200");
    }
}

TEST_F(ReceiverTest, OnlyAllowedAddressesMayCall) {
    const auto allow_only = [this](const std::string& range, const std::vector<std::string>& proxies) {
        on_loop([&] {
            auto allow = net::AddressRanges::parse(std::vector<std::string>{range}).value();
            EXPECT_TRUE(receiver_.set_routes({{"/in/kenya", provider::find_provider("startbutton"), kenya, allow}}).has_value());
            receiver_.trust_proxies(net::AddressRanges::parse(proxies).value());
        });
    };
    const auto status_with = [this](const std::string& header) {
        auto client = connect();
        auto text = request("collection.verified");
        text.insert(text.find("\r\n") + 2, header);
        EXPECT_TRUE(client.send(text));
        const auto answer = client.read_response(200ms);
        if (answer) return status_of(answer);
        store_.answer_all(event::Outcome::accepted);
        return status_of(client.read_response());
    };
    allow_only("198.51.100.0/24", {});
    EXPECT_EQ(status_with(""), "401");
    EXPECT_EQ(status_with("X-Forwarded-For: 198.51.100.1\r\n"), "401") << "nobody vouches for the header";
    EXPECT_EQ(store_.waiting(), 0U);
    allow_only("198.51.100.0/24", {"127.0.0.0/8"});
    EXPECT_EQ(status_with("X-Forwarded-For: 198.51.100.1\r\n"), "200");
    EXPECT_EQ(status_with("X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n"), "401") << "the right-most one decides";
    EXPECT_EQ(status_with("X-Forwarded-For: unknown\r\n"), "401");
    EXPECT_EQ(status_with(""), "401") << "the proxy itself is not allowed";
    allow_only("127.0.0.1", {});
    EXPECT_EQ(status_with(""), "200");
}

class ImpatientReceiverTest : public ReceiverTest {
  protected:
    ImpatientReceiverTest() : ReceiverTest({.max_wait = 80ms}) {}
};

TEST_F(ImpatientReceiverTest, AStoreThatHangsIsAnswered503AndItsLateAnswerHarmsNobody) {
    auto client = connect();
    ASSERT_TRUE(client.send(request("collection.verified")));
    ASSERT_TRUE(wait_for_batch());
    clock_.advance_steady(100ms);
    EXPECT_EQ(status_of(client.read_response(2s)), "503");
    ASSERT_TRUE(client.send(request("collection.verified")));
    store_.answer_all(event::Outcome::accepted);
    ASSERT_TRUE(wait_for_batch());
    store_.answer_all(event::Outcome::duplicate);
    EXPECT_EQ(status_of(client.read_response()), "200");
    EXPECT_FALSE(client.read_response(100ms)) << "one answer to each";
}

class CrowdedReceiverTest : public ReceiverTest {
  protected:
    CrowdedReceiverTest() : ReceiverTest({.max_pending = 4, .max_batch = 2}) {}
};

TEST_F(CrowdedReceiverTest, ShedsBeyondTheLimitAndKeepsBatchesSmall) {
    std::vector<test::RawClient> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(connect());
        ASSERT_TRUE(clients.back().send(request("collection.verified")));
        if (i == 0) {
            ASSERT_TRUE(wait_for_batch());
        }
    }
    std::this_thread::sleep_for(100ms);
    auto late = connect();
    ASSERT_TRUE(late.send(request("collection.verified")));
    EXPECT_EQ(status_of(late.read_response()), "503");
    EXPECT_NE(metrics_.text().find("tollgate_shed_total{reason=\"pending\"} 1"), std::string::npos);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(wait_for_batch());
        store_.answer_all(event::Outcome::accepted);
    }
    EXPECT_EQ(store_.batch_sizes(), (std::vector<std::size_t>{1, 2, 1}));
    for (auto& client : clients) EXPECT_EQ(status_of(client.read_response()), "200");
    ASSERT_TRUE(late.send(request("collection.verified")));
    ASSERT_TRUE(wait_for_batch());
    store_.answer_all(event::Outcome::accepted);
    EXPECT_EQ(status_of(late.read_response()), "200") << "what was shed is taken when there is room";
}

}  // namespace
}  // namespace tollgate::receiver
