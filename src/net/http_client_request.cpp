// Checks and formats outbound requests (RFC 9112 sections 3 and 5, RFC 9110 section 5.5).
#include "http_client_request.hpp"

#include "http_types_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tollgate::net {

namespace {

core::Error refusal(std::string why) {
    return {core::Errc::invalid_argument, std::move(why)};
}

bool is_value_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool is_target(std::string_view text) {
    return !text.empty() && text.front() == '/' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

bool same_name(std::string_view a, std::string_view lower_b) {
    const auto equal = [](char x, char y) { return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y; };
    return std::equal(a.begin(), a.end(), lower_b.begin(), lower_b.end(), equal);
}

/// Who may write these decides where a message ends and where it goes: only the client.
bool is_reserved(std::string_view name) {
    constexpr std::array<std::string_view, 6> reserved{"host",    "content-length", "connection", "transfer-encoding",
                                                       "upgrade", "expect"};
    return std::any_of(reserved.begin(), reserved.end(), [name](auto one) { return same_name(name, one); });
}

/// A method that expects content says so even when there is none (RFC 9110 section 8.6).
bool announces_length(const OutboundRequest& request) {
    return !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

}  // namespace

core::Result<std::string> format_request(const Url& url, const OutboundRequest& request) {
    const std::string& target = request.target.empty() ? url.target : request.target;
    if (!is_token(request.method) || request.method == "CONNECT") return refusal("the method is not usable");
    if (!is_target(target)) return refusal("the target must begin with '/' and hold no space, control or '#'");

    const std::string authority = url.authority();
    std::size_t size = request.method.size() + target.size() + authority.size() + request.body.size() + 64;
    for (const OutboundHeader& header : request.headers) {
        if (!is_token(header.name)) return refusal("a header's name is not a token");
        if (is_reserved(header.name)) return refusal("the client itself writes the header " + header.name);
        if (!std::all_of(header.value.begin(), header.value.end(), is_value_character)) {
            return refusal("the value of the header " + header.name + " holds a control character");
        }
        size += header.name.size() + header.value.size() + 4;
    }

    std::string out;
    out.reserve(size);
    out.append(request.method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(authority);
    for (const OutboundHeader& header : request.headers) {
        out.append("\r\n").append(header.name).append(": ").append(header.value);
    }
    if (announces_length(request)) out.append("\r\nContent-Length: ").append(std::to_string(request.body.size()));
    out.append("\r\n\r\n").append(request.body);
    return out;
}

}  // namespace tollgate::net
