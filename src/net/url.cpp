// Takes http and https addresses apart; the grammar is Boost.URL's, the refusals are ours.
#include <tollgate/net/url.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace tollgate::net {

namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

core::Error refusal(const char* why) {
    return {core::Errc::invalid_argument, std::string("not a usable URL: ") + why};
}

/// Percent-encoding and sub-delimiters are legal in a registered name and mean nothing in DNS.
bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

core::Result<std::string> host_of(const boost::urls::url_view& url) {
    std::string host(url.encoded_host_address());
    if (host.empty()) return refusal("the host is missing");
    switch (url.host_type()) {
        case boost::urls::host_type::ipv6:
            if (host.find('%') != std::string::npos) return refusal("an address with a zone");
            break;
        case boost::urls::host_type::ipv4:
            break;
        case boost::urls::host_type::name:
            if (!std::all_of(host.begin(), host.end(), is_host_character)) {
                return refusal("the host may hold letters, digits, '-', '.' and '_' only");
            }
            break;
        default:
            return refusal("the host is of a kind that is not supported");
    }
    std::transform(host.begin(), host.end(), host.begin(), lower);
    return host;
}

}  // namespace

std::string Url::authority() const {
    std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? https_port : http_port)) text.append(":").append(std::to_string(port));
    return text;
}

core::Result<Url> parse_url(std::string_view text) {
    // Boost.URL throws on what its 32-bit offsets cannot hold; nothing near that is an address.
    constexpr std::size_t max_length = 8 * 1024;
    if (text.size() > max_length) return refusal("it is longer than 8 KiB");
    const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed) return refusal("it must look like https://host[:port]/path");
    const boost::urls::url_view& view = *parsed;

    Url url;
    if (view.scheme_id() == boost::urls::scheme::https) {
        url.tls = true;
    } else if (view.scheme_id() != boost::urls::scheme::http) {
        return refusal("the scheme must be http or https");
    }
    if (!view.has_authority()) return refusal("the host is missing");
    if (view.has_userinfo()) return refusal("it holds a user or password; send credentials in a header");
    if (view.has_fragment()) return refusal("it holds a fragment");

    core::Result<std::string> host = host_of(view);
    if (!host) return host.error();
    url.host = std::move(*host);

    url.port = url.tls ? https_port : http_port;
    if (view.has_port()) {
        url.port = view.port_number();  // 0 for what is empty or does not fit
        if (url.port == 0) return refusal("the port must be 1 to 65535");
    }

    url.target = std::string(view.encoded_target());
    if (url.target.empty() || url.target.front() == '?') url.target.insert(url.target.begin(), '/');
    // Boost 1.81 takes "http://host:8x/" for port 8 and path "x/".
    if (url.target.front() != '/') return refusal("the port must be 1 to 65535");
    return url;
}

}  // namespace tollgate::net
