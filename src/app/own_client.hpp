// How this machine's own listeners are reached by the commands that speak to a running gateway.
#pragma once

#include <string>

#include <tollgate/core/result.hpp>
#include <tollgate/net/http_client.hpp>
#include <tollgate/ops/config.hpp>

namespace tollgate::app {

/// A client of the listener at `listen`, as seen from this machine, https when it has a certificate. `target`: path and query.
/// Errors: its certificate cannot be used.
core::Result<net::ClientOptions> own_client(const ops::ListenAddress& listen, const ops::TlsFiles& tls, const std::string& target);

}  // namespace tollgate::app
