// CallbackMaker: fresh, validly signed callbacks of one provider, and forged ones.
#pragma once

#include "references.hpp"
#include "story.hpp"

#include <tollgate/core/result.hpp>
#include <tollgate/net/http_client.hpp>
#include <tollgate/provider/provider.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::load {

/// A sample of the provider is taken apart once; what follows only puts other references into it and signs: every id of
/// a payment is its own, and all its callbacks have the same. The same (payment, step) always gives the same bytes, as a
/// provider's repetition does. Not thread-safe.
class CallbackMaker {
  public:
    using Settings = std::vector<std::pair<std::string, std::string>>;

    /// `settings`: what the gateway's source has in its `settings`, as in SourceSettings::values. `target`: of the
    /// requests, as "/in/trial"; empty: the client's own.
    /// Errors: Errc::not_found for a provider that cannot be played, Errc::invalid_argument for a bad secret or
    /// setting.
    static core::Result<CallbackMaker> create(std::string_view provider, const std::string& secret,
                                              References references, Settings settings = {}, std::string target = {});

    [[nodiscard]] const Story& story() const noexcept { return *story_; }
    [[nodiscard]] net::OutboundRequest make(std::uint32_t payment, Step step) const;
    /// Signed with another secret or, where the provider's signature covers the body, changed after signing.
    [[nodiscard]] net::OutboundRequest forge(std::uint32_t payment) const;

  private:
    /// The sample's text around the places where it names the payment: the reference follows all but the last.
    struct Template {
        std::vector<std::string> pieces;

        [[nodiscard]] std::string fill(std::string_view reference) const;
    };

    CallbackMaker(const Story& story, const provider::ProviderEntry& entry, References references)
        : story_(&story), entry_(&entry), references_(references) {}

    core::Result<void> take_apart(Step step);
    [[nodiscard]] net::OutboundRequest signed_with(const provider::SourceSettings& settings, std::string body) const;

    const Story* story_;
    const provider::ProviderEntry* entry_;
    References references_;
    std::string target_;
    provider::SourceSettings settings_;
    provider::SourceSettings forger_;
    bool body_is_signed_ = false;
    std::array<Template, step_count> templates_;
};

}  // namespace tollgate::load
