// parse_redis_url: what a URL says about where Redis is. No message quotes it: it may hold a password.
#include <tollgate/store/redis.hpp>

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>
#include <climits>
#include <optional>

namespace tollgate::store {

namespace {

constexpr std::uint16_t default_port = 6379;
constexpr std::size_t max_length = 8 * 1024;

core::Error refusal(const char* why) {
    return {core::Errc::invalid_argument,
            std::string("not a usable Redis URL (redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], rediss:// with TLS, "
                        "unix://[[USER]:PASSWORD@]/PATH[?db=N]): ") +
                why};
}

std::optional<unsigned> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const auto high = hex_value(text[i + 1]);
        const auto low = hex_value(text[i + 2]);
        if (!high || !low) return std::nullopt;
        decoded.push_back(static_cast<char>(*high * 16 + *low));
        i += 2;
    }
    return decoded;
}

/// Digits alone, without sign; nothing when there are none or when it is more than `most`.
std::optional<unsigned> number(std::string_view text, unsigned most) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
    return value;
}

/// "USER:PASSWORD"; either may be percent-encoded.
core::Result<void> read_credentials(std::string_view text, RedisAddress& address) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return refusal("before the @ there must be USER:PASSWORD or :PASSWORD");
    auto user = percent_decoded(text.substr(0, colon));
    auto password = percent_decoded(text.substr(colon + 1));
    if (!user || !password) return refusal("a % in user or password must be followed by two hexadecimal digits");
    if (password->empty()) return refusal("the password is empty");
    address.user = std::move(*user);
    address.password = std::move(*password);
    return {};
}

core::Result<void> read_database(std::string_view text, RedisAddress& address) {
    const auto database = number(text, INT_MAX);
    if (!database) return refusal("the database must be a number");
    address.database = *database;
    return {};
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
}

core::Result<void> read_host(std::string_view text, HostAndPort& server) {
    std::string_view after;
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) return refusal("a [ without its ]");
        server.host = text.substr(1, bracket - 1);
        after = text.substr(bracket + 1);
        boost::system::error_code error;
        boost::asio::ip::make_address_v6(server.host, error);
        if (error || server.host.find('%') != std::string::npos) return refusal("no IPv6 address between the brackets");
        if (!after.empty() && !after.starts_with(':')) return refusal("behind the ] only :PORT may stand");
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        server.host = text.substr(0, colon);
        after = text.substr(colon);
        if (server.host.empty()) return refusal("the host is missing");
        if (!std::ranges::all_of(server.host, is_host_character)) {
            return refusal("the host may hold letters, digits, '-', '.' and '_' only, or an IPv6 address in brackets");
        }
    }
    server.port = default_port;
    if (after.empty()) return {};
    const auto port = number(after.substr(1), UINT16_MAX);
    if (!port || *port == 0) return refusal("the port must be 1 to 65535");
    server.port = static_cast<std::uint16_t>(*port);
    return {};
}

core::Result<void> read_server(std::string_view rest, std::string_view authority, RedisAddress& address) {
    // Not silently: what was meant as part of a password would end here.
    if (rest.find_first_of("?#") != std::string_view::npos) {
        return refusal("it holds a ? or #; within user or password write them as %3F and %23");
    }
    if (const auto host = read_host(authority, address.server); !host) return host.error();
    const std::string_view path = rest.empty() ? rest : rest.substr(1);
    return path.empty() ? core::Result<void>() : read_database(path, address);
}

core::Result<void> read_unix(std::string_view rest, std::string_view authority, RedisAddress& address) {
    if (!authority.empty()) return refusal("the path of a unix socket must begin with /");
    const std::size_t question = std::min(rest.find('?'), rest.size());
    auto path = percent_decoded(rest.substr(0, question));
    if (!path) return refusal("a % in the path must be followed by two hexadecimal digits");
    if (path->size() < 2) return refusal("the path of the unix socket is missing");
    if (path->find('\0') != std::string::npos) return refusal("the path holds a NUL");
    address.unix_socket = std::move(*path);
    const std::string_view query = rest.substr(question);
    if (query.empty()) return {};
    if (!query.starts_with("?db=")) return refusal("behind the path only ?db=N may stand");
    return read_database(query.substr(4), address);
}

}  // namespace

core::Result<RedisAddress> parse_redis_url(std::string_view url) {
    if (url.size() > max_length) return refusal("it is longer than 8 KiB");
    const std::size_t scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return refusal("the scheme is missing");
    const std::string_view scheme = url.substr(0, scheme_end);
    if (scheme != "redis" && scheme != "rediss" && scheme != "unix") {
        return refusal("the scheme must be redis, rediss or unix");
    }
    const std::string_view text = url.substr(scheme_end + 3);
    // An @ further on belongs to a path, or to a password with a raw slash, which is refused for its port.
    const std::size_t slash = std::min(text.find('/'), text.size());
    std::string_view authority = text.substr(0, slash);
    const std::string_view rest = text.substr(slash);

    RedisAddress address;
    address.tls = scheme == "rediss";
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        if (const auto read = read_credentials(authority.substr(0, at), address); !read) return read.error();
        authority.remove_prefix(at + 1);
    }
    const auto read = scheme == "unix" ? read_unix(rest, authority, address) : read_server(rest, authority, address);
    if (!read) return read.error();
    return address;
}

}  // namespace tollgate::store
