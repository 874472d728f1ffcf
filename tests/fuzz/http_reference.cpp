// Reads one request from bytes that are all there.
#include "http_reference.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace tollgate::fuzz {
namespace {

constexpr std::string_view line_end = "\r\n";

std::string small(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::optional<std::string_view> cut_line(std::string_view& rest) {
    const auto end = rest.find(line_end);
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + line_end.size());
    return line;
}

std::optional<std::size_t> number(std::string_view text, int base) {
    std::size_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failure != std::errc{} || end == text.data()) return std::nullopt;
    return value;
}

bool cut_chunks(std::string_view& rest, std::string& body) {
    while (true) {
        const auto line = cut_line(rest);
        if (!line) return false;
        const auto size = number(*line, 16);
        if (!size || *size > rest.size()) return false;
        if (*size == 0) break;
        body.append(rest.substr(0, *size));
        rest.remove_prefix(*size);
        if (!rest.starts_with(line_end)) return false;
        rest.remove_prefix(line_end.size());
    }
    while (true) {
        const auto line = cut_line(rest);
        if (!line) return false;
        if (line->empty()) return true;
    }
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

}  // namespace

std::optional<ReferenceRequest> read_request(std::string_view wire) {
    ReferenceRequest request;
    std::string_view rest = wire;
    auto line = cut_line(rest);
    if (line && line->empty()) line = cut_line(rest);
    if (!line) return std::nullopt;
    const auto first = line->find(' ');
    const auto last = line->rfind(' ');
    if (first == std::string_view::npos || first == last) return std::nullopt;
    request.method = line->substr(0, first);
    request.target = line->substr(first + 1, last - first - 1);

    std::optional<std::size_t> length;
    bool chunked = false;
    while (true) {
        line = cut_line(rest);
        if (!line) return std::nullopt;
        if (line->empty()) break;
        ++request.header_count;
        const auto colon = line->find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        const auto name = small(line->substr(0, colon));
        const auto value = trimmed(line->substr(colon + 1));
        if (name == "content-length") length = number(value, 10);
        if (name == "content-length" && !length) return std::nullopt;
        if (name == "transfer-encoding") chunked = small(value) == "chunked";
    }
    if (chunked && length) return std::nullopt;
    if (chunked && !cut_chunks(rest, request.body)) return std::nullopt;
    if (length) {
        if (*length > rest.size()) return std::nullopt;
        request.body = rest.substr(0, *length);
        rest.remove_prefix(*length);
    }
    request.size = wire.size() - rest.size();
    return request;
}

std::size_t most_requests(std::string_view wire) {
    // Each has a request line of its own, which ends with the version, and an empty line of its own behind its headers.
    return std::min(count(wire, " HTTP/1.0\r\n") + count(wire, " HTTP/1.1\r\n"), count(wire, "\r\n\r\n"));
}

}  // namespace tollgate::fuzz
