// DeliveryWorker: requests, answers, reconfiguration, and its end.
#include "delivery/tiny_store.hpp"
#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"

#include <tollgate/delivery/worker.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>

namespace tollgate::delivery::test {
namespace {

using tollgate::test::FakeTransport;
using tollgate::test::Wire;

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr store::Shard the_only_shard[] = {0};
constexpr const char* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* other_secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

class Notes final : public DeliveryObserver {
  public:
    void delivery(std::string_view subscriber, std::string_view outcome, std::chrono::milliseconds lag) override {
        EXPECT_EQ(subscriber, "orders");
        lines.push_back(std::string(outcome) + (lag == 0ms ? "" : " " + std::to_string(lag.count())));
    }
    void attempt_failed(std::string_view, std::string_view event_id, std::uint32_t attempt,
                        std::string_view what) override {
        lines.push_back(std::string(event_id) + " attempt " + std::to_string(attempt) + ": " + std::string(what));
    }
    void breaker(std::string_view, bool open) override { lines.emplace_back(open ? "breaker open" : "breaker closed"); }
    void paused(std::string_view, std::string_view why) override { lines.push_back("paused: " + std::string(why)); }
    void resumed(std::string_view) override { lines.emplace_back("resumed"); }
    void backlog(std::string_view, std::size_t parked, std::chrono::milliseconds oldest) override {
        backlogs.emplace_back(parked, oldest.count());
    }
    std::vector<std::string> lines;
    std::vector<std::pair<std::size_t, std::int64_t>> backlogs;
};

class DeliveryWorkerTest : public testing::Test {
  protected:
    static WorkerOptions options() {
        WorkerOptions options;
        options.policy.subscriber = "orders";
        options.policy.retry = {10s, 20s};
        options.secrets = {secret};
        options.timeout = 7s;
        return options;
    }
    void make(WorkerOptions with) {
        auto made = DeliveryWorker::create(loop_, std::move(with), store_, std::make_unique<FakeTransport>(wire_),
                                           clock_, notes_);
        ASSERT_TRUE(made);
        worker_ = std::move(*made);
    }
    void start(WorkerOptions with = options()) {
        make(std::move(with));
        worker_->start();
        poll();
    }
    std::string append(const std::string& payment) {
        store::LogEntry entry;
        entry.position = store_.log.size() + 1;
        entry.event_id = "evt_" + std::to_string(entry.position);
        entry.type = "payment.succeeded";
        entry.source = "kenya";
        entry.reference = payment;
        entry.happening = event::Happening::succeeded;
        entry.received_at = clock_.wall() - 250ms;
        entry.body = R"({"id":")" + entry.event_id +
                     R"(","type":"payment.succeeded","timestamp":"2026-11-22T10:00:00.123Z","data":{"a":1}})";
        store_.log.push_back(entry);
        if (worker_) {
            worker_->log_grew(the_only_shard);
            poll();
        }
        return entry.event_id;
    }
    void poll() {
        loop_.restart();
        loop_.poll();
    }
    /// Time passes, and the worker looks.
    void advance(std::chrono::milliseconds by) {
        clock_.advance(by);
        worker_->log_grew(the_only_shard);
        poll();
    }

    boost::asio::io_context loop_{1};
    tollgate::test::ManualClock clock_;
    TinyStore store_;
    Notes notes_;
    Wire wire_;
    Wire second_wire_;
    std::unique_ptr<DeliveryWorker> worker_;
};

TEST_F(DeliveryWorkerTest, SendsASignedRequestAndSavesItsOutcome) {
    append("a");
    start();
    ASSERT_EQ(wire_.requests.size(), 1U);
    const net::OutboundRequest& request = wire_.requests[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "");
    EXPECT_EQ(request.body, store_.log[0].body);
    EXPECT_EQ(request.timeout, 7s);
    EXPECT_EQ(wire_.header(0, "content-type"), "application/json");
    EXPECT_EQ(wire_.header(0, "user-agent"), "tollgate/" TOLLGATE_VERSION);
    EXPECT_EQ(wire_.header(0, "webhook-id"), "evt_1");
    EXPECT_EQ(wire_.header(0, "webhook-timestamp"), "1795341600");
    auto signer = WebhookSigner::create({secret});
    ASSERT_TRUE(signer);
    EXPECT_EQ(wire_.header(0, "webhook-signature"), signer->sign("evt_1", 1795341600, request.body));
    clock_.advance(50ms);
    wire_.answer(204);
    poll();
    EXPECT_THAT(notes_.lines, ElementsAre("delivered 300"));
    EXPECT_EQ(store_.cursor, 1U);
}

