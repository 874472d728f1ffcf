// Implements the way from a listener's configuration to a client of it.
#include "own_client.hpp"

#include "setup.hpp"

namespace tollgate::app {

core::Result<net::ClientOptions> own_client(const ops::ListenAddress& listen, const ops::TlsFiles& tls, const std::string& target) {
    auto host = listen.host;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    net::ClientOptions options;
    const std::string scheme = tls.empty() ? "http://" : "https://";
    auto url = net::parse_url(scheme + host + ":" + std::to_string(listen.port) + target);
    if (url.has_error()) return url.error();
    options.url = std::move(*url);
    const auto certificate = certificate_of(tls);
    if (certificate.has_error()) return certificate.error();
    // It listens at an address, and proves a name.
    if (*certificate) options.tls_name = (*certificate)->dns_name();
    if (options.tls_name.starts_with("*.")) options.tls_name.replace(0, 1, "tollgate");
    return options;
}

}  // namespace tollgate::app
