// The table of everything that the API answers.
#include <array>

#include "api_endpoints.hpp"

namespace tollgate::app {

std::span<const Route> api_routes() noexcept {
    static constexpr std::array routes{
        Route{"GET", "/", Scope::none, &get_dashboard},
        Route{"GET", "/livez", Scope::none, &get_liveness},
        Route{"GET", "/readyz", Scope::none, &get_readiness},
        Route{"GET", "/metrics", Scope::none, &get_metrics},
        Route{"GET", "/v1/openapi.json", Scope::none, &get_openapi},
        Route{"GET", "/v1/payments/{source}/{reference}", Scope::read, &get_payment},
        Route{"POST", "/v1/payments/{source}/{reference}/resolve", Scope::operate, &post_resolution},
        Route{"POST", "/v1/expectations", Scope::expect, &post_expectation},
        Route{"POST", "/v1/sources/{name}/requery", Scope::operate, &post_requery},
        Route{"GET", "/v1/events", Scope::read, &get_events},
        Route{"GET", "/v1/subscribers", Scope::read, &get_subscribers},
        Route{"GET", "/v1/subscribers/{name}/dead-letters", Scope::read, &get_dead_letters},
        Route{"GET", "/v1/subscribers/{name}/events", Scope::pull, &get_pulled_events},
        Route{"POST", "/v1/subscribers/{name}/ack", Scope::pull, &post_acknowledgement},
        Route{"POST", "/v1/subscribers/{name}/pause", Scope::operate, &post_pause},
        Route{"POST", "/v1/subscribers/{name}/resume", Scope::operate, &post_resume},
        Route{"POST", "/v1/subscribers/{name}/forget", Scope::operate, &post_forget},
        Route{"POST", "/v1/subscribers/{name}/replay", Scope::operate, &post_replay},
    };
    return routes;
}

}  // namespace tollgate::app
