// Provider: how one payment provider signs, speaks and wants to be answered. A new provider is one file and one line (registry.cpp).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tollgate/core/clock.hpp>
#include <tollgate/core/json.hpp>
#include <tollgate/core/result.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/net/http_types.hpp>
#include <tollgate/provider/callback.hpp>

namespace tollgate::provider {

/// What a provider needs to know of a source; filled from the configuration.
struct SourceSettings {
    std::string name;
    std::vector<std::string> secrets;  ///< any may match (rotation); never empty, none empty
    /// `settings.exponents` of startbutton: currency -> decimals of the provider's fractional unit.
    std::vector<std::pair<std::string, unsigned>> exponents;
};

/// One source's provider on one loop: it keeps keyed contexts and a parser, so it is not thread-safe. verify() and normalise() are
/// pure but for those: no clock, no I/O.
class Provider {
  public:
    virtual ~Provider() = default;

    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    /// The strongest evidence that a callback of this provider can carry.
    [[nodiscard]] virtual event::Evidence evidence() const noexcept = 0;

    /// Proves who sent these raw bytes, in constant time and without parsing them for meaning. Only this makes a VerifiedCallback.
    /// Errors: Errc::unauthenticated (and nothing else), with a short reason for the log, never for the peer.
    [[nodiscard]] core::Result<VerifiedCallback> verify(RawCallback callback);

    /// The candidates that a verified callback means, in order; never none: one that is not understood becomes a single
    /// `unrecognised` candidate with the reason in facts.reason.
    [[nodiscard]] std::vector<event::Candidate> normalise(const VerifiedCallback& callback, core::WallTime received_at);

    /// The body of the 200 that this provider wants.
    [[nodiscard]] virtual std::string_view acknowledgement() const noexcept { return R"({"status":"ok"})"; }

  protected:
    [[nodiscard]] virtual core::Result<void> check(const RawCallback& callback) = 0;
    /// Errors: why the callback cannot be understood (one line, no secrets).
    [[nodiscard]] virtual core::Result<std::vector<event::Candidate>> understand(const VerifiedCallback& callback,
                                                                                 core::WallTime received_at) = 0;
    [[nodiscard]] virtual const SourceSettings& settings() const noexcept = 0;
};

/// A signed request as this provider would send it.
struct SignedRequest {
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// What a provider's entry in the registry offers.
struct ProviderEntry {
    std::string_view name;
    std::unique_ptr<Provider> (*make)(SourceSettings settings);
    /// Signs `body` as the provider would, with the source's first secret.
    core::Result<SignedRequest> (*sign)(const SourceSettings& settings, std::string body);
    /// A fresh callback of that provider: a new reference at every call. `which` names one of `samples`; empty: the first.
    core::Result<std::string> (*sample)(std::string_view which);
    std::span<const std::string_view> samples;
    /// Checks keys of [source.settings] that this provider understands; the others are errors. Listed for messages.
    std::span<const std::string_view> settings_keys;
};

/// All providers, by name.
std::span<const ProviderEntry> providers() noexcept;
const ProviderEntry* find_provider(std::string_view name) noexcept;

}  // namespace tollgate::provider
