// HoneyCoin: the header X-Webhook-Signature is no signature, it carries the webhook secret itself. So it proves who
// sent a callback, but nothing about the body.
#include "honeycoin.hpp"

#include "registry.hpp"
#include "settings.hpp"
#include "shared_secrets.hpp"
#include "status_questions.hpp"

#include <algorithm>
#include <memory>

namespace tollgate::provider {
namespace honeycoin {
namespace {

constexpr std::string_view secret_header = "x-webhook-signature";

class HoneyCoin final : public Provider {
  public:
    explicit HoneyCoin(SourceSettings settings)
        : Provider(std::move(settings)), secrets_(Provider::settings().secrets) {}

    [[nodiscard]] std::string_view name() const noexcept override { return provider_name; }
    [[nodiscard]] event::Evidence evidence() const noexcept override { return event::Evidence::shared_secret; }

  protected:
    [[nodiscard]] core::Result<void> check(const RawCallback& callback) override {
        const auto header = callback.header(secret_header);
        if (header.count == 0) return refusal("no x-webhook-signature header");
        if (header.count > 1) return refusal("more than one x-webhook-signature header");
        if (!secrets_.match(header.value)) return refusal("the header's secret is none of ours");
        return {};
    }

    [[nodiscard]] core::Result<std::vector<event::Candidate>> understand(const VerifiedCallback& callback) override {
        const auto body = parser_.parse(callback.raw().body);
        is_json_ = body.has_value();
        if (!body) return body.error();
        return secrets_.cut_out(honeycoin::understand(*body));
    }

    [[nodiscard]] std::string without_secrets(std::string_view body) const override {
        return is_json_ ? secrets_.masked_json(body) : secrets_.masked_text(body);
    }

  private:
    static core::Error refusal(std::string_view why) { return {core::Errc::unauthenticated, std::string(why)}; }

    SharedSecrets secrets_;
    core::JsonParser parser_;
    bool is_json_ = false;  ///< the body that understand() saw last, which is the one whose secrets are cut out next
};

core::Result<std::unique_ptr<Provider>> make(SourceSettings settings) {
    const auto checked = check_secrets(settings, provider_name);
    if (!checked) return checked.error();
    if (!std::ranges::all_of(settings.secrets, fits_a_header))
        return wrong_setting("secrets: no header can carry one of them; leave out line ends and blanks around it");
    if (!settings.values.empty()) return wrong_setting(settings.values.front().first + ": honeycoin has no settings");
    std::unique_ptr<Provider> provider = std::make_unique<HoneyCoin>(std::move(settings));
    return provider;
}

core::Result<SignedRequest> sign(const SourceSettings& settings, std::string body) {
    const auto secret = first_secret(settings, provider_name);
    if (!secret) return secret.error();
    SignedRequest request;
    request.headers.emplace_back("content-type", "application/json");
    request.headers.emplace_back(secret_header, *secret);
    request.body = std::move(body);
    return request;
}

}  // namespace
}  // namespace honeycoin

ProviderEntry honeycoin_entry() {
    return {.name = honeycoin::provider_name,
            .secret_help = "the webhook secret, in the dashboard where the webhook URL is set",
            .evidence = event::Evidence::shared_secret,
            .make = &honeycoin::make,
            .sign = &honeycoin::sign,
            .sample = &honeycoin::sample,
            .samples = honeycoin::sample_names(),
            .settings = {},
            .aliases = {.merchant = true, .network = true},
            .status = {.base_url = "https://api-v2.honeycoin.app",
                       .credentials = honeycoin::status_credentials(),
                       .first_after = std::chrono::seconds(90),
                       .can_deny = true,
                       .asked_by = {.merchant = true},
                       .make = &honeycoin::make_status}};
}

}  // namespace tollgate::provider
