// Provider: how one payment provider signs, speaks and wants to be answered. A new one is a file of its own and its
// entry in registry.cpp.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/event/event.hpp>
#include <tollgate/net/http_types.hpp>
#include <tollgate/provider/callback.hpp>
#include <tollgate/provider/status_api.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::provider {

/// What a provider needs to know of a source; filled from the configuration.
struct SourceSettings {
    std::string name;
    std::vector<std::string> secrets;  ///< any may match (rotation); never empty, none empty
    /// [source.settings] with nested tables flattened by dots and scalars as text: {"exponents.UGX", "2"},
    /// {"merchant_id", "17"}.
    std::vector<std::pair<std::string, std::string>> values;
};

/// One source's provider on one loop: it keeps keyed contexts and a parser, so it is not thread-safe. verify() and
/// normalise() are pure but for those: no clock, no I/O.
class Provider {
  public:
    virtual ~Provider() = default;
    Provider(const Provider&) = delete;
    Provider& operator=(const Provider&) = delete;

    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    /// The strongest evidence that a callback of this provider can carry.
    [[nodiscard]] virtual event::Evidence evidence() const noexcept = 0;

    /// Proves who sent these raw bytes, in constant time and without parsing them for meaning. Only this makes a
    /// VerifiedCallback. Errors: Errc::unauthenticated, or Errc::ambiguous when the MAC holds but what it covers could
    /// be another callback just as well; nothing else. With a short reason for the log, never for the peer.
    [[nodiscard]] core::Result<VerifiedCallback> verify(const RawCallback& callback);

    /// The candidates that a verified callback means, in order; never none: one that is not understood becomes a single
    /// `unrecognised` candidate with the reason in facts.reason.
    [[nodiscard]] std::vector<event::Candidate> normalise(const VerifiedCallback& callback);

    /// The body of the 200 that this provider wants.
    [[nodiscard]] virtual std::string_view acknowledgement() const noexcept { return R"({"status":"ok"})"; }

  protected:
    explicit Provider(SourceSettings settings) : settings_(std::move(settings)) {}

    [[nodiscard]] const SourceSettings& settings() const noexcept { return settings_; }

    /// Errors: why the sender is not proven (one line, no secrets). Every code but Errc::ambiguous becomes
    /// Errc::unauthenticated.
    [[nodiscard]] virtual core::Result<void> check(const RawCallback& callback) = 0;

    /// What the callback says. normalise() fills in source, provider, evidence, received_at and the journal.
    /// Errors: why the callback cannot be understood (one line, no secrets).
    [[nodiscard]] virtual core::Result<std::vector<event::Candidate>> understand(const VerifiedCallback& callback) = 0;

    /// The body as it may be kept and published: every secret cut out, whether or not it can be parsed. Called with the
    /// body that understand() has just seen.
    [[nodiscard]] virtual std::string without_secrets(std::string_view body) const { return std::string(body); }

  private:
    SourceSettings settings_;
};

/// A signed request as this provider would send it.
struct SignedRequest {
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// One key of SourceSettings::values, for messages and for a first configuration.
struct SettingKey {
    std::string_view name;     ///< "merchant_id"; "exponents.*" stands for a table
    std::string_view help;     ///< what it is, in a few words
    std::string_view example;  ///< the value as TOML: "\"GHS\"", "{ UGX = 2 }"
    bool required = false;
};

/// What a provider's entry in the registry offers.
struct ProviderEntry {
    std::string_view name;
    std::string_view secret_help;  ///< what its `secrets` are and where a merchant finds them, in a few words
    /// What Provider::evidence() of every source of this provider says.
    event::Evidence evidence;
    /// Errors: Errc::invalid_argument for secrets that are missing or empty, and for a setting that is unknown or
    /// wrong; the message is "KEY: what would be right".
    core::Result<std::unique_ptr<Provider>> (*make)(SourceSettings settings);
    /// Signs `body` as the provider would, with the source's first secret. Errors: Errc::invalid_argument without one.
    core::Result<SignedRequest> (*sign)(const SourceSettings& settings, std::string body);
    /// A fresh callback of that provider, as the source's settings want it: a new reference at every call. `which`
    /// names one of `samples`; empty: the first. Errors: Errc::not_found, with the names that exist.
    core::Result<std::string> (*sample)(const SourceSettings& settings, std::string_view which);
    std::span<const std::string_view> samples;
    std::span<const SettingKey> settings;  ///< the keys of SourceSettings::values that `make` takes
    event::AliasKinds aliases{};           ///< which ids beside the reference its callbacks and answers carry
    StatusEntry status{};                  ///< how it is asked; `make` is null while nobody knows
};

/// All providers, by name. Safe to call from every thread.
std::span<const ProviderEntry> providers() noexcept;
const ProviderEntry* find_provider(std::string_view name) noexcept;

}  // namespace tollgate::provider
