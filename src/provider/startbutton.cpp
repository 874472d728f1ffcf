// Startbutton: HMAC-SHA512 over the raw body, lower hex in x-startbutton-signature, keyed with the merchant's secret
// API key.
#include "startbutton.hpp"

#include "fields.hpp"
#include "registry.hpp"
#include "settings.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/ops/config.hpp>

#include <algorithm>
#include <array>
#include <memory>

namespace tollgate::provider {
namespace startbutton {
namespace {

constexpr std::size_t signature_size = 64;
constexpr std::string_view exponent_prefix = "exponents.";
constexpr std::array settings_keys{
    SettingKey{"exponents.*", "decimals of the fractional units, where they are not 2", "{ UGX = 2 }"},
    SettingKey{settlement_setting, "how long a settlement may take before it is asked for, once", "\"5d\""},
};

class Startbutton final : public Provider {
  public:
    Startbutton(SourceSettings settings, Exponents exponents)
        : Provider(std::move(settings)), exponents_(std::move(exponents)) {
        for (const std::string& secret : Provider::settings().secrets)
            macs_.emplace_back(core::HashAlgorithm::sha512, secret);
    }

    [[nodiscard]] std::string_view name() const noexcept override { return provider_name; }
    [[nodiscard]] event::Evidence evidence() const noexcept override { return event::Evidence::signature; }

  protected:
    [[nodiscard]] core::Result<void> check(const RawCallback& callback) override {
        const auto header = callback.header(signature_header);
        if (header.count == 0) return refusal("no x-startbutton-signature header");
        if (header.count > 1) return refusal("more than one x-startbutton-signature header");
        std::array<std::uint8_t, signature_size> given{};
        if (!core::from_lower_hex(header.value, given))
            return refusal("the signature is not 128 lower-case hex digits");

        // Every secret is tried, whichever matches: time must not tell which one is in use.
        bool matches = false;
        for (core::Hmac& mac : macs_) matches = core::equal_constant_time(mac.sign(callback.body), given) || matches;
        if (!matches) return refusal("the signature matches no secret");
        return {};
    }

    [[nodiscard]] core::Result<std::vector<event::Candidate>> understand(const VerifiedCallback& callback) override {
        const auto body = parser_.parse(callback.raw().body);
        is_json_ = body.has_value();
        if (!body) return body.error();
        return startbutton::understand(*body, exponents_);
    }

    [[nodiscard]] std::string without_secrets(std::string_view body) const override {
        return is_json_ ? masked_json(std::string(body), secret_name) : masked_text(body, secret_name);
    }

  private:
    static core::Error refusal(std::string_view why) { return {core::Errc::unauthenticated, std::string(why)}; }

    Exponents exponents_;
    std::vector<core::Hmac> macs_;
    core::JsonParser parser_;
    bool is_json_ = false;  ///< the body that understand() saw last, which is the one whose secrets are cut out next
};

core::Result<std::unique_ptr<Provider>> make(SourceSettings settings) {
    const auto checked = check_secrets(settings, provider_name);
    if (!checked) return checked.error();
    auto exponents = read_exponents(settings.values);
    if (!exponents) return exponents.error();
    std::unique_ptr<Provider> provider = std::make_unique<Startbutton>(std::move(settings), *std::move(exponents));
    return provider;
}

}  // namespace

core::Result<void> Exponents::set(std::string_view currency, std::string_view exponent) {
    if (!is_currency_code(currency))
        return wrong_setting("a currency is three capital letters, as in exponents = { UGX = 2 }");
    if (exponent.size() != 1 || exponent.front() < '0' || exponent.front() > '6')
        return wrong_setting("the decimals of a fractional unit are an integer from 0 to 6");
    overrides_.emplace_back(currency, static_cast<unsigned>(exponent.front() - '0'));
    return {};
}

unsigned Exponents::of(std::string_view currency) const noexcept {
    constexpr unsigned usual = 2;
    const auto found = std::ranges::find(overrides_, currency, &std::pair<std::string, unsigned>::first);
    return found == overrides_.end() ? usual : found->second;
}

core::Result<Exponents> read_exponents(const std::vector<std::pair<std::string, std::string>>& values) {
    Exponents exponents;
    for (const auto& [key, value] : values) {
        if (key == settlement_setting) {
            const auto duration = ops::parse_duration(value);
            if (!duration || duration->count() <= 0)
                return wrong_setting(key + ": how long a settlement may take, as in \"5d\"");
            continue;
        }
        if (!key.starts_with(exponent_prefix))
            return wrong_setting(key + ": startbutton has no such setting; it has exponents, expect_settlement");
        const auto set = exponents.set(std::string_view(key).substr(exponent_prefix.size()), value);
        if (!set) return wrong_setting(key + ": " + set.error().message);
    }
    return exponents;
}

core::Result<SignedRequest> sign(const SourceSettings& settings, std::string body) {
    const auto secret = first_secret(settings, provider_name);
    if (!secret) return secret.error();
    core::Hmac mac(core::HashAlgorithm::sha512, *secret);
    SignedRequest request;
    request.headers.emplace_back("content-type", "application/json");
    request.headers.emplace_back(signature_header, core::to_hex(mac.sign(body)));
    request.body = std::move(body);
    return request;
}

}  // namespace startbutton

ProviderEntry startbutton_entry() {
    return {.name = startbutton::provider_name,
            .secret_help = "the secret API key, in the dashboard under Settings",
            .evidence = event::Evidence::signature,
            .make = &startbutton::make,
            .sign = &startbutton::sign,
            .sample = &startbutton::sample,
            .samples = startbutton::sample_names(),
            .settings = startbutton::settings_keys,
            .aliases = {.merchant = true},
            .status = startbutton::status_entry()};
}

}  // namespace tollgate::provider
