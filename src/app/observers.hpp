// Observers: what the rooms report, turned into metrics and log lines.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tollgate/delivery/worker.hpp>
#include <tollgate/net/http_server.hpp>
#include <tollgate/ops/log.hpp>
#include <tollgate/ops/metrics.hpp>
#include <tollgate/requery/poller.hpp>
#include <tollgate/requery/worker.hpp>
#include <tollgate/store/embedded.hpp>

#include "subscriber_board.hpp"

namespace tollgate::app {

/// Logs and counts what should never have happened. Safe to call from every thread.
class FaultCounter final : public core::FaultSink {
  public:
    FaultCounter(ops::Log& log, ops::Metrics& metrics) : log_(log), metrics_(metrics) {}
    void fault(std::string_view task, std::string_view what) noexcept override;

  private:
    ops::Log& log_;
    ops::Metrics& metrics_;
};

/// Shared by the servers of all loops.
class EdgeObserver final : public net::ServerObserver {
  public:
    explicit EdgeObserver(ops::Metrics& metrics);
    void connection_opened() noexcept override;
    void connection_closed() noexcept override;
    void refused(std::string_view reason) noexcept override;
    [[nodiscard]] long open_connections() const noexcept { return open_.load(std::memory_order_relaxed); }

  private:
    ops::Gauge connections_;
    std::map<std::string, ops::Counter, std::less<>> refused_;  ///< by reason; never changes after construction
    std::atomic<long> open_{0};
};

class StoreMetrics final : public store::StoreObserver {
  public:
    explicit StoreMetrics(ops::Metrics& metrics);
    void operation_took(std::string_view operation, std::chrono::nanoseconds time) noexcept override;

  private:
    std::map<std::string, ops::Histogram, std::less<>> known_;  ///< never changes after construction
};

/// Of one source that is asked about; lives on its worker's loop.
class RequeryMetrics final : public requery::RequeryObserver {
  public:
    RequeryMetrics(const std::string& source, ops::Metrics& metrics, ops::Log& log);
    void asked(std::string_view source, provider::AnswerKind kind, std::string_view what) override;
    void breaker(std::string_view source, bool open) override;
    void decided(std::string_view source, const std::vector<store::Accepted>& reports) override;
    void lapsed(std::string_view source, std::string_view alias) override;
    void answer_lost(std::string_view source, const core::Error& error) override;

  private:
    static constexpr std::size_t kinds = static_cast<std::size_t>(provider::AnswerKind::mismatched) + 1;

    ops::Metrics& metrics_;
    ops::Log& log_;
    std::vector<ops::Counter> by_kind_;
    provider::AnswerKind told_ = provider::AnswerKind::reported;
};

/// Of what is asked about as a whole; lives on the poller's loop.
class WaitingMetrics final : public requery::PollerObserver {
  public:
    WaitingMetrics(ops::Metrics& metrics, ops::Log& log) : metrics_(metrics), log_(log) {}
    /// Its gauges are there before anything waits.
    void know(const std::string& source);
    void waiting(const std::vector<store::WaitingCount>& counts) override;
    void clock_was_set(const core::ClockStep& step) override;
    void unclaimed(std::string_view source, const std::vector<store::Accepted>& reports) override;

  private:
    struct Gauges {
        ops::Gauge open;
        ops::Gauge held;
    };
    ops::Metrics& metrics_;
    ops::Log& log_;
    std::map<std::string, Gauges> by_source_;
};

/// Of one subscriber; lives on its worker's loop.
class SubscriberObserver final : public delivery::DeliveryObserver {
  public:
    SubscriberObserver(const std::string& subscriber, ops::Metrics& metrics, ops::Log& log, SubscriberBoard& board);
    /// The subscriber is no longer worked for here: its gauges must not stand at their last value for ever.
    ~SubscriberObserver() override;
    void delivery(std::string_view subscriber, std::string_view outcome, std::chrono::milliseconds lag) override;
    void attempt_failed(std::string_view subscriber, std::string_view event_id, std::uint32_t attempt,
                        std::string_view what) override;
    void breaker(std::string_view subscriber, bool open) override;
    void paused(std::string_view subscriber, std::string_view why) override;
    void resumed(std::string_view subscriber) override;
    void backlog(std::string_view subscriber, std::size_t parked, std::chrono::milliseconds oldest_undelivered) override;

  private:
    const std::string subscriber_;
    ops::Log& log_;
    SubscriberBoard& board_;
    ops::Counter delivered_;
    ops::Counter failed_;
    ops::Counter exhausted_;
    ops::Counter superseded_;
    ops::Counter missing_;
    ops::Counter dead_letters_;
    ops::Histogram lag_;
    ops::Gauge parked_;
    ops::Gauge paused_;
    ops::Gauge oldest_;
};

}  // namespace tollgate::app