TEST_F(DeliveryWorkerTest, SendsCloudEventsSignedAsTheyAreSent) {
    append("ref-1");
    WorkerOptions cloud = options();
    cloud.format = Format::cloudevents;
    start(cloud);
    ASSERT_EQ(wire_.requests.size(), 1U);
    EXPECT_EQ(wire_.header(0, "content-type"), "application/cloudevents+json");
    EXPECT_THAT(wire_.requests[0].body, HasSubstr(R"("specversion":"1.0")"));
    EXPECT_THAT(wire_.requests[0].body, HasSubstr(R"("source":"/sources/kenya")"));
    EXPECT_THAT(wire_.requests[0].body, HasSubstr(R"("subject":"ref-1")"));
    auto signer = WebhookSigner::create({secret});
    ASSERT_TRUE(signer);
    EXPECT_EQ(wire_.header(0, "webhook-signature"), signer->sign("evt_1", 1795341600, wire_.requests[0].body));
}

TEST_F(DeliveryWorkerTest, WhatNobodyUnderstoodHasNoSubject) {
    append("0123abcd");
    store_.log[0].happening = event::Happening::unrecognised;
    WorkerOptions cloud = options();
    cloud.format = Format::cloudevents;
    start(cloud);
    ASSERT_EQ(wire_.requests.size(), 1U);
    EXPECT_THAT(wire_.requests[0].body, Not(HasSubstr("subject")));
}

TEST_F(DeliveryWorkerTest, TriesAgainWithTheSameIdAndANewTimestamp) {
    append("a");
    start();
    wire_.answer(500);
    poll();
    EXPECT_THAT(notes_.lines, ElementsAre("failed", "evt_1 attempt 1: HTTP 500"));
    EXPECT_EQ(store_.parked.at("evt_1").failures.at(0).what, "HTTP 500");
    advance(12s);
    ASSERT_EQ(wire_.requests.size(), 2U);
    EXPECT_EQ(wire_.header(1, "webhook-id"), "evt_1");
    EXPECT_EQ(wire_.header(1, "webhook-timestamp"), "1795341612");
    EXPECT_EQ(wire_.requests[1].body, wire_.requests[0].body);
    wire_.answer(core::Error(core::Errc::timed_out, "no answer from 10.0.0.1 within 7s"));
    poll();
    advance(24s);
    wire_.answer(core::Error(core::Errc::connection, "connection refused\r\n" + std::string(500, 'x')));
    poll();
    EXPECT_THAT(notes_.lines,
                ElementsAre("failed", "evt_1 attempt 1: HTTP 500", "failed", "evt_1 attempt 2: timed out", "failed",
                            "evt_1 attempt 3: connection refused  " + std::string(180, 'x'), "exhausted"));
    EXPECT_THAT(store_.parked, IsEmpty());
}

TEST_F(DeliveryWorkerTest, HeedsRetryAfter) {
    append("a");
    append("b");
    start();
    wire_.answer(503, "3600");
    wire_.answer(429, "Sun, 22 Nov 2026 12:00:00 GMT");
    poll();
    EXPECT_EQ(store_.parked.at("evt_1").delivery.next_attempt_at, clock_.wall() + 1h);
    EXPECT_EQ(store_.parked.at("evt_2").delivery.next_attempt_at, clock_.wall() + 2h);
}

TEST_F(DeliveryWorkerTest, AStatusCountsThoughItsBodyMayHaveBeenCut) {
    append("a");
    start();
    net::OutboundResponse cut;
    cut.status = 200;
    cut.truncated = true;
    wire_.answer(std::move(cut));
    poll();
    EXPECT_EQ(store_.cursor, 1U);
    EXPECT_THAT(notes_.lines, ElementsAre("delivered 250"));
}

