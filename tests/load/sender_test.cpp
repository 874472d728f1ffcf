// Sender over real sockets: what is retried, in which order steps go, what becomes of forged ones.
#include "load/sender.hpp"

#include <tollgate/net/http_server.hpp>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

const std::string secret = "sk_test_0123456789abcdef";
const References references(42);

class Faults final : public core::FaultSink {
  public:
    void fault(std::string_view task, std::string_view what) noexcept override {
        ADD_FAILURE() << task << ": " << what;
    }
};

/// Verifies like a gateway, remembers every body, and refuses what it is told to.
class Gateway final : public net::Handler {
  public:
    void handle(const net::Request& request, net::Responder responder) override {
        provider::RawCallback raw;
        raw.headers = request.headers;
        raw.body = request.body;
        if (!accepts_all && !provider_->verify(raw)) return responder.send(401, "text/plain", "no");
        const auto seen = ++bodies[std::string(request.body)];
        order.emplace_back(request.body);
        responder.send(seen <= refuse_first ? 503 : 200, "application/json", "{}");
    }

    unsigned refuse_first = 0;  ///< of every body
    bool accepts_all = false;
    std::map<std::string, unsigned> bodies;
    std::vector<std::string> order;

  private:
    std::unique_ptr<provider::Provider> provider_ =
        provider::find_provider("startbutton")->make({.name = "load", .secrets = {secret}, .values = {}}).value();
};

class SenderTest : public testing::Test {
  protected:
    void SetUp() override {
        net::ServerOptions server_options;
        server_options.endpoint = {boost::asio::ip::make_address("127.0.0.1"), 0};
        server = std::make_unique<net::HttpServer>(loop, server_options, gateway, observer, faults);
        ASSERT_TRUE(server->start());
        options.to.host = "127.0.0.1";
        options.to.port = server->endpoint().port();
        options.connections = 4;
        options.give_up = 1min;
    }

    /// `late`: how long ago the run began, as for a thread that was kept from running until now.
    void run(std::chrono::milliseconds late = 0ms) {
        auto maker = CallbackMaker::create("startbutton", secret, references);
        const RunClock clock(std::chrono::steady_clock::now() - late);
        sender = Sender::create(loop, options, std::move(*maker), clock, faults).value();
        sender->start([this] { loop.stop(); });
        loop.run_for(30s);
        EXPECT_TRUE(loop.stopped()) << "it never said that it had finished";
    }

    struct Opened final : net::ServerObserver {
        void connection_opened() noexcept override { ++connections; }
        unsigned connections = 0;
    };

    Faults faults;
    boost::asio::io_context loop{1};
    Gateway gateway;
    Opened observer;
    std::unique_ptr<net::HttpServer> server;
    SenderOptions options;
    std::unique_ptr<Sender> sender;
};

TEST_F(SenderTest, BeginsTheWantedNumberOfPayments) {
    options.payments = 50;
    run();
    EXPECT_EQ(sender->counters().sent, 50U);
    EXPECT_EQ(sender->counters().acked, 50U);
    EXPECT_EQ(sender->ack_us().count(), 50U);
    EXPECT_EQ(gateway.bodies.size(), 50U);
    EXPECT_EQ(sender->slots_behind(), 0U);
}

TEST_F(SenderTest, KeepsItsConnectionsOrMakesANewOneForEveryRequest) {
    options.payments = 50;
    run();
    EXPECT_LE(observer.connections, options.connections);
    observer.connections = 0;
    options.fresh_connections = true;
    loop.restart();
    run();
    EXPECT_EQ(sender->counters().acked, 50U);
    EXPECT_EQ(observer.connections, 50U);
}

TEST_F(SenderTest, SendsInTheShapeThatIsAskedFor) {
    options.rate = 0;
    options.shape = {std::nullopt, 500, 400ms, 100ms};
    options.duration = 800ms;
    run();
    EXPECT_EQ(sender->counters().sent + sender->slots_behind(), 100U) << "two bursts of 50, and nothing in between";
    EXPECT_GE(sender->sending_time(), 800ms);
}

TEST_F(SenderTest, RefusesAShapeThatIsHalfSaid) {
    options.shape.burst_rate = 500;
    auto maker = CallbackMaker::create("startbutton", secret, references);
    const RunClock clock(std::chrono::steady_clock::now());
    EXPECT_FALSE(Sender::create(loop, options, std::move(*maker), clock, faults));
}

