// DeliveryWorker: requests, answers, reconfiguration.
#include "delivery/worker_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>

namespace tollgate::delivery::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* other_secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

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
