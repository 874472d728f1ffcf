// Implements Receiver: route > verify raw bytes > normalise > store.accept > ACK.
#include <string_view>
#include <unordered_map>
#include <utility>

#include <tollgate/receiver/receiver.hpp>

#include "accept_queue.hpp"
#include "route.hpp"

namespace tollgate::receiver {
namespace {

constexpr std::string_view json = "application/json";

struct PathHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view path) const noexcept { return std::hash<std::string_view>{}(path); }
};

/// The outcome that a callback of several candidates is counted by: the first that was news, else the first. What is only spooled
/// is so as a whole.
CallbackOutcome outcome_of(const std::vector<store::Accepted>& results) {
    if (results.front().spooled) return CallbackOutcome::spooled;
    for (const auto& result : results) {
        if (result.outcome != event::Outcome::duplicate && result.outcome != event::Outcome::stale) {
            return to_callback_outcome(result.outcome);
        }
    }
    return to_callback_outcome(results.front().outcome);
}

}  // namespace

struct Receiver::State final : AcceptListener {
    State(boost::asio::io_context& loop, store::Store& store, const core::Clock& clock_, ops::Metrics& metrics_, ops::Log& log_,
          ReceiverLimits limits)
        : clock(clock_),
          metrics(metrics_),
          log(log_),
          shed_store(metrics.shed("store")),
          shed_pending(metrics.shed("pending")),
          queue(std::make_shared<AcceptQueue>(loop, store, clock_, *this, limits)) {}
    ~State() override { queue->detach(); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void accepted(WaitingCallback& callback, const std::vector<store::Accepted>& results) override;
    void not_accepted(WaitingCallback& callback, const core::Error& error) override;
    void refuse(Route& route, const core::Error& error, net::Responder responder);
    [[nodiscard]] bool is_allowed(const Route& route, const net::Request& request) const {
        const auto client = net::client_address(request, trusted_proxies);
        return client && route.allow().contains(*client);
    }

    const core::Clock& clock;
    ops::Metrics& metrics;
    ops::Log& log;
    ops::Counter shed_store;
    ops::Counter shed_pending;
    std::unordered_map<std::string, std::shared_ptr<Route>, PathHash, std::equal_to<>> routes;
    // The same bytes for every refusal: a forger learns nothing from the answer.
    net::PreparedResponse unauthorized{401, json, R"({"error":{"code":"unauthorized","message":"not authenticated"}})"};
    net::PreparedResponse not_found{404, json, R"({"error":{"code":"not_found","message":"no source has this path"}})"};
    net::PreparedResponse wrong_method{405, json, R"({"error":{"code":"invalid_request","message":"use POST or PUT"}})",
                                       "Allow: POST, PUT\r\n"};
    net::PreparedResponse unavailable{
        503, json, R"({"error":{"code":"unavailable","message":"not stored; send it again"}})", "Retry-After: 1\r\n"};
    core::SteadyTime next_store_line{};
    net::AddressRanges trusted_proxies;
    std::shared_ptr<AcceptQueue> queue;
};

void Receiver::State::accepted(WaitingCallback& callback, const std::vector<store::Accepted>& results) {
    auto& route = *callback.route;
    route.count(outcome_of(results));
    route.observe_ack(clock.steady() - callback.arrived);
    for (std::size_t i = 0; i < results.size(); ++i) {
        for (const auto& type : results[i].event_types) route.count_event(type);
        if (results[i].lateness) route.observe_lateness(*results[i].lateness);
        if (results[i].spooled) continue;
        const auto alarming = results[i].outcome;
        if (alarming == event::Outcome::conflict || alarming == event::Outcome::unrecognised ||
            alarming == event::Outcome::overflow) {
            log.write(ops::Level::warning, "callback_needs_attention",
                      {{"source", std::string_view(route.source())},
                       {"outcome", event::to_string(alarming)},
                       {"reference", std::string_view(callback.references[i])}});
        }
    }
    // Last: whoever has the ACK finds it counted.
    callback.responder.send(route.acknowledgement());
}

void Receiver::State::not_accepted(WaitingCallback& callback, const core::Error& error) {
    // Unknown counts as not stored: the provider repeats, and a repeat of what was stored after all is a duplicate.
    callback.route->count(CallbackOutcome::unavailable);
    shed_store.increment();
    callback.responder.send(unavailable);
    const auto now = clock.steady();
    if (now < next_store_line) return;
    next_store_line = now + std::chrono::seconds(1);
    log.write(ops::Level::error, "store_refused",
              {{"error", core::to_string(error.code)}, {"message", std::string_view(error.message)}});
}

void Receiver::State::refuse(Route& route, const core::Error& error, net::Responder responder) {
    route.count(error.code == core::Errc::ambiguous ? CallbackOutcome::ambiguous : CallbackOutcome::refused);
    responder.send(unauthorized);
    if (route.may_log_refusal(clock.steady())) {
        log.write(ops::Level::warning, "callback_refused",
                  {{"source", std::string_view(route.source())}, {"reason", std::string_view(error.message)}});
    }
}

Receiver::Receiver(boost::asio::io_context& loop, store::Store& store, const core::Clock& clock, ops::Metrics& metrics,
                   ops::Log& log, ReceiverLimits limits)
    : state_(std::make_shared<State>(loop, store, clock, metrics, log, limits)) {}

Receiver::~Receiver() = default;

core::Result<void> Receiver::set_routes(std::vector<SourceRoute> routes) {
    decltype(state_->routes) fresh;
    for (auto& spec : routes) {
        auto route = Route::make(std::move(spec), state_->metrics);
        if (route.has_error()) return route.error();
        fresh.emplace((*route)->path(), *route);
    }
    state_->routes = std::move(fresh);
    return {};
}

void Receiver::trust_proxies(net::AddressRanges proxies) {
    state_->trusted_proxies = std::move(proxies);
}

void Receiver::handle(const net::Request& request, net::Responder responder) {
    auto& state = *state_;
    const auto found = state.routes.find(request.path);
    if (found == state.routes.end()) return responder.send(state.not_found, true);
    if (request.method != "POST" && request.method != "PUT") return responder.send(state.wrong_method, true);

    const auto arrived = state.clock.steady();
    auto& route = *found->second;
    if (!route.allow().empty() && !state.is_allowed(route, request)) {
        const core::Error refusal(core::Errc::unauthenticated, "the sender's address is not in the source's allow");
        return state.refuse(route, refusal, std::move(responder));
    }
    const provider::RawCallback raw{request.method, request.path, request.headers, request.find("content-type").value,
                                    request.body, state.clock.wall()};
    auto verified = route.provider().verify(raw);
    if (verified.has_error()) return state.refuse(route, verified.error(), std::move(responder));

    WaitingCallback callback{found->second, std::move(responder), arrived, false, route.provider().normalise(*verified), {}};
    for (auto& candidate : callback.candidates) {
        if (route.terms()) candidate.terms = route.terms();
        candidate.links = route.other_ids();
    }
    if (state.queue->push(callback)) return;
    route.count(CallbackOutcome::shed);
    state.shed_pending.increment();
    callback.responder.send(state.unavailable);
}

}  // namespace tollgate::receiver
