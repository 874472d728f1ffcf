// Implements Route: counters are looked up once, when the route is made.
#include "route.hpp"

#include <utility>

namespace tollgate::receiver {
namespace {

template <std::size_t... I>
std::array<ops::Counter, callback_outcomes> outcome_counters(ops::Metrics& metrics, const std::string& source,
                                                             std::index_sequence<I...> /*all*/) {
    return {metrics.callbacks(source, to_string(static_cast<CallbackOutcome>(I)))...};
}

}  // namespace

std::string_view to_string(CallbackOutcome outcome) noexcept {
    switch (outcome) {
        case CallbackOutcome::accepted:
            return "accepted";
        case CallbackOutcome::duplicate:
            return "duplicate";
        case CallbackOutcome::stale:
            return "stale";
        case CallbackOutcome::conflict:
            return "conflict";
        case CallbackOutcome::unrecognised:
            return "unrecognised";
        case CallbackOutcome::held:
            return "held";
        case CallbackOutcome::overflow:
            return "overflow";
        case CallbackOutcome::spooled:
            return "spooled";
        case CallbackOutcome::refused:
            return "refused";
        case CallbackOutcome::ambiguous:
            return "ambiguous";
        case CallbackOutcome::unavailable:
            return "unavailable";
        case CallbackOutcome::shed:
            return "shed";
    }
    return "";
}

CallbackOutcome to_callback_outcome(event::Outcome outcome) noexcept {
    switch (outcome) {
        case event::Outcome::accepted:
            return CallbackOutcome::accepted;
        case event::Outcome::duplicate:
            return CallbackOutcome::duplicate;
        case event::Outcome::stale:
            return CallbackOutcome::stale;
        case event::Outcome::conflict:
            return CallbackOutcome::conflict;
        case event::Outcome::unrecognised:
            return CallbackOutcome::unrecognised;
        case event::Outcome::held:
            return CallbackOutcome::held;
        case event::Outcome::lapsed:
            return CallbackOutcome::stale;  // never of a callback
        case event::Outcome::overflow:
            return CallbackOutcome::overflow;
    }
    return CallbackOutcome::duplicate;
}

core::Result<std::shared_ptr<Route>> Route::make(SourceRoute route, ops::Metrics& metrics) {
    auto provider = route.provider->make(route.settings);
    if (provider.has_error()) return provider.error();
    return std::make_shared<Route>(std::move(route), std::move(*provider), metrics);
}

Route::Route(SourceRoute route, std::unique_ptr<provider::Provider> provider, ops::Metrics& metrics)
    : source_(std::move(route.settings.name)),
      path_(std::move(route.path)),
      allow_(std::move(route.allow)),
      terms_(route.terms),
      other_ids_(route.other_ids),
      provider_(std::move(provider)),
      acknowledgement_(200, "application/json", provider_->acknowledgement()),
      metrics_(metrics),
      outcomes_(outcome_counters(metrics, source_, std::make_index_sequence<callback_outcomes>{})),
      ack_seconds_(metrics.ack_seconds(source_)),
      lateness_seconds_(metrics.callback_lateness_seconds(source_)),
      conflicts_(metrics.conflicts(source_)) {}

void Route::count_event(std::string_view type) {
    auto found = events_.find(type);
    if (found == events_.end()) found = events_.emplace(type, metrics_.events(source_, type)).first;
    found->second.increment();
    if (type.ends_with(".conflict")) conflicts_.increment();
}

bool Route::may_log_refusal(core::SteadyTime now) noexcept {
    if (now < next_refusal_line_) return false;
    next_refusal_line_ = now + std::chrono::seconds(1);
    return true;
}

}  // namespace tollgate::receiver
