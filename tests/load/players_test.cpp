// Players and status server over real sockets: scripts are walked to their ends, and what is not taken is sent again.
#include "load/players.hpp"

#include "load/status_server.hpp"

#include <tollgate/core/json.hpp>
#include <tollgate/net/http_server.hpp>
#include <tollgate/provider/provider.hpp>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tollgate::load {
namespace {

using namespace std::chrono_literals;

const References references(42);

class Faults final : public core::FaultSink {
  public:
    void fault(std::string_view task, std::string_view what) noexcept override {
        ADD_FAILURE() << task << ": " << what;
    }
};

net::ServerOptions any_port() {
    net::ServerOptions options;
    options.endpoint = {boost::asio::ip::make_address("127.0.0.1"), 0};
    return options;
}

/// Receiver and API in one: verifies like a gateway, and refuses the first attempt of everything when told to.
class Gateway final : public net::Handler {
  public:
    void handle(const net::Request& request, net::Responder responder) override {
        const std::string what = std::string(request.path) + std::string(request.body);
        if (refuses_first && ++seen[what] == 1) return responder.send(503, "text/plain", "no");
        if (request.path == "/v1/expectations") {
            registrations.emplace_back(request.body);
            authorizations.emplace_back(request.find("authorization").value);
            return responder.send(201, "application/json", "{}");
        }
        provider::RawCallback raw;
        raw.headers = request.headers;
        raw.body = request.body;
        if (!provider_->verify(raw)) return responder.send(401, "text/plain", "no");
        callbacks.push_back(what);
        responder.send(200, "application/json", "{}");
    }

    bool refuses_first = false;
    std::map<std::string, unsigned> seen;
    std::vector<std::string> registrations;
    std::vector<std::string> authorizations;
    std::vector<std::string> callbacks;

  private:
    std::unique_ptr<provider::Provider> provider_ =
        provider::find_provider("startbutton")->make({.name = "test", .secrets = {"sk_demo"}, .values = {}}).value();
};

class PlayersTest : public testing::Test {
  protected:
    void SetUp() override {
        server = std::make_unique<net::HttpServer>(loop, any_port(), gateway, observer, faults);
        ASSERT_TRUE(server->start());
        options.receiver.host = options.api.host = "127.0.0.1";
        options.receiver.port = options.api.port = server->endpoint().port();
        options.sources = {{"kenya", Api::startbutton, "sk_demo"}};
        options.rate = 1'000;
    }

    void add(Habit habit, Trouble trouble = Trouble::none) {
        Plan plan;
        plan.payment = {.end = End::succeeded,
                        .is_payout = true,
                        .reference = references.make(static_cast<std::uint32_t>(plans.size())),
                        .amount = "1500.00",
                        .currency = "KES"};
        plan.habit = habit;
        plan.trouble = trouble;
        plans.push_back(plan);
    }

    void run() {
        players = Players::create(loop, options, plans, world, faults).value();
        players->start([this] { loop.stop(); });
        loop.run_for(30s);
        EXPECT_TRUE(loop.stopped()) << "it never said that it had finished";
    }

