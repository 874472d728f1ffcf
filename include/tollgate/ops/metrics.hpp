// Metrics: every figure that Tollgate publishes, by name; labels come from configuration or fixed lists only.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace tollgate::ops {

/// A handle that costs a pointer; keep it, looking one up costs 130 ns.
class Counter {
  public:
    explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
    void increment(double by = 1) const;

  private:
    prometheus::Counter* counter_;
};
class Gauge {
  public:
    explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
    void set(double value) const;
    void add(double by) const;

  private:
    prometheus::Gauge* gauge_;
};
class Histogram {
  public:
    explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
    void observe(std::chrono::nanoseconds time) const;

  private:
    prometheus::Histogram* histogram_;
};

/// Safe to use from every thread. Owned by the app.
class Metrics {
  public:
    Metrics();
    ~Metrics();

    Counter callbacks(std::string_view source, std::string_view outcome);
    Histogram ack_seconds(std::string_view source);
    Counter events(std::string_view source, std::string_view type);
    Counter conflicts(std::string_view source);
    Counter deliveries(std::string_view subscriber, std::string_view outcome);
    Histogram delivery_lag_seconds(std::string_view subscriber);
    Gauge oldest_undelivered_seconds(std::string_view subscriber);
    Gauge parked(std::string_view subscriber);
    Gauge subscriber_paused(std::string_view subscriber);
    Counter dead_letters(std::string_view subscriber);
    Gauge spool_events();
    Gauge oldest_spooled_seconds();
    Counter expired(std::string_view subscriber);
    Histogram store_seconds(std::string_view operation);
    Gauge connections();
    Counter expectations_lapsed(std::string_view source);
    Counter requeries(std::string_view source, std::string_view outcome);
    Gauge expectations_open(std::string_view source);
    Gauge held(std::string_view source);
    Histogram callback_lateness_seconds(std::string_view source);
    Counter shed(std::string_view reason);
    Counter faults(std::string_view task);

    /// The Prometheus text format, version 0.0.4; includes tollgate_build_info.
    [[nodiscard]] std::string text() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tollgate::ops
