// RecentLinks: which ids this node has lately seen to name which payments, so that a repeat need not ask Redis.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// Only what is asked for depends on it, never what is decided: a link that is missing after all is found out when the
/// payment has been read. Owned by an engine, on its loop; bounded, the latest of each place is kept.
class RecentLinks {
  public:
    [[nodiscard]] bool has(const std::string& source, const std::string& reference, std::string_view alias) const {
        const std::size_t digest = digest_of(source, reference, alias);
        return digests_[digest % places] == digest;
    }
    void add(const std::string& source, const std::string& reference, std::string_view alias) {
        const std::size_t digest = digest_of(source, reference, alias);
        digests_[digest % places] = digest;
    }

  private:
    /// Nothing of it is kept, so it need not be the same everywhere: core::stable_hash() goes byte by byte.
    static std::size_t digest_of(std::string_view source, std::string_view reference, std::string_view alias) noexcept {
        constexpr std::size_t odd = 0x9e3779b97f4a7c15;  // 2^64 divided by the golden ratio
        std::size_t digest = 0;
        for (const std::string_view part : {source, reference, alias})
            digest = (digest ^ std::hash<std::string_view>{}(part)) * odd;
        // The low bits, which choose the place, depend on the high ones as well.
        return digest ^ digest >> 32;
    }

    static constexpr std::size_t places = 16'384;  // 128 KiB
    std::vector<std::size_t> digests_ = std::vector<std::size_t>(places);
};

}  // namespace tollgate::store
