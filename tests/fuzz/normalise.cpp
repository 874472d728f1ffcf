// Fuzz target normalise_NAME, one binary a provider: signs the input as the provider would, lets it be verified and
// normalised, and judges what comes out.
#include "kept.hpp"
#include "must.hpp"

#include <tollgate/core/crypto.hpp>
#include <tollgate/provider/provider.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace tollgate;
using fuzz::must;

/// The source's own secret. No seed holds it, so wherever it turns up, we have put it there.
constexpr std::string_view source_canary = "source-canary-9d41c07ab25e";
/// The seeds have it as the value of the provider's secret member.
constexpr std::string_view member_canary = "CANARY_q7Zt3mXw";
constexpr core::WallTime received_at{std::chrono::milliseconds{1795341600101}};

/// What only some providers promise.
struct Promises {
    std::string_view provider;
    std::string_view secret_member;  ///< its value is a secret, small letters; empty: none
    bool covers_every_byte = false;  ///< a signature holds for exactly these bytes, not for what they mean
    bool verifies_whatever_it_signs = true;
};
constexpr std::array promises{
    Promises{"startbutton", "authorizationcode", true, true},
    Promises{"moolre", "secret", false, true},
    // Signs the meaning, not the bytes, and refuses what could mean two things.
    Promises{"unipesa", "", false, false},
};

Promises promises_of(std::string_view provider) {
    for (const auto& known : promises)
        if (known.provider == provider) return known;
    return {provider, "", false, true};
}

provider::SourceSettings settings_of(const provider::ProviderEntry& entry) {
    provider::SourceSettings settings{"kenya", {std::string(source_canary)}, {}};
    for (const auto& key : entry.settings) {
        if (!key.required) continue;
        std::string value(key.example);
        std::erase(value, '"');
        settings.values.emplace_back(key.name, value);
    }
    return settings;
}

/// One provider with one source, for all inputs.
class Source {
  public:
    Source() : entry_(entry()), settings_(settings_of(entry_)), provider_(made(entry_, settings_)) {}

    void judge(std::string_view input) {
        const auto request = entry_.sign(settings_, std::string(input));
        if (!request) {
            must(!request.error().message.empty(), "what cannot be signed is said");
            return;
        }
        const auto candidates = understood(*request);
        if (!candidates) {
            must(!promises_.verifies_whatever_it_signs, "what was signed as the provider does verifies", request->body);
            return;
        }
        for (const auto& candidate : *candidates) {
            fuzz::check_candidate(candidate);
            must(candidate.facts.source == "kenya" && candidate.facts.provider == entry_.name,
                 "the source is filled in");
            must(candidate.facts.evidence == entry_.evidence, "the evidence is what the entry says");
            must(candidate.facts.received_at == received_at, "the time is that of the callback");
            check_secrets(input, fuzz::kept_of(candidate));
        }
        damage(*request, *candidates);
    }

  private:
    using Candidates = std::vector<event::Candidate>;

    static const provider::ProviderEntry& entry() {
        const auto* found = provider::find_provider(FUZZ_PROVIDER);
        must(found != nullptr, "the provider exists", FUZZ_PROVIDER);
        return *found;
    }

    static std::unique_ptr<provider::Provider> made(const provider::ProviderEntry& entry,
                                                    const provider::SourceSettings& settings) {
        auto provider = entry.make(settings);
        must(provider.has_value(), "the example settings are good", provider ? "" : provider.error().message);
        return *std::move(provider);
    }

    /// Nothing when it is not verified.
    std::optional<Candidates> understood(const provider::SignedRequest& request) {
        std::vector<net::HeaderView> headers;
        std::string_view content_type;
        for (const auto& [name, value] : request.headers) {
            headers.push_back({name, value});
            if (name == "content-type") content_type = value;
        }
        const provider::RawCallback raw{"POST", "/in/kenya", headers, content_type, request.body, received_at};
        const auto verified = provider_->verify(raw);
        if (!verified) {
            const auto code = verified.error().code;
            must(code == core::Errc::unauthenticated || code == core::Errc::ambiguous,
                 "a refusal is one of authenticity");
            must(verified.error().message.find(source_canary) == std::string::npos, "a refusal shows no secret");
            return std::nullopt;
        }
        try {
            auto candidates = provider_->normalise(*verified);
            must(!candidates.empty(), "a verified callback says something");
            return candidates;
        } catch (const std::exception& error) {
            must(false, "normalise() does not throw", error.what());
        }
        return std::nullopt;
    }

    void check_secrets(std::string_view input, const std::string& kept) const {
        if (input.find(source_canary) == std::string_view::npos)
            must(kept.find(source_canary) == std::string::npos, "the source's secret is not kept", kept);
        const auto member = promises_.secret_member;
        if (!member.empty() && fuzz::is_secret_throughout(input, member_canary, member))
            must(kept.find(member_canary) == std::string::npos, "the secret member is not kept", kept);
    }

    /// One bit of the body and one of the header that proves it, chosen by the body.
    void damage(const provider::SignedRequest& request, const Candidates& candidates) {
        const auto choice = core::stable_hash({request.body});
        for (std::size_t i = 0; i < request.headers.size(); ++i) {
            auto damaged = request;
            auto& [name, value] = damaged.headers[i];
            if (name == "content-type" || value.empty()) continue;
            value[(choice >> 3) % value.size()] ^= static_cast<char>(1U << (choice % 7));
            must(!understood(damaged), "a damaged proof does not verify", value);
        }
        if (entry_.evidence != event::Evidence::signature || request.body.empty()) return;
        auto damaged = request;
        damaged.body[(choice >> 3) % damaged.body.size()] ^= static_cast<char>(1U << (choice % 8));
        const auto others = understood(damaged);
        if (!others) return;
        must(!promises_.covers_every_byte, "a damaged body does not verify", damaged.body);
        must(others->size() == candidates.size(), "what verifies means the same", damaged.body);
        for (std::size_t i = 0; i < candidates.size(); ++i) {
            must(fuzz::meaning_of((*others)[i]) == fuzz::meaning_of(candidates[i]), "what verifies means the same",
                 fuzz::meaning_of((*others)[i]) + "\n  " + fuzz::meaning_of(candidates[i]));
        }
    }

    const provider::ProviderEntry& entry_;
    Promises promises_ = promises_of(FUZZ_PROVIDER);
    provider::SourceSettings settings_;
    std::unique_ptr<provider::Provider> provider_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Source source;
    source.judge({reinterpret_cast<const char*>(data), size});
    return 0;
}
