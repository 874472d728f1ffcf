// Tokens: who a request to the API comes from, and what he may do.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tollgate/core/crypto.hpp>
#include <tollgate/net/http_types.hpp>
#include <tollgate/ops/config.hpp>

namespace tollgate::app {

/// What an endpoint asks of a token; `none`: no token at all.
enum class Scope : std::uint8_t { none, expect, read, operate, pull };
std::string_view to_string(Scope scope) noexcept;

/// What the holder of a token may do.
struct Grant {
    std::string name;
    std::vector<Scope> scopes;
    std::string subscriber;  ///< for pull: whose events; empty: of all

    [[nodiscard]] bool allows(Scope scope) const noexcept;
};

/// Immutable once made; a reload makes new ones.
class Tokens {
  public:
    /// Without any, this machine may do everything, and others nothing.
    explicit Tokens(std::span<const ops::TokenConfig> tokens);

    /// Whose request it is; null: nobody's that we know. The time it takes says nothing about any token: a digest of what came
    /// is compared with all of them, to the end. Two Authorization headers are as good as none.
    [[nodiscard]] const Grant* identify(const net::Request& request) const;

  private:
    struct Known {
        core::Sha256Digest digest;
        Grant grant;
    };
    std::vector<Known> known_;
    Grant everything_;
};

}  // namespace tollgate::app