TEST_F(DeliveryWorkerTest, TellsOfTheBreaker) {
    for (int i = 0; i < 9; ++i) append("p" + std::to_string(i));
    start();
    for (int i = 0; i < 8; ++i) wire_.answer(500);
    EXPECT_EQ(notes_.lines.back(), "breaker open");
    wire_.answer(200);
    EXPECT_EQ(notes_.lines.back(), "breaker closed");
    EXPECT_EQ(std::count(notes_.lines.begin(), notes_.lines.end(), "breaker open"), 1);
}

TEST_F(DeliveryWorkerTest, A410PausesUntilSomebodyResumes) {
    append("a");
    start();
    wire_.answer(410);
    poll();
    EXPECT_THAT(notes_.lines, ElementsAre("failed", "evt_1 attempt 1: HTTP 410", "paused: HTTP 410"));
    advance(1h);
    EXPECT_EQ(wire_.requests.size(), 1U);
    EXPECT_EQ(store_.pause, "HTTP 410");
    ASSERT_TRUE(worker_->reconfigure(options(), std::make_unique<FakeTransport>(second_wire_)));
    advance(10s);
    EXPECT_EQ(second_wire_.requests.size(), 0U) << "another configuration is no word of an operator";
    store_.pause.clear();
    advance(2s);
    EXPECT_EQ(notes_.lines.back(), "resumed");
    ASSERT_EQ(second_wire_.requests.size(), 1U);
    EXPECT_FALSE(wire_.transport_lives);
    second_wire_.answer(200);
    poll();
    EXPECT_EQ(store_.cursor, 1U);
}

TEST_F(DeliveryWorkerTest, APauseInTheStoreHoldsFromTheStart) {
    append("a");
    store_.pause = "an operator";
    start();
    advance(1min);
    EXPECT_EQ(wire_.requests.size(), 0U);
    EXPECT_THAT(notes_.lines, ElementsAre("paused: an operator"));
    store_.pause.clear();
    advance(2s);
    EXPECT_EQ(wire_.requests.size(), 1U);
}

TEST_F(DeliveryWorkerTest, WhatIsInFlightEndsOnTheOldTransport) {
    append("a");
    start();
    WorkerOptions changed = options();
    changed.secrets = {other_secret, secret};
    ASSERT_TRUE(worker_->reconfigure(changed, std::make_unique<FakeTransport>(second_wire_)));
    poll();
    EXPECT_TRUE(wire_.transport_lives);
    append("b");
    ASSERT_EQ(second_wire_.requests.size(), 1U);
    EXPECT_EQ(wire_.requests.size(), 1U);
    EXPECT_THAT(second_wire_.header(0, "webhook-signature"), HasSubstr(" v1,")) << "one signature for each secret";
    wire_.answer(200);
    EXPECT_TRUE(wire_.transport_lives) << "not while it is calling";
    poll();
    EXPECT_FALSE(wire_.transport_lives);
    second_wire_.answer(200);
    poll();
    EXPECT_EQ(store_.cursor, 2U);
}

TEST_F(DeliveryWorkerTest, ABadSecretChangesNothingAndIsNotTold) {
    WorkerOptions bad = options();
    bad.secrets = {"whsec_!!!notbase64"};
    const auto made =
        DeliveryWorker::create(loop_, bad, store_, std::make_unique<FakeTransport>(second_wire_), clock_, notes_);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, core::Errc::invalid_argument);
    EXPECT_THAT(made.error().message, Not(HasSubstr("notbase64")));
    start();
    EXPECT_FALSE(worker_->reconfigure(bad, std::make_unique<FakeTransport>(second_wire_)));
    append("a");
    EXPECT_EQ(wire_.requests.size(), 1U);
}

TEST_F(DeliveryWorkerTest, AsksForLeasesThatOutlastItsTimeOutAndGivesThemBackWhenItStops) {
    append("a");
    store_.leases_end = true;
    WorkerOptions quick = options();
    quick.timeout = 3s;
    start(quick);
    ASSERT_EQ(store_.lease_requests.size(), 1U);
    EXPECT_EQ(store_.lease_requests[0].lifetime, 3s + usual_lease_margin);
    worker_->stop();
    poll();
    EXPECT_FALSE(worker_->settled()) << "an attempt is in flight";
    wire_.answer(200);
    poll();
    ASSERT_FALSE(store_.saves.empty());
    EXPECT_EQ(store_.saves.back().lease, 1U);
    EXPECT_TRUE(store_.lease_requests.back().leaving);
    EXPECT_THAT(store_.lease_requests.back().given_up, testing::ElementsAre(store::Lease{0, 1}));
    EXPECT_TRUE(worker_->settled());
}

