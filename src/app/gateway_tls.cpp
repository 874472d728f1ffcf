// Implements Gateway's certificates: loaded at the start, and again with every reload.
#include "gateway.hpp"
#include "setup.hpp"

namespace tollgate::app {

core::Result<Gateway::Certificates> Gateway::certificates_of(const ops::Config& config) {
    Certificates certificates;
    for (const auto& [files, loaded] :
         {std::pair(&config.receiver.tls, &certificates.receiver), std::pair(&config.api.tls, &certificates.api)}) {
        auto certificate = certificate_of(*files);
        if (certificate.has_error()) return certificate.error();
        *loaded = std::move(*certificate);
    }
    return certificates;
}

core::Result<void> Gateway::load_certificates() {
    auto certificates = certificates_of(config_);
    if (certificates.has_error()) return certificates.error();
    for (const auto& [listener, certificate] :
         {std::pair(&receiver_listener_, &certificates->receiver), std::pair(&api_listener_, &certificates->api)}) {
        if (!*certificate) continue;
        listener->tls = std::make_shared<net::ServerTls>(**certificate);
        tell_of(*listener, **certificate);
    }
    return {};
}

void Gateway::put_certificate(Listener& listener, const net::ServerCertificate& certificate) {
    if (!listener.tls) return;  // HTTPS begins with a restart
    listener.tls->replace(certificate);
    tell_of(listener, certificate);
}

/// It is served all the same: peers decide what they believe, and an old certificate is better than a closed port.
void Gateway::tell_of(const Listener& listener, const net::ServerCertificate& certificate) {
    const auto now = clock_.wall();
    const bool is_valid = certificate.valid_from() <= now && now < certificate.valid_until();
    const auto from = core::format_rfc3339(certificate.valid_from());
    const auto until = core::format_rfc3339(certificate.valid_until());
    log_.write(is_valid ? ops::Level::info : ops::Level::warning, is_valid ? "certificate" : "certificate_not_valid",
               {{"listener", listener.name},
                {"valid_from", std::string_view(from)},
                {"valid_until", std::string_view(until)}});
}

}  // namespace tollgate::app
