// Makes a source, a sample and its signature with the provider's own entry in the registry.
#include "micro/callback.hpp"

#include <stdexcept>

namespace tollgate::micro {
namespace {

template <class T>
T good(core::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

const provider::ProviderEntry* entry_of(std::string_view name) {
    const auto* const entry = provider::find_provider(name);
    if (entry == nullptr) throw std::runtime_error("no provider called " + std::string(name));
    return entry;
}

}  // namespace

Callback::Callback(std::string_view provider, std::string_view sample, Signer signer)
    : settings_{"bench", {"sk_bench_0123456789abcdef0123456789abcdef"}, {}}, entry_(entry_of(provider)) {
    // What its configuration must say, with the example that the provider itself gives, as `tollgate init` prints it.
    for (const auto& key : entry_->settings) {
        if (!key.required) continue;
        std::string value(key.example);
        if (value.size() > 1 && value.front() == '"') value = value.substr(1, value.size() - 2);
        settings_.values.emplace_back(key.name, std::move(value));
    }
    provider_ = good(entry_->make(settings_));
    auto signing = settings_;
    if (signer == Signer::forger) signing.secrets = {"sk_forged_123456789abcdef0123456789abcdef"};
    request_ = good(entry_->sign(signing, good(entry_->sample(settings_, sample))));
    for (const auto& [name, value] : request_.headers) headers_.push_back({name, value});
}

provider::RawCallback Callback::raw() const noexcept {
    provider::RawCallback raw;
    raw.method = "POST";
    raw.path = "/in/bench";
    raw.headers = headers_;
    raw.body = request_.body;
    raw.content_type = raw.header("content-type").value;
    raw.received_at = core::WallTime(std::chrono::milliseconds(1'780'000'000'000));
    return raw;
}

event::Candidate Callback::candidate() {
    const auto verified = provider_->verify(raw());
    if (!verified) throw std::runtime_error(verified.error().message);
    return provider_->normalise(*verified).front();
}

std::string Callback::http_request(std::string_view path) const {
    std::string text = "POST " + std::string(path) + " HTTP/1.1\r\nHost: gateway\r\n";
    for (const auto& [name, value] : request_.headers) text += name + ": " + value + "\r\n";
    return text + "Content-Length: " + std::to_string(request_.body.size()) + "\r\n\r\n" + request_.body;
}

}  // namespace tollgate::micro
