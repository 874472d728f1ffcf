// Tokens: HoneyCoin's bearer tokens, handed out for a while.
#pragma once

#include <tollgate/core/clock.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tollgate::load {

class Tokens {
  public:
    struct Issued {
        std::string text;
        core::WallTime expires_at;
    };

    explicit Tokens(std::chrono::milliseconds life) : life_(life) {}

    /// A new one; those before it stay good until their own end.
    Issued issue(core::WallTime now);
    [[nodiscard]] bool is_good(std::string_view text, core::WallTime now) const;
    /// Over before its time, as when the provider restarts.
    void revoke(std::string_view text);
    [[nodiscard]] std::uint64_t issued() const noexcept { return issued_; }

  private:
    std::chrono::milliseconds life_;
    std::map<std::string, core::WallTime, std::less<>> ends_;
    std::uint64_t issued_ = 0;
};

}  // namespace tollgate::load
