// Metrics: the families of /metrics over prometheus-cpp's registry.
#include <tollgate/ops/metrics.hpp>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <vector>

namespace tollgate::ops {

namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

constexpr double minute = 60;
constexpr double hour = 60 * minute;

/// An ACK waits for one fsync: milliseconds on a good day, the request's time limit on a bad one.
Buckets ack_buckets() {
    return {50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

/// From "at once" to a subscriber that was down for a day.
Buckets lag_buckets() {
    return {1e-3, 5e-3, 10e-3, 25e-3,  50e-3,      0.1,         0.25, 0.5,      1,        2.5,
            5,    10,   30,    minute, 5 * minute, 30 * minute, hour, 6 * hour, 24 * hour};
}

/// From a callback that was nearly in time to one that nobody believed in any more.
Buckets lateness_buckets() {
    return {1,           5,    10,       30,       minute,    2 * minute, 5 * minute, 10 * minute,
            30 * minute, hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour,  72 * hour};
}

Buckets store_buckets() {
    return {10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3,
            10e-3, 25e-3, 50e-3, 0.1,    0.25,   0.5,    1,    2.5,    5};
}

}  // namespace

void Counter::increment(double by) const {
    counter_->Increment(by);
}

void Gauge::set(double value) const {
    gauge_->Set(value);
}

void Gauge::add(double by) const {
    gauge_->Increment(by);
}

void Histogram::observe(std::chrono::nanoseconds time) const {
    histogram_->Observe(std::chrono::duration<double>(time).count());
}

struct Metrics::State {
    template <class T>
    using Family = prometheus::Family<T>;

    Family<prometheus::Counter>& counters(std::string name, std::string help) {
        describe(name, help, prometheus::MetricType::Counter);
        return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    }
    Family<prometheus::Gauge>& gauges(std::string name, std::string help) {
        describe(name, help, prometheus::MetricType::Gauge);
        return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
    }
    Family<prometheus::Histogram>& histograms(std::string name, std::string help) {
        describe(name, help, prometheus::MetricType::Histogram);
        return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
    }
    void describe(const std::string& name, const std::string& help, prometheus::MetricType type) {
        described.push_back({name, help, type, {}});
    }

    prometheus::Registry registry;
    std::vector<prometheus::MetricFamily> described;  ///< every family without its series, in this order

    Family<prometheus::Counter>& callbacks =
        counters("tollgate_callbacks_total", "Callbacks answered, by what became of them.");
    Family<prometheus::Histogram>& ack_seconds =
        histograms("tollgate_ack_seconds", "From a callback's last byte to its answer.");
    Family<prometheus::Counter>& events = counters("tollgate_events_total", "Events published.");
    Family<prometheus::Counter>& conflicts =
        counters("tollgate_conflicts_total", "Reports that contradict what is known of a payment.");
    Family<prometheus::Counter>& deliveries = counters("tollgate_deliveries_total", "Attempts to deliver, by outcome.");
    Family<prometheus::Histogram>& delivery_lag_seconds =
        histograms("tollgate_delivery_lag_seconds", "From the receipt of what an event says to its delivery.");
    Family<prometheus::Gauge>& oldest_undelivered_seconds =
        gauges("tollgate_oldest_undelivered_seconds", "Age of the oldest event that a subscriber has not got.");
    Family<prometheus::Gauge>& subscriber_paused =
        gauges("tollgate_subscriber_paused", "1 while nothing is sent to a subscriber because somebody said so.");
    Family<prometheus::Gauge>& parked = gauges("tollgate_parked", "Deliveries that wait for their next attempt.");
    Family<prometheus::Counter>& dead_letters = counters(
        "tollgate_dead_letters_total", "Deliveries given up: attempts used up, superseded, or taken by retention.");
    Family<prometheus::Counter>& expired =
        counters("tollgate_expired_total", "Events that left the log before a subscriber got them.");
    Family<prometheus::Gauge>& spool_events =
        gauges("tollgate_spool_events", "Reports kept on this machine that the store has not taken yet.");
    Family<prometheus::Gauge>& oldest_spooled_seconds =
        gauges("tollgate_oldest_spooled_seconds", "Age of the oldest of them.");
    Family<prometheus::Histogram>& store_seconds = histograms("tollgate_store_seconds", "Time of a store's operation.");
    Family<prometheus::Gauge>& connections = gauges("tollgate_connections", "Open connections of the receiver.");
    Family<prometheus::Counter>& requeries =
        counters("tollgate_requeries_total", "Questions to providers, by what came back.");
    Family<prometheus::Gauge>& expectations_open =
        gauges("tollgate_expectations_open", "Payments that are to be asked about, in the whole store.");
    Family<prometheus::Gauge>& held =
        gauges("tollgate_held", "Of these, those whose final state waits for the provider's confirmation.");
    Family<prometheus::Histogram>& callback_lateness_seconds =
        histograms("tollgate_callback_lateness_seconds",
                   "From when a payment was first awaited to the callback that told its end.");
    Family<prometheus::Counter>& expectations_lapsed =
        counters("tollgate_expectations_lapsed_total",
                 "Registrations under another id than the reference that no payment came of while it was asked about.");
    Family<prometheus::Counter>& shed =
        counters("tollgate_shed_total", "Requests and connections turned away at a limit.");
    Family<prometheus::Counter>& faults =
        counters("tollgate_faults_total", "Background tasks that failed as they never should.");
    Family<prometheus::Gauge>& build_info =
        gauges("tollgate_build_info", "Always 1; its label says which version runs.");
};

Metrics::Metrics() : state_(std::make_unique<State>()) {
    state_->build_info.Add({{"version", TOLLGATE_VERSION}}).Set(1);
    state_->connections.Add({});
}

Metrics::~Metrics() = default;

Counter Metrics::callbacks(std::string_view source, std::string_view outcome) {
    return Counter(state_->callbacks.Add({{"source", std::string(source)}, {"outcome", std::string(outcome)}}));
}

Histogram Metrics::ack_seconds(std::string_view source) {
    return Histogram(state_->ack_seconds.Add({{"source", std::string(source)}}, ack_buckets()));
}

Counter Metrics::events(std::string_view source, std::string_view type) {
    return Counter(state_->events.Add({{"source", std::string(source)}, {"type", std::string(type)}}));
}

Counter Metrics::conflicts(std::string_view source) {
    return Counter(state_->conflicts.Add({{"source", std::string(source)}}));
}

Counter Metrics::deliveries(std::string_view subscriber, std::string_view outcome) {
    return Counter(
        state_->deliveries.Add({{"subscriber", std::string(subscriber)}, {"outcome", std::string(outcome)}}));
}

Histogram Metrics::delivery_lag_seconds(std::string_view subscriber) {
    return Histogram(state_->delivery_lag_seconds.Add({{"subscriber", std::string(subscriber)}}, lag_buckets()));
}

Gauge Metrics::oldest_undelivered_seconds(std::string_view subscriber) {
    return Gauge(state_->oldest_undelivered_seconds.Add({{"subscriber", std::string(subscriber)}}));
}

Gauge Metrics::subscriber_paused(std::string_view subscriber) {
    return Gauge(state_->subscriber_paused.Add({{"subscriber", std::string(subscriber)}}));
}

Gauge Metrics::parked(std::string_view subscriber) {
    return Gauge(state_->parked.Add({{"subscriber", std::string(subscriber)}}));
}

Counter Metrics::dead_letters(std::string_view subscriber) {
    return Counter(state_->dead_letters.Add({{"subscriber", std::string(subscriber)}}));
}

Counter Metrics::expired(std::string_view subscriber) {
    return Counter(state_->expired.Add({{"subscriber", std::string(subscriber)}}));
}

Gauge Metrics::spool_events() {
    return Gauge(state_->spool_events.Add({}));
}

Gauge Metrics::oldest_spooled_seconds() {
    return Gauge(state_->oldest_spooled_seconds.Add({}));
}

Histogram Metrics::store_seconds(std::string_view operation) {
    return Histogram(state_->store_seconds.Add({{"operation", std::string(operation)}}, store_buckets()));
}

Gauge Metrics::connections() {
    return Gauge(state_->connections.Add({}));
}

Counter Metrics::requeries(std::string_view source, std::string_view outcome) {
    return Counter(state_->requeries.Add({{"source", std::string(source)}, {"outcome", std::string(outcome)}}));
}

Gauge Metrics::expectations_open(std::string_view source) {
    return Gauge(state_->expectations_open.Add({{"source", std::string(source)}}));
}

Gauge Metrics::held(std::string_view source) {
    return Gauge(state_->held.Add({{"source", std::string(source)}}));
}

Histogram Metrics::callback_lateness_seconds(std::string_view source) {
    return Histogram(state_->callback_lateness_seconds.Add({{"source", std::string(source)}}, lateness_buckets()));
}

Counter Metrics::expectations_lapsed(std::string_view source) {
    return Counter(state_->expectations_lapsed.Add({{"source", std::string(source)}}));
}

Counter Metrics::shed(std::string_view reason) {
    return Counter(state_->shed.Add({{"reason", std::string(reason)}}));
}

Counter Metrics::faults(std::string_view task) {
    return Counter(state_->faults.Add({{"task", std::string(task)}}));
}

std::string Metrics::text() const {
    auto collected = state_->registry.Collect();
    // The registry leaves out families without a series; who builds an alarm wants to know that they exist.
    auto families = state_->described;
    for (auto& family : families) {
        const auto same = [&family](const auto& other) { return other.name == family.name; };
        const auto found = std::find_if(collected.begin(), collected.end(), same);
        if (found != collected.end()) family.metric = std::move(found->metric);
    }
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tollgate::ops
