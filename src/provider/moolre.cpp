// Moolre: a static secret in the body, in one of two places, of JSON or of a form. It proves who sent a callback, but
// nothing about the rest of the body.
#include "moolre.hpp"

#include "fields.hpp"
#include "registry.hpp"
#include "settings.hpp"
#include "shared_secrets.hpp"

#include <array>
#include <memory>

namespace tollgate::provider {
namespace moolre {
namespace {

constexpr std::string_view currency_key = "currency";
constexpr std::array settings_keys{
    SettingKey{currency_key, "of the account, since callbacks do not name it; GHS unless said otherwise", "\"GHS\""},
};

class Moolre final : public Provider {
  public:
    Moolre(SourceSettings settings, std::string currency)
        : Provider(std::move(settings)), secrets_(Provider::settings().secrets), currency_(std::move(currency)) {}

    [[nodiscard]] std::string_view name() const noexcept override { return provider_name; }
    [[nodiscard]] event::Evidence evidence() const noexcept override { return event::Evidence::shared_secret; }

  protected:
    [[nodiscard]] core::Result<void> check(const RawCallback& callback) override {
        const auto found = find_secret(callback.body, lenient_parser_);
        if (!found) return found.error();
        if (!secrets_.match(found->value))
            return core::Error(core::Errc::unauthenticated, "the body's secret is none of ours");
        return {};
    }

    [[nodiscard]] core::Result<std::vector<event::Candidate>> understand(const VerifiedCallback& callback) override {
        std::string_view text = callback.raw().body;
        std::string rewritten;
        if (!is_json(text)) {
            const auto fields = parse_form(text);
            if (!fields) return fields.error();
            auto json = form_json(*fields);
            if (!json) return json.error();
            rewritten = *std::move(json);
            text = rewritten;
        }
        const auto body = parser_.parse(text);
        if (!body) return body.error();
        return secrets_.cut_out(moolre::understand(*body, currency_));
    }

    /// What is verified is JSON or a form, for otherwise nobody would have found its secret.
    [[nodiscard]] std::string without_secrets(std::string_view body) const override {
        return is_json(body) ? secrets_.masked_json(masked_json(std::string(body), secret_name))
                             : secrets_.masked_text(masked_form(body));
    }

  private:
    SharedSecrets secrets_;
    std::string currency_;
    core::JsonParser lenient_parser_{{.allow_duplicate_keys = true}};
    core::JsonParser parser_;
};

core::Result<std::unique_ptr<Provider>> make(SourceSettings settings) {
    const auto checked = check_secrets(settings, provider_name);
    if (!checked) return checked.error();
    auto currency = read_currency(settings.values);
    if (!currency) return currency.error();
    std::unique_ptr<Provider> provider = std::make_unique<Moolre>(std::move(settings), *std::move(currency));
    return provider;
}

core::Result<SignedRequest> sign(const SourceSettings& settings, std::string body) {
    const auto secret = first_secret(settings, provider_name);
    if (!secret) return secret.error();
    SignedRequest request;
    const std::string_view type = is_json(body) ? "application/json" : "application/x-www-form-urlencoded";
    request.headers.emplace_back("content-type", type);
    auto filled = with_secret(std::move(body), *secret);
    if (!filled) return filled.error();
    request.body = *std::move(filled);
    return request;
}

}  // namespace

core::Result<std::string> read_currency(const std::vector<std::pair<std::string, std::string>>& values) {
    std::string currency(default_currency);
    for (const auto& [key, value] : values) {
        if (key != currency_key) return wrong_setting(key + ": moolre has no such setting; it has currency");
        if (!is_currency_code(value)) return wrong_setting(key + ": three capital letters, as in \"GHS\"");
        currency = value;
    }
    return currency;
}

}  // namespace moolre

ProviderEntry moolre_entry() {
    return {.name = moolre::provider_name,
            .secret_help = "the secret that every callback of the account carries in its body",
            .evidence = event::Evidence::shared_secret,
            .make = &moolre::make,
            .sign = &moolre::sign,
            .sample = &moolre::sample,
            .samples = moolre::sample_names(),
            .settings = moolre::settings_keys,
            .aliases = {.provider = true, .network = true},
            .status = moolre::status_entry()};
}

}  // namespace tollgate::provider
