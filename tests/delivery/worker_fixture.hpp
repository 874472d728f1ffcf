// DeliveryWorkerTest: a worker with a store, a clock and wires that a test holds in its hands.
#pragma once

#include "delivery/tiny_store.hpp"
#include "support/fake_transport.hpp"
#include "support/manual_clock.hpp"

#include <tollgate/delivery/worker.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::delivery::test {

using tollgate::test::FakeTransport;
using tollgate::test::Wire;

using namespace std::chrono_literals;

inline constexpr store::Shard the_only_shard[] = {0};
inline constexpr const char* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

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

}  // namespace tollgate::delivery::test