TEST_F(SenderTest, TellsWhatWasRefusedByTheSecond) {
    gateway.refuse_first = 1;
    options.payments = 20;
    options.retry = true;
    run();
    EXPECT_EQ(sender->refusal_us().count(), 20U);
    std::uint64_t begun = 0;
    std::uint64_t refused = 0;
    std::uint64_t acked = 0;
    for (const Second& second : sender->timeline().seconds()) {
        begun += second.begun;
        refused += second.refused;
        acked += second.acked;
    }
    EXPECT_EQ(begun, 20U) << "an attempt that repeats one begins nothing";
    EXPECT_EQ(refused, 20U);
    EXPECT_EQ(acked, 20U);
}

TEST_F(SenderTest, TheSecondCallbackFollowsTheFirst) {
    options.payments = 20;
    options.two_step_share = 1;
    run();
    EXPECT_EQ(sender->counters().acked, 40U);
    std::map<std::string, std::vector<std::string>> of_payment;
    for (const std::string& body : gateway.order) {
        for (std::uint32_t payment = 0; payment < 20; ++payment) {
            const bool verified = body.find("collection.verified") != std::string::npos;
            if (body.find(references.make(payment)) != std::string::npos)
                of_payment[references.make(payment)].push_back(verified ? "verified" : "completed");
        }
    }
    ASSERT_EQ(of_payment.size(), 20U);
    for (const auto& [reference, steps] : of_payment)
        EXPECT_EQ(steps, (std::vector<std::string>{"verified", "completed"})) << reference;
}

TEST_F(SenderTest, RepeatsAreTheSameBytesAndCountOnce) {
    options.payments = 20;
    options.repeat_share = 1;
    run();
    EXPECT_EQ(sender->counters().sent, 20U);
    EXPECT_EQ(sender->counters().acked, 20U);
    EXPECT_EQ(sender->counters().repeats, 20U);
    for (const auto& [body, times] : gateway.bodies) EXPECT_EQ(times, 2U);
}

