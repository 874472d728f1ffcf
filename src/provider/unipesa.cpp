// Unipesa-type platforms: HMAC-SHA512 over the names and values of the body, lower hex in its member `signature`.
#include "unipesa.hpp"

#include "registry.hpp"
#include "settings.hpp"

#include <tollgate/core/crypto.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace tollgate::provider {
namespace unipesa {
namespace {

constexpr std::size_t signature_size = 64;
using Signature = std::array<std::uint8_t, signature_size>;

constexpr std::array settings_keys{
    SettingKey{merchant_setting, "your merchant id at the platform; callbacks of another one are refused",
               "\"e0fecd91fcb24f348048193b3fb34875\"", true},
    SettingKey{currency_setting, "of callbacks that name none, if all your payments have the same", "\"KES\""},
};

/// Deep enough to say itself what is nested too deep, with the members of a PHP array.
constexpr core::JsonLimits json_limits{SignedText::max_depth + 1, true};

/// The one `signature` of the body itself.
std::optional<Signature> signature_in(core::JsonValue body) {
    std::optional<Signature> found;
    if (!body.is(core::JsonType::object)) return found;
    for (auto member = body.first_child(); member.exists(); member = member.next_sibling()) {
        if (member.key() != signature_member) continue;
        const auto text = member.string();
        Signature bytes{};
        if (found || !text || !core::from_lower_hex(*text, bytes)) return std::nullopt;
        found = bytes;
    }
    return found;
}

class Unipesa final : public Provider {
  public:
    explicit Unipesa(SourceSettings settings) : Provider(std::move(settings)), parser_(json_limits) {
        for (const std::string& secret : Provider::settings().secrets)
            macs_.emplace_back(core::HashAlgorithm::sha512, secret);
    }

    [[nodiscard]] std::string_view name() const noexcept override { return provider_name; }
    [[nodiscard]] event::Evidence evidence() const noexcept override { return event::Evidence::signature; }

  protected:
    [[nodiscard]] core::Result<void> check(const RawCallback& callback) override {
        checked_.assign(callback.body);
        reading_ = Reading::stranger;
        const auto body = parser_.parse(checked_);
        if (!body) return refusal("the body, whose members are signed, is " + body.error().message);
        body_ = *body;
        const auto given = signature_in(body_);
        if (!given) return refusal("not one member signature of 128 lower-case hex digits");
        if (const auto matches = is_signed(*given); !matches) return matches.error();

        reading_ = judge(text_, setting_of(settings(), merchant_setting), texts_, why_);
        if (reading_ == Reading::ambiguous) return core::Error(core::Errc::ambiguous, why_);
        if (reading_ == Reading::other_merchant) return refusal(why_);
        return {};
    }

    [[nodiscard]] core::Result<std::vector<event::Candidate>> understand(const VerifiedCallback& callback) override {
        // The usual case is the callback that was checked last, which is read already.
        if (callback.raw().body != checked_)
            if (const auto checked = check(callback.raw()); !checked) return checked.error();
        if (reading_ != Reading::genuine)
            return core::Error(core::Errc::malformed, "signed, but not as documented: " + why_);
        return unipesa::understand(texts_, body_, setting_of(settings(), currency_setting));
    }

  private:
    static core::Error refusal(std::string why) { return {core::Errc::unauthenticated, std::move(why)}; }

    /// Leaves in text_ the text that the signature covers. Which language the platform casts its numbers in is not
    /// documented; without numbers all casts are one.
    core::Result<void> is_signed(const Signature& given) {
        for (const NumberText numbers : {NumberText::php, NumberText::as_sent, NumberText::javascript}) {
            const auto read = text_.read(body_, numbers);
            if (!read) return read;
            // Every secret is tried, whichever matches: time must not tell which one is in use.
            bool matches = false;
            for (core::Hmac& mac : macs_) matches = core::equal_constant_time(mac.sign(text_.text()), given) || matches;
            if (matches) return {};
            if (!text_.has_numbers()) break;
        }
        return refusal("the signature matches no secret");
    }

