// ApiHandler: the gateway's own listener: liveness, readiness, metrics.
#pragma once

#include <tollgate/net/http_server.hpp>
#include <tollgate/ops/metrics.hpp>

#include "stores.hpp"

namespace tollgate::app {

/// Lives on the control loop.
class ApiHandler final : public net::Handler {
  public:
    ApiHandler(Stores& stores, ops::Metrics& metrics) : stores_(stores), metrics_(metrics) {}

    void handle(const net::Request& request, net::Responder responder) override;

    /// From now on /readyz says 503: the gateway is about to end.
    void drain() noexcept { draining_ = true; }

  private:
    void answer_readiness(net::Responder& responder) const;

    void measure_spool() const;

    Stores& stores_;
    ops::Metrics& metrics_;
    bool draining_ = false;
};

}  // namespace tollgate::app
