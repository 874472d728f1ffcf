// Implements Tokens: bearer tokens (RFC 6750), known by their digests only.
#include "api_tokens.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address_v4.hpp>
#include <utility>

namespace tollgate::app {
namespace {

constexpr std::array all_scopes{Scope::expect, Scope::read, Scope::operate, Scope::pull};

std::vector<Scope> scopes_of(const std::vector<std::string>& names) {
    std::vector<Scope> scopes;
    for (const auto scope : all_scopes) {
        if (std::ranges::find(names, to_string(scope)) != names.end()) scopes.push_back(scope);
    }
    return scopes;
}

/// What stands behind "Bearer", whose case does not matter (RFC 9110 section 11.1); empty when it is another scheme.
std::string_view bearer_of(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() < scheme.size()) return {};
    const auto equal = [](char sent, char wanted) { return (sent >= 'A' && sent <= 'Z' ? sent + ('a' - 'A') : sent) == wanted; };
    if (!std::equal(scheme.begin(), scheme.end(), authorization.begin(),
                    [&](char wanted, char sent) { return equal(sent, wanted); })) {
        return {};
    }
    authorization.remove_prefix(scheme.size());
    authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
    return authorization;
}

/// A browser on this machine may be made to send requests by any page that it shows: it says so in Origin (Fetch, section
/// 3.2). Where a name was rebound to this machine, Host is that name.
bool is_from_a_page(const net::Request& request) {
    if (request.find("origin").count != 0) return true;
    std::string_view host = request.find("host").value;
    if (host.starts_with('[')) {
        host = host.substr(0, host.find(']') + 1);
    } else {
        host = host.substr(0, host.find(':'));
    }
    if (host == "localhost" || host == "[::1]") return false;
    // An address, not a name that begins like one.
    boost::system::error_code failed;
    const auto address = boost::asio::ip::make_address_v4(host, failed);
    return failed || !address.is_loopback();
}

}  // namespace

std::string_view to_string(Scope scope) noexcept {
    switch (scope) {
        case Scope::none: return "none";
        case Scope::expect: return "expect";
        case Scope::read: return "read";
        case Scope::operate: return "operate";
        case Scope::pull: return "pull";
    }
    return "none";
}

bool Grant::allows(Scope scope) const noexcept {
    return scope == Scope::none || std::ranges::find(scopes, scope) != scopes.end();
}

Tokens::Tokens(std::span<const ops::TokenConfig> tokens) : everything_{"", {all_scopes.begin(), all_scopes.end()}, ""} {
    for (const auto& token : tokens) {
        known_.push_back({core::sha256(token.secret.reveal()), {token.name, scopes_of(token.scopes), token.subscriber}});
    }
}

const Grant* Tokens::identify(const net::Request& request) const {
    // The configuration allows it on loopback only; should the listener be elsewhere all the same, this still holds.
    if (known_.empty()) return request.peer.is_loopback() && !is_from_a_page(request) ? &everything_ : nullptr;
    const auto header = request.find("authorization");
    if (header.count != 1) return nullptr;
    const auto digest = core::sha256(bearer_of(header.value));
    const Grant* found = nullptr;
    for (const auto& known : known_) {
        const bool is_it = core::equal_constant_time(digest, known.digest);
        found = is_it && found == nullptr ? &known.grant : found;
    }
    return found;
}

}  // namespace tollgate::app
