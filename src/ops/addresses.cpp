// Listening addresses and URLs of the configuration.
#include "addresses.hpp"

#include "kinds.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace tollgate::ops {

namespace {

constexpr std::string_view listen_expected = "an IP address and a port, as in \"127.0.0.1:8080\" or \"[::1]:8080\"";

/// In IPv6's form, IPv4 mapped into it, so that two spellings of one address are equal.
std::optional<in6_addr> to_bytes(const std::string& host) {
    in6_addr address{};
    if (host.find(':') != std::string::npos) {
        if (inet_pton(AF_INET6, host.c_str(), &address) == 1) return address;
        return std::nullopt;
    }
    std::array<std::uint8_t, 4> four{};
    if (inet_pton(AF_INET, host.c_str(), four.data()) != 1) return std::nullopt;
    address.s6_addr[10] = address.s6_addr[11] = 0xff;
    std::copy(four.begin(), four.end(), std::begin(address.s6_addr) + 12);
    return address;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

bool equal(const in6_addr& a, const in6_addr& b) {
    return std::equal(std::begin(a.s6_addr), std::end(a.s6_addr), std::begin(b.s6_addr));
}

/// An address, or one with a prefix and no bits set behind it: "10.1.2.3/8" is a slip, and who it would let in a guess.
bool is_address_range(std::string_view text) {
    const auto slash = text.find('/');
    const std::string host(text.substr(0, slash));
    const auto address = to_bytes(host);
    if (!address) return false;
    if (slash == std::string_view::npos) return true;
    const auto prefix = parse_number<unsigned>(text.substr(slash + 1));
    const unsigned bits = host.find(':') != std::string::npos ? 128 : 32;
    if (!prefix || *prefix > bits) return false;
    for (unsigned bit = 128 - bits + *prefix; bit < 128; ++bit) {
        if ((address->s6_addr[bit / 8] & (0x80U >> (bit % 8))) != 0) return false;
    }
    return true;
}

bool is_any(const std::string& host) {
    const auto address = to_bytes(host);
    return address && (equal(*address, *to_bytes("0.0.0.0")) || equal(*address, in6_addr{}));
}

std::optional<ListenAddress> parse_listen(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    auto host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    // Without brackets nobody can tell where an IPv6 address ends and its port begins.
    if (!port || bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
    ListenAddress address{std::string(host), *port};
    if (!to_bytes(address.host)) return std::nullopt;
    return address;
}

}  // namespace

std::string format_address(const ListenAddress& address) {
    const bool v6 = address.host.find(':') != std::string::npos;
    return (v6 ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

bool is_loopback(const ListenAddress& address) {
    const auto bytes = to_bytes(address.host);
    if (!bytes) return false;
    if (equal(*bytes, in6addr_loopback)) return true;
    return IN6_IS_ADDR_V4MAPPED(&*bytes) && bytes->s6_addr[12] == 127;
}

bool leads_to_loopback(std::string_view url) {
    const auto start = url.find("://");
    auto host = url.substr(start == std::string_view::npos ? 0 : start + 3);
    host = host.substr(0, host.find_first_of("/?"));
    if (host.starts_with('[')) {
        host = host.substr(1, host.find(']') - 1);
    } else {
        host = host.substr(0, host.find(':'));
    }
    return host == "localhost" || is_loopback({std::string(host), 0});
}

bool would_collide(const ListenAddress& a, const ListenAddress& b) {
    if (a.port != b.port || a.port == 0) return false;
    if (is_any(a.host) || is_any(b.host)) return true;
    const auto first = to_bytes(a.host);
    const auto second = to_bytes(b.host);
    return first && second && equal(*first, *second);
}

Kind<std::string> address_range_kind() {
    return checked_text_kind(is_address_range,
                             "an address, or a range whose bits behind the prefix are 0, as in \"10.0.0.0/8\"");
}

Kind<ListenAddress> listen_kind() {
    auto read = [](const Value& value) -> std::optional<ListenAddress> {
        const auto text = value.text(listen_expected);
        if (!text) return std::nullopt;
        auto address = parse_listen(*text);
        if (!address) value.wrong_text(listen_expected);
        return address;
    };
    return {read, [](const ListenAddress& address) { return toml_string(format_address(address)); }};
}

bool is_http_url(std::string_view text) noexcept {
    const std::string_view scheme = text.substr(0, text.find("://"));
    if (scheme.size() + 3 > text.size() || (scheme != "http" && scheme != "https")) return false;
    const auto fits = [](char c) { return c > ' ' && c < '\x7f' && c != '#'; };
    if (!std::all_of(text.begin(), text.end(), fits)) return false;
    auto authority = text.substr(scheme.size() + 3);
    authority = authority.substr(0, authority.find_first_of("/?"));
    if (authority.find('@') != std::string_view::npos) return false;
    const auto host_end = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
    const auto colon = authority.find(':', host_end == std::string_view::npos ? 0 : host_end);
    if (colon == 0 || authority.empty()) return false;
    if (colon == std::string_view::npos) return true;
    const auto port = parse_number<std::uint16_t>(authority.substr(colon + 1));
    return port && *port != 0;
}

}  // namespace tollgate::ops
