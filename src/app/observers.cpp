// Implements the observers.
#include "observers.hpp"

#include <array>

#include <tollgate/event/alias.hpp>

namespace tollgate::app {

void FaultCounter::fault(std::string_view task, std::string_view what) noexcept {
    log_.fault(task, what);
    metrics_.faults(task).increment();
}

EdgeObserver::EdgeObserver(ops::Metrics& metrics) : connections_(metrics.connections()) {
    // Made before they happen, so that a first increase is seen as one. An idle connection that ends is ordinary life, not shed.
    constexpr std::array<std::string_view, 8> reasons{"connections",    "connections_per_address", "slow_request",  "malformed",
                                                      "body_too_large", "headers_too_large",       "accept_failed", "tls_handshake"};
    for (const auto reason : reasons) refused_.emplace(std::string(reason), metrics.shed(reason));
}

void EdgeObserver::connection_opened() noexcept {
    open_.fetch_add(1, std::memory_order_relaxed);
    connections_.add(1);
}

void EdgeObserver::connection_closed() noexcept {
    open_.fetch_sub(1, std::memory_order_relaxed);
    connections_.add(-1);
}

void EdgeObserver::refused(std::string_view reason) noexcept {
    if (const auto found = refused_.find(reason); found != refused_.end()) found->second.increment();
}

StoreMetrics::StoreMetrics(ops::Metrics& metrics) {
    constexpr std::array<std::string_view, 17> operations{"set_pause",     "requeue",     "forget_subscriber",
                                                         "accept",        "read_log",    "enrol",         "count_waiting",
                                                         "load_delivery", "save_delivery", "read_parked", "renew_leases",
                                                         "read_subscribers", "read_dead_letters", "read_payment", "read_due",
                                                         "maintain",      "find_dead_letter"};
    for (const auto operation : operations) {
        known_.emplace(std::string(operation), metrics.store_seconds(operation));
    }
}

void StoreMetrics::operation_took(std::string_view operation, std::chrono::nanoseconds time) noexcept {
    if (const auto found = known_.find(operation); found != known_.end()) found->second.observe(time);
}

RequeryMetrics::RequeryMetrics(const std::string& source, ops::Metrics& metrics, ops::Log& log) : metrics_(metrics), log_(log) {
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        by_kind_.push_back(metrics.requeries(source, provider::to_string(static_cast<provider::AnswerKind>(kind))));
    }
    metrics.expectations_lapsed(source);  // made before it happens, so that a first increase is seen as one
}

/// What stands in the way is told once, until something else does: an outage must not become a flood of lines.
void RequeryMetrics::asked(std::string_view source, provider::AnswerKind kind, std::string_view what) {
    by_kind_[static_cast<std::size_t>(kind)].increment();
    const bool is_news = kind != told_;
    told_ = kind;
    if (!is_news || provider::is_definite(kind)) return;
    const std::string masked = ops::mask_phones_in(what);  // a provider's own words
    log_.write(ops::Level::warning, "requery_failed", {{"source", source}, {"result", provider::to_string(kind)}, {"what", std::string_view(masked)}});
}

void RequeryMetrics::breaker(std::string_view source, bool open) {
    log_.write(open ? ops::Level::warning : ops::Level::info, open ? "requery_breaker_opened" : "requery_breaker_closed",
               {{"source", source}});
}

void RequeryMetrics::decided(std::string_view source, const std::vector<store::Accepted>& reports) {
    for (const auto& report : reports) {
        for (const auto& type : report.event_types) metrics_.events(source, type).increment();
        if (report.outcome == event::Outcome::conflict) metrics_.conflicts(source).increment();
    }
}

void RequeryMetrics::lapsed(std::string_view source, std::string_view alias) {
    metrics_.expectations_lapsed(source).increment();
    const auto named = event::alias_of(alias);
    if (!named) return;
    const std::string masked = ops::mask_phones_in(named->id);
    log_.write(ops::Level::warning, "expectation_lapsed", {{"source", source}, {to_string(named->kind), std::string_view(masked)}});
}

void RequeryMetrics::answer_lost(std::string_view source, const core::Error& error) {
    log_.write(ops::Level::error, "requery_answer_lost",
               {{"source", source}, {"error", core::to_string(error.code)}, {"message", std::string_view(error.message)}});
}

void WaitingMetrics::know(const std::string& source) {
    by_source_.try_emplace(source, Gauges{metrics_.expectations_open(source), metrics_.held(source)});
}

