// SharedSecrets: the static secrets that some providers send instead of a signature: comparing them, and cutting them
// out of what is kept.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/event/event.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::provider {

/// A secret shorter than this is not looked for in texts: it would be found by chance, in references and amounts. It is
/// cut out all the same where it stands under its name.
inline constexpr std::size_t min_findable_secret = 8;

/// Owned by a provider, and as little shared between threads.
class SharedSecrets {
  public:
    explicit SharedSecrets(const std::vector<std::string>& secrets);

    /// In constant time; every secret is tried, whichever matches, so that time does not tell which one is in use.
    [[nodiscard]] bool match(std::string_view given) const;

    /// Whether a secret stands in `text`, in whatever spelling: plain, with JSON escapes at any level of quoting,
    /// percent-encoded.
    [[nodiscard]] bool occur_in(std::string_view text) const;

    /// *** for every occurrence.
    [[nodiscard]] std::string masked_text(std::string_view text) const;
    /// Valid JSON stays valid: "***" for every string and number, keys included, that holds one.
    [[nodiscard]] std::string masked_json(std::string_view json) const;

    /// What understand() found, without the secrets: masked in texts and details. A callback that has one where a
    /// reference belongs is not understood, since the reference can be neither kept nor invented.
    [[nodiscard]] core::Result<std::vector<event::Candidate>> cut_out(
        core::Result<std::vector<event::Candidate>> understood) const;

  private:
    std::vector<std::string> secrets_;
    std::vector<std::string> findable_;  ///< as they read once all escapes are resolved
};

}  // namespace tollgate::provider
