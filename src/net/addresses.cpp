// Address ranges as pairs of 16-byte bounds, and the walk through X-Forwarded-For.
#include "http_types_text.hpp"
#include "peer_address.hpp"

#include <tollgate/net/addresses.hpp>

#include <algorithm>
#include <charconv>

namespace tollgate::net {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view forwarded_for = "x-forwarded-for";
constexpr unsigned mapped_bits = 96;  // of ::ffff:0:0/96, in front of an IPv4 address

std::optional<ip::address> parse_address(std::string_view text) {
    // The longest spelling of an IPv6 address; a scope ("%eth0") is part of nobody's public address.
    if (text.empty() || text.size() > 45 || text.find('%') != std::string_view::npos) return std::nullopt;
    boost::system::error_code error;
    const auto address = ip::make_address(std::string(text), error);
    if (error) return std::nullopt;
    return address;
}

/// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711".
std::optional<ip::address> parse_hop(std::string_view hop) {
    if (hop.starts_with('[')) {
        const auto end = hop.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view rest = hop.substr(end + 1);
        if (!rest.empty() && rest.front() != ':') return std::nullopt;
        return parse_address(hop.substr(1, end - 1));
    }
    const auto colon = hop.find(':');
    const bool has_port = colon != std::string_view::npos && hop.find(':', colon + 1) == std::string_view::npos;
    return parse_address(has_port ? hop.substr(0, colon) : hop);
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

AddressRanges::Bytes AddressRanges::to_bytes(const ip::address& address) noexcept {
    if (address.is_v6()) return address.to_v6().to_bytes();
    Bytes bytes{};
    bytes[10] = bytes[11] = 0xff;
    std::ranges::copy(address.to_v4().to_bytes(), bytes.begin() + 12);
    return bytes;
}

std::optional<AddressRanges::Range> AddressRanges::parse_range(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    const unsigned bits = address->is_v4() ? 32 : 128;
    unsigned prefix = bits;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const char* const end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, prefix);
        if (read.ec != std::errc{} || read.ptr != end || prefix > bits) return std::nullopt;
    }
    if (address->is_v4()) prefix += mapped_bits;
    Range range{to_bytes(*address), to_bytes(*address)};
    for (unsigned bit = prefix; bit < 128; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        range.first[bit / 8] = static_cast<std::uint8_t>(range.first[bit / 8] & ~mask);
        range.last[bit / 8] = static_cast<std::uint8_t>(range.last[bit / 8] | mask);
    }
    return range;
}

core::Result<AddressRanges> AddressRanges::parse(std::span<const std::string> texts) {
    AddressRanges ranges;
    for (const std::string& text : texts) {
        const auto range = parse_range(text);
        if (!range)
            return core::Error(core::Errc::invalid_argument, "\"" + text + "\" is neither an address nor a range");
        ranges.ranges_.push_back(*range);
    }
    return ranges;
}

bool AddressRanges::contains(const ip::address& address) const noexcept {
    const Bytes bytes = to_bytes(address);
    return std::ranges::any_of(ranges_,
                               [&](const Range& range) { return range.first <= bytes && bytes <= range.last; });
}

std::optional<ip::address> client_address(const Request& request, const AddressRanges& trusted) {
    ip::address client = request.peer;
    if (!trusted.contains(client)) return client;
    // Several headers are one list (RFC 9110 section 5.3): from the last one's end to the first one's begin.
    for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
        if (!equal_ignoring_case(header->name, forwarded_for)) continue;
        std::string_view rest = header->value;
        for (bool more = true; more;) {
            const auto comma = rest.rfind(',');
            more = comma != std::string_view::npos;
            const auto hop = parse_hop(trimmed(more ? rest.substr(comma + 1) : rest));
            if (!hop) return std::nullopt;
            client = unmapped(*hop);
            if (!trusted.contains(client)) return client;
            rest = more ? rest.substr(0, comma) : std::string_view();
        }
    }
    return client;
}

}  // namespace tollgate::net