    Faults faults;
    boost::asio::io_context loop{1};
    Gateway gateway;
    net::ServerObserver observer;
    std::unique_ptr<net::HttpServer> server;
    PlayOptions options;
    std::vector<Plan> plans;
    StatusWorld world{Credentials{}, StatusOptions{}};
    std::unique_ptr<Players> players;
};

TEST_F(PlayersTest, EveryScriptComesToItsEnd) {
    for (const Habit habit : {Habit::good, Habit::never, Habit::repeated, Habit::contradictory, Habit::forged})
        add(habit);
    options.token = "token-of-checkout";
    run();
    EXPECT_EQ(players->counters().registered, 4U);
    EXPECT_EQ(players->counters().callbacks, 1U + 5U + 2U);
    EXPECT_EQ(players->counters().forged_refused, 1U);
    EXPECT_EQ(players->counters().forged_accepted, 0U);
    EXPECT_EQ(players->counters().again, 0U);
    EXPECT_EQ(players->unfinished(), 0U);
    EXPECT_EQ(gateway.authorizations.front(), "Bearer token-of-checkout");
    core::JsonParser parser;
    const auto registration = parser.parse(gateway.registrations.front()).value();
    EXPECT_EQ(registration["source"].string(), "kenya");
    EXPECT_EQ(registration["reference"].string(), references.make(0));
    EXPECT_EQ(registration["amount"].string(), "1500.00");
}

TEST_F(PlayersTest, RepetitionsAreTheSameBytes) {
    add(Habit::repeated);
    run();
    ASSERT_EQ(gateway.callbacks.size(), 5U);
    for (const std::string& callback : gateway.callbacks) EXPECT_EQ(callback, gateway.callbacks.front());
}

TEST_F(PlayersTest, WhatIsNotTakenIsSentAgain) {
    gateway.refuses_first = true;
    add(Habit::good);
    add(Habit::forged);
    run();
    EXPECT_EQ(players->counters().registered, 1U);
    EXPECT_EQ(players->counters().callbacks, 1U);
    EXPECT_EQ(players->counters().forged_refused, 1U);
    EXPECT_EQ(players->counters().again, 3U);
}

TEST_F(PlayersTest, AProviderThatLiesWaitsUntilItHasLied) {
    add(Habit::good, Trouble::contradictory);
    players = Players::create(loop, options, plans, world, faults).value();
    bool finished = false;
    players->start([&finished] { finished = true; });
    loop.run_for(1s);
    EXPECT_FALSE(finished);
    EXPECT_TRUE(gateway.callbacks.empty());
}

/// A client of the status APIs.
class StatusServerTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(server.start()); }

    core::Result<net::OutboundResponse> ask(const std::string& reference, std::chrono::milliseconds timeout = 5s) {
        net::ClientOptions options;
        options.url.host = "127.0.0.1";
        options.url.port = server.endpoint().port();
        const auto client = net::EndpointClient::create(loop, options, faults).value();
        net::OutboundRequest request;
        request.method = "GET";
        request.target = "/transaction/status/" + reference;
        request.headers.push_back({"Authorization", "Bearer sk_demo"});
        request.timeout = timeout;
        core::Result<net::OutboundResponse> answer = core::Error(core::Errc::internal, "no answer");
        client->send(std::move(request), [&](core::Result<net::OutboundResponse> result) {
            answer = std::move(result);
            loop.stop();
        });
        loop.restart();
        loop.run_for(10s);
        return answer;
    }
    void put(const std::string& reference, Trouble trouble) {
        TruePayment payment;
        payment.end = End::succeeded;
        payment.reference = reference;
        world.put(payment, trouble, 1);
    }

    Faults faults;
    boost::asio::io_context loop{1};
    StatusWorld world{Credentials{.startbutton_secret = "sk_demo",
                                  .honeycoin_api_key = "",
                                  .honeycoin_public_key = "",
                                  .unipesa_public_id = "",
                                  .unipesa_secret = "",
                                  .unipesa_merchant_id = "",
                                  .moolre_api_user = "",
                                  .moolre_api_pubkey = "",
                                  .moolre_account_number = ""},
                      StatusOptions{.late_by = 200ms, .token_life = 1h, .retry_after_s = 7}};
    StatusServer server{loop, {boost::asio::ip::make_address("127.0.0.1"), 0}, world, faults};
};

TEST_F(StatusServerTest, AnswersAtOnceLateAndWithAWish) {
    put("now", Trouble::none);
    put("late", Trouble::late);
    put("limited", Trouble::limiting);
    int asked = 0;
    server.before = [&asked] { ++asked; };
    EXPECT_EQ(ask("now")->status, 200U);
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(ask("late")->status, 200U);
    EXPECT_GE(std::chrono::steady_clock::now() - before, 200ms);
    const auto limited = ask("limited");
    EXPECT_EQ(limited->status, 429U);
    EXPECT_EQ(limited->retry_after, "7");
    EXPECT_EQ(asked, 3);
}

TEST_F(StatusServerTest, MayNotAnswerAtAll) {
    put("silent", Trouble::silent);
    EXPECT_EQ(ask("silent", 300ms).error().code, core::Errc::timed_out);
    EXPECT_EQ(ask("silent")->status, 200U);
}

}  // namespace
}  // namespace tollgate::load
