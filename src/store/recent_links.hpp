// RecentLinks: which ids this node has lately seen to name which payments, so that a repeat need not ask Redis.
#pragma once

#include <tollgate/core/crypto.hpp>
#include <tollgate/event/alias.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::store {

/// Only what is asked for depends on it, never what is decided: a link that is missing after all is found out when the
/// payment has been read. Owned by an engine, on its loop; bounded, the latest of each place is kept.
class RecentLinks {
  public:
    [[nodiscard]] bool has(const std::string& source, const std::string& reference, std::string_view alias) const {
        const std::uint64_t digest = core::stable_hash({source, reference, alias});
        return digests_[digest % places] == digest;
    }
    void add(const std::string& source, const std::string& reference, std::string_view alias) {
        const std::uint64_t digest = core::stable_hash({source, reference, alias});
        digests_[digest % places] = digest;
    }

  private:
    static constexpr std::size_t places = 16'384;  // 128 KiB
    std::vector<std::uint64_t> digests_ = std::vector<std::uint64_t>(places);
};

}  // namespace tollgate::store
