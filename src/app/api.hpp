// ApiHandler: the gateway's own listener: who asks, whether he may, and which endpoint answers.
#pragma once

#include <memory>

#include <tollgate/net/http_server.hpp>

#include "api_context.hpp"
#include "api_tokens.hpp"

namespace tollgate::app {

/// Lives on the control loop.
class ApiHandler final : public net::Handler {
  public:
    /// `sources`: may change between two requests; outlives this.
    ApiHandler(Stores& stores, ops::Metrics& metrics, boost::asio::io_context& loop, Tokens tokens,
               const std::vector<ops::SourceConfig>& sources)
        : context_{stores, metrics, loop, sources}, tokens_(std::move(tokens)) {}

    void handle(const net::Request& request, net::Responder responder) override;

    /// From the next request on.
    void set_tokens(Tokens tokens) { tokens_ = std::move(tokens); }

    /// From now on /readyz says 503: the gateway is about to end.
    void drain() noexcept { context_.draining = true; }

  private:
    ApiContext context_;
    Tokens tokens_;
    /// Held by every answer that the store is asked for.
    std::shared_ptr<const void> turns_ = std::make_shared<char>();
};

}  // namespace tollgate::app
