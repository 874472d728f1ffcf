// The table of everything that the API answers.
#include <array>

#include "api_endpoints.hpp"

namespace tollgate::app {

std::span<const Route> api_routes() noexcept {
    static constexpr std::array routes{
        Route{"GET", "/livez", Scope::none, &get_liveness},
        Route{"GET", "/readyz", Scope::none, &get_readiness},
        Route{"GET", "/metrics", Scope::none, &get_metrics},
        Route{"GET", "/v1/openapi.json", Scope::none, &get_openapi},
        Route{"GET", "/v1/payments/{source}/{reference}", Scope::read, &get_payment},
        Route{"GET", "/v1/events", Scope::read, &get_events},
        Route{"GET", "/v1/subscribers/{name}/dead-letters", Scope::read, &get_dead_letters},
    };
    return routes;
}

}  // namespace tollgate::app
