// Standard Webhooks signatures, version 1: HMAC-SHA256 with a symmetric secret.
#include <tollgate/delivery/signature.hpp>

#include <string>

namespace tollgate::delivery {

namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t shortest_key = 24;
constexpr std::size_t longest_key = 64;

}  // namespace

core::Result<WebhookSigner> WebhookSigner::create(const std::vector<std::string>& secrets) {
    using core::Errc;
    using core::Error;
    if (secrets.empty()) return Error(Errc::invalid_argument, "a subscriber needs at least one secret");
    std::vector<core::Hmac> keys;
    keys.reserve(secrets.size());
    for (const std::string& secret : secrets) {
        if (!std::string_view(secret).starts_with(prefix)) {
            return Error(Errc::invalid_argument, "a subscriber's secret has to start with whsec_");
        }
        const core::Result<std::string> key = core::from_base64(std::string_view(secret).substr(prefix.size()));
        if (!key) return Error(Errc::invalid_argument, "a subscriber's secret has to be base64 behind whsec_");
        if (key->size() < shortest_key || key->size() > longest_key) {
            return Error(Errc::invalid_argument, "a subscriber's secret has to be base64 of 24 to 64 bytes");
        }
        keys.emplace_back(core::HashAlgorithm::sha256, *key);
    }
    return WebhookSigner(std::move(keys));
}

std::string WebhookSigner::sign(std::string_view id, std::int64_t timestamp_s, std::string_view body) {
    const std::string timestamp = std::to_string(timestamp_s);
    std::string signatures;
    for (core::Hmac& key : keys_) {
        if (!signatures.empty()) signatures += ' ';
        signatures += "v1,";
        signatures += core::to_base64(key.sign({id, ".", timestamp, ".", body}));
    }
    return signatures;
}

}  // namespace tollgate::delivery