void WaitingMetrics::waiting(const std::vector<store::WaitingCount>& counts) {
    for (const auto& [source, gauges] : by_source_) {
        gauges.open.set(0);
        gauges.held.set(0);
    }
    for (const auto& count : counts) {
        know(count.source);
        const auto& gauges = by_source_.at(count.source);
        gauges.open.set(static_cast<double>(count.open));
        gauges.held.set(static_cast<double>(count.held));
    }
}

void WaitingMetrics::clock_was_set(const core::ClockStep& step) {
    log_.write(ops::Level::warning, "wall_clock_set",
               {{"by_ms", static_cast<std::int64_t>(step.by.count())},
                {"consequence", "questions to providers, and patience with payments, are shifted by as much"}});
}

void WaitingMetrics::unclaimed(std::string_view source, const std::vector<store::Accepted>& reports) {
    metrics_.requeries(source, "unclaimed").increment();
    for (const auto& report : reports) {
        for (const auto& type : report.event_types) metrics_.events(source, type).increment();
    }
    log_.write(ops::Level::warning, "held_published_unconfirmed",
               {{"source", source}, {"reason", "this source has no [source.requery] any more: nobody can confirm its final states"}});
}

SubscriberObserver::SubscriberObserver(const std::string& subscriber, ops::Metrics& metrics, ops::Log& log, SubscriberBoard& board)
    : subscriber_(subscriber),
      log_(log),
      board_(board),
      delivered_(metrics.deliveries(subscriber, "delivered")),
      failed_(metrics.deliveries(subscriber, "failed")),
      exhausted_(metrics.deliveries(subscriber, "exhausted")),
      superseded_(metrics.deliveries(subscriber, "superseded")),
      missing_(metrics.deliveries(subscriber, "missing")),
      dead_letters_(metrics.dead_letters(subscriber)),
      lag_(metrics.delivery_lag_seconds(subscriber)),
      parked_(metrics.parked(subscriber)),
      paused_(metrics.subscriber_paused(subscriber)),
      oldest_(metrics.oldest_undelivered_seconds(subscriber)) {
    board_.begin(subscriber);
    metrics.expired(subscriber);  // made before it happens, so that a first increase is seen as one
}

SubscriberObserver::~SubscriberObserver() {
    parked_.set(0);
    paused_.set(0);
    oldest_.set(0);
    board_.end(subscriber_);
}

void SubscriberObserver::delivery(std::string_view subscriber, std::string_view outcome, std::chrono::milliseconds lag) {
    if (outcome == "delivered") {
        delivered_.increment();
        lag_.observe(lag);
    } else if (outcome == "failed") {
        failed_.increment();
    } else if (outcome == "missing") {
        missing_.increment();
        log_.write(ops::Level::error, "parked_delivery_missing", {{"subscriber", subscriber}});
    } else {
        (outcome == "superseded" ? superseded_ : exhausted_).increment();
        dead_letters_.increment();
        log_.write(ops::Level::warning, "dead_letter", {{"subscriber", subscriber}, {"reason", outcome}});
    }
}

void SubscriberObserver::attempt_failed(std::string_view subscriber, std::string_view event_id, std::uint32_t attempt,
                                        std::string_view what) {
    log_.write(ops::Level::warning, "delivery_failed",
               {{"subscriber", subscriber},
                {"event_id", event_id},
                {"attempt", static_cast<std::int64_t>(attempt)},
                {"error", what}});
}

void SubscriberObserver::breaker(std::string_view subscriber, bool open) {
    board_.set_breaker(subscriber, open);
    log_.write(open ? ops::Level::error : ops::Level::info, open ? "subscriber_down" : "subscriber_recovered",
               {{"subscriber", subscriber}});
}

void SubscriberObserver::paused(std::string_view subscriber, std::string_view why) {
    board_.set_paused(subscriber, true);
    paused_.set(1);
    log_.write(ops::Level::error, "subscriber_paused", {{"subscriber", subscriber}, {"reason", why}});
}

void SubscriberObserver::resumed(std::string_view subscriber) {
    board_.set_paused(subscriber, false);
    paused_.set(0);
    log_.write(ops::Level::info, "subscriber_resumed", {{"subscriber", subscriber}});
}

void SubscriberObserver::backlog(std::string_view /*subscriber*/, std::size_t parked,
                                 std::chrono::milliseconds oldest_undelivered) {
    parked_.set(static_cast<double>(parked));
    oldest_.set(std::chrono::duration<double>(oldest_undelivered).count());
}

}  // namespace tollgate::app
