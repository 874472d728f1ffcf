// AddressRanges and client_address: whose request it is, and whether that address is among the ones that may send it.
#pragma once

#include <tollgate/core/result.hpp>
#include <tollgate/net/http_types.hpp>

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::net {

/// A set of address ranges. IPv4 and IPv4-mapped IPv6 addresses are the same ones. Immutable once made.
class AddressRanges {
  public:
    AddressRanges() = default;

    /// Each of `texts` is an address or a CIDR range ("10.0.0.0/8", "2001:db8::/32", "192.0.2.7"). Errors:
    /// Errc::invalid_argument, naming the one that is neither.
    static core::Result<AddressRanges> parse(std::span<const std::string> texts);

    [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
    [[nodiscard]] bool contains(const boost::asio::ip::address& address) const noexcept;

  private:
    using Bytes = std::array<std::uint8_t, 16>;
    struct Range {
        Bytes first;
        Bytes last;
    };
    static Bytes to_bytes(const boost::asio::ip::address& address) noexcept;
    static std::optional<Range> parse_range(std::string_view text);

    std::vector<Range> ranges_;
};

/// Who sent `request`: the socket's peer or, when that is one of `trusted` proxies, the right-most hop of
/// X-Forwarded-For that is not (what stands left of it was written by whom nobody vouches for). When all hops are
/// trusted it is the left-most. Hops may carry ports. Nothing when the hop that decides is no address.
std::optional<boost::asio::ip::address> client_address(const Request& request, const AddressRanges& trusted);

}  // namespace tollgate::net