TEST_F(DeliveryWorkerTest, AFencedSaveIsMadeAgainUnderTheLeaseOnceThatIsRenewed) {
    append("a");
    store_.leases_end = true;
    start(options());
    store_.fences = 1;
    wire_.answer(200);
    poll();
    EXPECT_EQ(store_.lease_requests.size(), 2U);
    EXPECT_THAT(store_.lease_requests.back().held, testing::ElementsAre(store::Lease{0, 1}));
    clock_.advance(100ms);
    worker_->log_grew(the_only_shard);
    poll();
    EXPECT_EQ(store_.cursor, 1U);
}

TEST_F(DeliveryWorkerTest, StopsWithNothingNewAndSavesWhatItKnows) {
    append("a");
    append("b");
    WorkerOptions one = options();
    one.policy.max_in_flight = 1;
    start(one);
    store_.holds = true;
    wire_.answer(200);  // b starts, the save waits
    ASSERT_EQ(wire_.requests.size(), 2U);
    worker_->stop();
    append("c");
    wire_.answer(200);
    EXPECT_EQ(wire_.requests.size(), 2U);
    EXPECT_FALSE(worker_->settled());
    while (store_.held() != 0) {
        store_.release();
        poll();
    }
    EXPECT_TRUE(worker_->settled());
    EXPECT_EQ(store_.cursor, 2U);
    EXPECT_THAT(notes_.lines, Not(testing::Contains(HasSubstr("paused")))) << "a stop is no pause";
}

TEST_F(DeliveryWorkerTest, AnswersOfTheStoreAfterItsEndAreDropped) {
    append("a");
    store_.holds = true;
    start();
    ASSERT_EQ(store_.held(), 1U);
    std::thread engine([this] { store_.release(); });  // posted, but not yet run
    engine.join();
    worker_.reset();
    poll();
    EXPECT_EQ(store_.held(), 0U);
    start();
    worker_.reset();
    store_.release();  // not even posted
    EXPECT_THAT(wire_.requests, IsEmpty());
}

TEST_F(DeliveryWorkerTest, AnswersOfTheSubscriberAfterItsEndAreDropped) {
    append("a");
    start();
    ASSERT_EQ(wire_.waiting.size(), 1U);
    worker_.reset();
    EXPECT_FALSE(wire_.transport_lives);
    wire_.answer(200);
    EXPECT_THAT(notes_.lines, IsEmpty());
    EXPECT_EQ(store_.cursor, 0U);
}

TEST_F(DeliveryWorkerTest, NothingHappensBeforeItsStart) {
    append("a");
    make(options());
    worker_->log_grew(the_only_shard);
    poll();
    EXPECT_THAT(wire_.requests, IsEmpty());
    worker_->start();
    poll();
    EXPECT_EQ(wire_.requests.size(), 1U);
}

TEST_F(DeliveryWorkerTest, TellsItsBacklogOnceASecond) {
    append("a");
    start();
    EXPECT_EQ(notes_.backlogs.size(), 1U);
    wire_.answer(500);
    poll();
    advance(900ms);
    EXPECT_EQ(notes_.backlogs.size(), 1U);
    advance(100ms);
    EXPECT_THAT(notes_.backlogs, ElementsAre(testing::_, std::pair(std::size_t{1}, std::int64_t{1'250})));
}

TEST_F(DeliveryWorkerTest, ItsTimerBringsTheRetry) {
    append("a");
    core::SystemClock clock;
    WorkerOptions soon = options();
    soon.policy.retry = {5ms};
    auto made = DeliveryWorker::create(loop_, soon, store_, std::make_unique<FakeTransport>(wire_), clock, notes_);
    ASSERT_TRUE(made);
    (*made)->start();
    poll();
    wire_.answer(500);
    // The timer of the worker never lets the loop run dry, so this ends with the retry, or at the limit when it is
    // broken.
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (wire_.requests.size() < 2 && std::chrono::steady_clock::now() < limit) {
        loop_.restart();
        loop_.run_one_for(1s);
    }
    EXPECT_EQ(wire_.requests.size(), 2U);
}

}  // namespace
}  // namespace tollgate::delivery::test
