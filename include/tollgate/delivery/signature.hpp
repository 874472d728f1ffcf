// Standard Webhooks signatures: how a subscriber knows that a delivery is ours.
#pragma once

#include <tollgate/core/clock.hpp>
#include <tollgate/core/crypto.hpp>
#include <tollgate/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::delivery {

/// Signs `id.timestamp.body` with every secret of a subscriber. Source: Standard Webhooks specification, "Signature
/// scheme". Not thread-safe.
class WebhookSigner {
  public:
    /// Secrets as `whsec_` and base64 of 24 to 64 bytes. Errors: Errc::invalid_argument, without the secret.
    static core::Result<WebhookSigner> create(const std::vector<std::string>& secrets);

    /// The value of webhook-signature: "v1,BASE64" once per secret, separated by a space. `timestamp_s`: Unix seconds
    /// of the attempt.
    std::string sign(std::string_view id, std::int64_t timestamp_s, std::string_view body);

  private:
    explicit WebhookSigner(std::vector<core::Hmac> keys) : keys_(std::move(keys)) {}
    std::vector<core::Hmac> keys_;
};

}  // namespace tollgate::delivery
