// The vocabulary of the edge: looking up headers, the reason phrases, and formatting an answer.
#include "http_types_text.hpp"

#include <tollgate/net/http_types.hpp>

#include <array>
#include <charconv>

namespace tollgate::net {

namespace {

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

std::string formatted(const ResponseParts& parts) {
    std::string out;
    append_response(out, parts);
    return out;
}

}  // namespace

Request::Found Request::find(std::string_view name) const noexcept {
    Found found;
    for (const HeaderView& header : headers) {
        if (!equal_ignoring_case(header.name, name)) continue;
        if (found.count++ == 0) found.value = header.value;
    }
    return found;
}

PreparedResponse::PreparedResponse(unsigned status, std::string_view content_type, std::string_view body,
                                   std::string_view extra_headers)
    : status_(status),
      keeping_(formatted({status, content_type, body, extra_headers, false})),
      closing_(formatted({status, content_type, body, extra_headers, true})) {}

void append_response(std::string& out, const ResponseParts& parts) {
    out.append("HTTP/1.1 ");
    append_number(out, parts.status);
    out.push_back(' ');
    out.append(reason_phrase(parts.status));
    out.append("\r\n");
    if (!parts.content_type.empty()) {
        out.append("Content-Type: ");
        out.append(parts.content_type);
        out.append("\r\n");
    }
    // RFC 9110 section 8.6: none of these has a body, and 204 must not even announce one.
    const bool bodiless = parts.status < 200 || parts.status == 204 || parts.status == 304;
    if (!bodiless) {
        out.append("Content-Length: ");
        append_number(out, parts.body.size());
        out.append("\r\n");
    }
    out.append(parts.extra_headers);
    // Said in both cases: an HTTP/1.0 peer that asked for keep-alive waits for this line.
    out.append(parts.close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n");
    if (!bodiless) out.append(parts.body);
}

std::string_view reason_phrase(unsigned status) noexcept {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "Unknown";
    }
}

}  // namespace tollgate::net