TEST_F(SenderTest, RetriesTheSameBytesUntilAcknowledged) {
    options.payments = 5;
    options.retry = true;
    gateway.refuse_first = 1;
    run();
    EXPECT_EQ(sender->counters().acked, 5U);
    EXPECT_EQ(sender->counters().refused, 0U);
    EXPECT_EQ(gateway.bodies.size(), 5U);
    for (const auto& [body, times] : gateway.bodies) EXPECT_EQ(times, 2U);
    EXPECT_GE(sender->ack_us().max(), 500'000U) << "the latency of a retried callback counts from its first intent";
}

TEST_F(SenderTest, WithoutRetryARefusalIsFinal) {
    options.payments = 5;
    gateway.refuse_first = 1;
    run();
    EXPECT_EQ(sender->counters().acked, 0U);
    EXPECT_EQ(sender->counters().refused, 5U);
    EXPECT_EQ(sender->counters().attempts, 5U);
}

TEST_F(SenderTest, ForgedOnesAreRefusedByAGoodGateway) {
    options.payments = 40;
    options.forged_share = 0.5;
    run();
    const auto& counters = sender->counters();
    EXPECT_EQ(counters.forged + counters.sent, 40U);
    EXPECT_GT(counters.forged, 0U);
    EXPECT_EQ(counters.forged_refused, counters.forged);
    EXPECT_EQ(counters.forged_accepted, 0U);
    EXPECT_EQ(counters.acked, counters.sent);
}

TEST_F(SenderTest, ForgedOnesThatAreAcceptedAreCounted) {
    options.payments = 10;
    options.forged_share = 1;
    gateway.accepts_all = true;
    run();
    EXPECT_EQ(sender->counters().forged_accepted, 10U);
    EXPECT_EQ(sender->counters().sent, 0U);
}

TEST_F(SenderTest, GivesUpOnAGatewayThatIsGone) {
    options.payments = 3;
    options.retry = true;
    options.give_up = 200ms;
    server.reset();
    run();
    EXPECT_EQ(sender->counters().unanswered, 3U);
    EXPECT_EQ(sender->counters().acked, 0U);
    EXPECT_GE(sender->counters().attempts, 6U);
}

TEST_F(SenderTest, EndsWithItsDurationEvenBetweenSlots) {
    options.rate = 0.01;  // the second slot would come after 100 s
    options.duration = 100ms;
    run();
    EXPECT_EQ(sender->counters().acked, 1U);
    EXPECT_LT(sender->sending_time(), 10s);
}

TEST_F(SenderTest, ASlotWithinTheDurationIsUsedWhenItsEndIsNoticedLate) {
    options.connections = 16;
    options.rate = 100;  // the last of the ten slots is 10 ms before the end
    options.duration = 100ms;
    run(300ms);
    EXPECT_EQ(sender->counters().acked, 10U);
    EXPECT_EQ(sender->slots(), 10U);
    EXPECT_EQ(sender->slots_behind(), 0U);
    EXPECT_GE(sender->ack_us().max(), 300'000U) << "the latency counts from the intended time";
}

TEST_F(SenderTest, NoMoreLateSlotsThanFreeConnectionsAreUsed) {
    options.rate = 100;
    options.duration = 100ms;
    run(300ms);
    EXPECT_EQ(sender->counters().sent, 4U) << "answers that come after the end free no connection for what is late";
    EXPECT_EQ(sender->counters().acked, 4U);
    EXPECT_EQ(sender->slots(), 4U);
    EXPECT_EQ(sender->slots_behind(), 6U);
}

TEST_F(SenderTest, WhatWasBegunLateIsRetried) {
    options.rate = 100;
    options.duration = 100ms;
    options.retry = true;
    gateway.refuse_first = 1;
    run(300ms);
    EXPECT_EQ(sender->counters().acked, 4U);
    EXPECT_EQ(sender->slots_behind(), 6U);
}

TEST_F(SenderTest, WithoutARateNothingBeginsAfterTheEnd) {
    options.duration = 100ms;
    run(300ms);
    EXPECT_EQ(sender->counters().sent, 0U);
    EXPECT_EQ(sender->slots_behind(), 0U);
}

TEST_F(SenderTest, TheNumberOfPaymentsLimitsLateSlots) {
    options.connections = 16;
    options.rate = 100;
    options.duration = 100ms;
    options.payments = 3;
    run(300ms);
    EXPECT_EQ(sender->counters().acked, 3U);
    EXPECT_EQ(sender->slots_behind(), 0U);
}

TEST_F(SenderTest, OutOfOrderTheFirstCallbackFollowsTheSecond) {
    options.payments = 20;
    options.out_of_order_share = 1;
    options.two_step_share = 1;
    run();
    EXPECT_EQ(sender->counters().acked, 40U);
    ASSERT_EQ(gateway.order.size(), 40U);
    std::map<std::string, std::vector<std::string>> of_payment;
    for (std::uint32_t payment = 0; payment < 20; ++payment) {
        for (const std::string& body : gateway.order) {
            if (body.find('"' + references.make(payment) + '"') == std::string::npos) continue;
            of_payment[references.make(payment)].push_back(body.find("collection.verified") != std::string::npos ? "verified" : "completed");
        }
    }
    for (const auto& [reference, steps] : of_payment)
        EXPECT_EQ(steps, (std::vector<std::string>{"completed", "verified"})) << reference;
    for (const auto& payment : sender->ledger().payments()) EXPECT_TRUE(payment.is_reversed);
}

TEST_F(SenderTest, OfMissingOnesOnlyTheSecondCallbackComes) {
    options.payments = 20;
    options.missing_share = 1;
    run();
    EXPECT_EQ(sender->counters().sent, 20U);
    for (const std::string& body : gateway.order) EXPECT_NE(body.find("collection.completed"), std::string::npos);
}

TEST_F(SenderTest, CountsAnswersByStatusAndKeepsTheFirstError) {
    options.payments = 10;
    gateway.refuse_first = 1;
    run();
    EXPECT_EQ(sender->answers(), (std::map<unsigned, std::uint64_t>{{503, 10}}));
    EXPECT_EQ(sender->first_error(), "");
    server.reset();
    loop.restart();
    run();
    EXPECT_EQ(sender->answers(), (std::map<unsigned, std::uint64_t>{{0, 10}}));
    EXPECT_NE(sender->first_error().find("refused"), std::string::npos) << sender->first_error();
}

}  // namespace
}  // namespace tollgate::load
