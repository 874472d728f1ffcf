// ApiHandler: the gateway's own listener: who asks, whether he may, and which endpoint answers.
#pragma once

#include <memory>
#include <span>

#include <tollgate/net/http_server.hpp>

#include "api_context.hpp"
#include "api_tokens.hpp"
#include "pull_desk.hpp"

namespace tollgate::app {

/// Lives on the control loop.
class ApiHandler final : public net::Handler {
  public:
    /// `config`: its sources and subscribers may change between two requests; outlives this, as `board` and `log` do.
    ApiHandler(Stores& stores, ops::Metrics& metrics, ops::Log& log, boost::asio::io_context& loop, const ops::Config& config,
               SubscriberBoard& board)
        : log_(log), context_{stores, metrics, loop, config.sources, config.subscribers, pulls_, board}, tokens_(config.tokens) {}

    void handle(const net::Request& request, net::Responder responder) override;

    /// The configuration is another one by now: its tokens count from the next request on, and who waits for events by the old
    /// one is answered.
    void configuration_changed(Tokens tokens) {
        tokens_ = std::move(tokens);
        pulls_.hurry(false);
    }
    void log_grew(std::span<const store::Shard> shards) { pulls_.log_grew(shards); }
    /// From any thread: whether a growth that is not told would be missed.
    [[nodiscard]] bool awaits_growth() const noexcept { return !pulls_.empty(); }

    /// From now on /readyz says 503: the gateway is about to end. Nobody waits for events any more.
    void drain() {
        context_.draining = true;
        pulls_.hurry(true);
    }

  private:
    ops::Log& log_;
    PullDesk pulls_;
    ApiContext context_;
    Tokens tokens_;
    /// Held by every answer that the store is asked for.
    std::shared_ptr<const void> turns_ = std::make_shared<char>();
};

}  // namespace tollgate::app
