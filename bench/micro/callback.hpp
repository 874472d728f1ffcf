// A provider's callback as it arrives, for the benchmarks: one of its own samples, signed as it signs.
#pragma once

#include <tollgate/event/event.hpp>
#include <tollgate/provider/provider.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::micro {

enum class Signer { provider, forger };  ///< who has the source's secret, and who has another one

/// A source of one provider on this thread, with a callback for it. Throws std::runtime_error for an unknown provider
/// or sample: a mistake in a benchmark, not in what it measures.
class Callback {
  public:
    /// `sample` as `tollgate send --sample` names it; empty: the provider's first.
    explicit Callback(std::string_view provider, std::string_view sample = {}, Signer signer = Signer::provider);

    [[nodiscard]] provider::RawCallback raw() const noexcept;
    [[nodiscard]] provider::Provider& provider() noexcept { return *provider_; }
    [[nodiscard]] const provider::ProviderEntry& entry() const noexcept { return *entry_; }
    [[nodiscard]] const provider::SourceSettings& settings() const noexcept { return settings_; }
    [[nodiscard]] std::size_t body_size() const noexcept { return request_.body.size(); }
    /// What it means: the first candidate.
    [[nodiscard]] event::Candidate candidate();

    /// The HTTP request that brings it to `path`, ready to be written to a socket.
    [[nodiscard]] std::string http_request(std::string_view path) const;

  private:
    provider::SourceSettings settings_;
    const provider::ProviderEntry* entry_;
    std::unique_ptr<provider::Provider> provider_;
    provider::SignedRequest request_;
    std::vector<net::HeaderView> headers_;
};

}  // namespace tollgate::micro