    std::vector<core::Hmac> macs_;
    core::JsonParser parser_;
    SignedText text_;
    // Of the body that check() saw last, and of nothing else.
    std::string checked_;
    core::JsonValue body_;
    Reading reading_ = Reading::stranger;
    FieldTexts texts_{};
    std::string why_;
};

bool is_merchant_id(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, fits);
}

core::Result<std::unique_ptr<Provider>> make(SourceSettings settings) {
    if (const auto good = check_secrets(settings, provider_name); !good) return good.error();
    if (const auto good = check_settings(settings.values); !good) return good.error();
    std::unique_ptr<Provider> provider = std::make_unique<Unipesa>(std::move(settings));
    return provider;
}

/// Where the value of the signature stands in `body`, with its quotes; nothing when there is none.
std::optional<std::string_view> signature_span(std::string_view body, core::JsonValue parsed) {
    const auto member = parsed[signature_member];
    if (!member.exists()) return std::nullopt;
    const auto offset = static_cast<std::size_t>(member.raw().data() - parsed.raw().data());
    return body.substr(body.find('{') + offset, member.raw().size());
}

}  // namespace

core::Result<void> check_settings(const std::vector<std::pair<std::string, std::string>>& values) {
    bool has_merchant = false;
    for (const auto& [key, value] : values) {
        if (key == merchant_setting && !is_merchant_id(value))
            return wrong_setting(key + ": 1 to 64 letters, digits and hyphens");
        if (key == currency_setting && !is_currency_code(value))
            return wrong_setting(key + ": three capital letters, as in KES");
        if (key != merchant_setting && key != currency_setting)
            return wrong_setting(key + ": unipesa has no such setting; it has merchant_id and currency");
        has_merchant = has_merchant || key == merchant_setting;
    }
    if (!has_merchant) return wrong_setting("merchant_id: your merchant id at the platform");
    return {};
}

std::string_view setting_of(const SourceSettings& settings, std::string_view key) noexcept {
    const auto found = std::ranges::find(settings.values, key, &std::pair<std::string, std::string>::first);
    return found == settings.values.end() ? std::string_view() : std::string_view(found->second);
}

/// A signature that is there is replaced, whatever it was.
core::Result<SignedRequest> sign(const SourceSettings& settings, std::string body) {
    const auto secret = first_secret(settings, provider_name);
    if (!secret) return secret.error();
    core::JsonParser parser(json_limits);
    const auto parsed = parser.parse(body);
    if (!parsed)
        return core::Error(core::Errc::invalid_argument,
                           "the body, whose members are signed, is " + parsed.error().message);
    if (!parsed->is(core::JsonType::object))
        return core::Error(core::Errc::invalid_argument,
                           "the body is not a JSON object, so it cannot hold a signature");
    SignedText text;
    if (const auto read = text.read(*parsed, NumberText::php); !read)
        return core::Error(core::Errc::invalid_argument, read.error().message);

    core::Hmac mac(core::HashAlgorithm::sha512, *secret);
    const std::string signature = '"' + core::to_hex(mac.sign(text.text())) + '"';
    SignedRequest request;
    request.headers.emplace_back("content-type", "application/json");
    if (const auto span = signature_span(body, *parsed)) {
        const auto at = static_cast<std::size_t>(span->data() - body.data());
        request.body = std::move(body);
        request.body.replace(at, span->size(), signature);
        return request;
    }
    const auto end = body.rfind('}');
    const std::string comma = parsed->first_child().exists() ? "," : "";
    request.body = std::move(body);
    request.body.insert(end, comma + "\"signature\":" + signature);
    return request;
}

}  // namespace unipesa

ProviderEntry unipesa_entry() {
    return {.name = unipesa::provider_name,
            .secret_help = "the secretKey that came with your credentials",
            .evidence = event::Evidence::signature,
            .make = &unipesa::make,
            .sign = &unipesa::sign,
            .sample = &unipesa::sample,
            .samples = unipesa::sample_names(),
            .settings = unipesa::settings_keys,
            .aliases = {.provider = true, .network = true},
            .status = {.base_url = {},
                       .credentials = unipesa::status_credentials(),
                       .first_after = std::chrono::minutes(4),
                       .can_deny = true,
                       .make = &unipesa::make_status}};
}

}  // namespace tollgate::provider
