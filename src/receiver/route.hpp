// Route: one source as a loop serves it: its provider, its ready-made ACK and its counters.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <tollgate/net/http_types.hpp>
#include <tollgate/ops/metrics.hpp>
#include <tollgate/provider/provider.hpp>
#include <tollgate/receiver/receiver.hpp>

namespace tollgate::receiver {

/// What a callback came to, as callbacks_total{outcome} says it.
enum class CallbackOutcome : std::uint8_t {
    accepted,
    duplicate,
    stale,
    conflict,
    unrecognised,
    held,
    overflow,
    spooled,      ///< durable on this machine, and not decided yet: the store was away
    refused,      ///< 401
    ambiguous,    ///< 401: the signature holds, but also for another callback than this one
    unavailable,  ///< 503: the store did not take it
    shed,         ///< 503: too many were waiting for the store
};
inline constexpr std::size_t callback_outcomes = 12;
std::string_view to_string(CallbackOutcome outcome) noexcept;
CallbackOutcome to_callback_outcome(event::Outcome outcome) noexcept;

/// Lives on one loop. Requests in progress share it, so that a reload does not pull it away under them.
class Route {
  public:
    /// Errors: those of ProviderEntry::make.
    static core::Result<std::shared_ptr<Route>> make(SourceRoute route, ops::Metrics& metrics);
    Route(SourceRoute route, std::unique_ptr<provider::Provider> provider, ops::Metrics& metrics);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] const std::string& source() const noexcept { return source_; }
    [[nodiscard]] const net::AddressRanges& allow() const noexcept { return allow_; }
    [[nodiscard]] const std::optional<event::Terms>& terms() const noexcept { return terms_; }
    [[nodiscard]] bool other_ids() const noexcept { return other_ids_; }
    [[nodiscard]] provider::Provider& provider() noexcept { return *provider_; }
    [[nodiscard]] const net::PreparedResponse& acknowledgement() const noexcept { return acknowledgement_; }

    void count(CallbackOutcome outcome) const { outcomes_[static_cast<std::size_t>(outcome)].increment(); }
    void count_event(std::string_view type);
    void observe_lateness(std::chrono::nanoseconds time) const { lateness_seconds_.observe(time); }
    void observe_ack(std::chrono::nanoseconds time) const { ack_seconds_.observe(time); }

    /// True at most once a second: a flood of forgeries must not become a flood of log lines.
    bool may_log_refusal(core::SteadyTime now) noexcept;

  private:
    std::string source_;
    std::string path_;
    net::AddressRanges allow_;
    std::optional<event::Terms> terms_;
    bool other_ids_;
    std::unique_ptr<provider::Provider> provider_;
    net::PreparedResponse acknowledgement_;
    ops::Metrics& metrics_;
    std::array<ops::Counter, callback_outcomes> outcomes_;
    ops::Histogram ack_seconds_;
    ops::Histogram lateness_seconds_;
    ops::Counter conflicts_;
    std::unordered_map<std::string_view, ops::Counter> events_;  ///< by event::type_of()
    core::SteadyTime next_refusal_line_{};
};

}  // namespace tollgate::receiver
