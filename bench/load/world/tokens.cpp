// Tokens by their text; those that are over are forgotten when a new one is made.
#include "load/world/tokens.hpp"

#include <tollgate/core/crypto.hpp>

#include <array>

namespace tollgate::load {

Tokens::Issued Tokens::issue(core::WallTime now) {
    std::erase_if(ends_, [now](const auto& token) { return token.second <= now; });
    std::array<std::uint8_t, 24> bytes{};
    core::fill_random(bytes);
    Issued token{core::to_hex(bytes), now + life_};
    ends_.emplace(token.text, token.expires_at);
    ++issued_;
    return token;
}

bool Tokens::is_good(std::string_view text, core::WallTime now) const {
    const auto found = ends_.find(text);
    return found != ends_.end() && now < found->second;
}

void Tokens::revoke(std::string_view text) {
    if (const auto found = ends_.find(text); found != ends_.end()) ends_.erase(found);
}

}  // namespace tollgate::load
