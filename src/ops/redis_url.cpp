// Takes Redis URLs apart, both as they are written and with their references resolved.
#include "redis_url.hpp"

#include "reading.hpp"

#include <algorithm>
#include <charconv>

namespace tollgate::ops {

namespace {

constexpr std::string_view mask = "***";

bool is_number(std::string_view text, unsigned least, unsigned most) noexcept {
    unsigned number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() && number >= least && number <= most;
}

bool is_port(std::string_view text) noexcept {
    return is_number(text, 1, 65'535);
}

bool is_database(std::string_view text) noexcept {
    return is_number(text, 0, 1'000'000);
}

/// Names, IPv4, and IPv6 in brackets; whether there is such a host shows when it is asked for.
bool is_host(std::string_view text) noexcept {
    const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
    if (bracketed) text = text.substr(1, text.size() - 2);
    const auto fits = [bracketed](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == '_' || (bracketed && c == ':');
    };
    return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), fits);
}

struct Split {
    std::string_view before;
    std::optional<std::string_view> after;
};

Split split_at(std::string_view text, std::size_t at) noexcept {
    if (at == std::string_view::npos) return {text, std::nullopt};
    return {text.substr(0, at), text.substr(at + 1)};
}

/// USER:PASSWORD; a password that is empty was forgotten.
bool is_user_information(std::string_view text) noexcept {
    const auto [user, password] = split_at(text, text.find(':'));
    return password.has_value() && !password->empty() && text.find('?') == std::string_view::npos;
}

bool is_server(std::string_view text) noexcept {
    const auto [authority, database] = split_at(text, text.find('/'));
    const auto at = authority.rfind('@');
    if (at != std::string_view::npos && !is_user_information(authority.substr(0, at))) return false;
    const auto server = at == std::string_view::npos ? authority : authority.substr(at + 1);
    const auto after_brackets = server.starts_with('[') ? server.find(']') : 0;
    const auto [host, port] = split_at(server, server.find(':', after_brackets));
    return is_host(host) && (!port || is_port(*port)) && (!database || database->empty() || is_database(*database));
}

bool is_socket(std::string_view text) noexcept {
    const auto [address, query] = split_at(text, text.find('?'));
    if (query && !(query->starts_with("db=") && is_database(query->substr(3)))) return false;
    // The path begins with the first slash: a password holds none.
    const auto slash = address.find('/');
    if (slash == std::string_view::npos || slash + 1 == address.size()) return false;
    const auto before = address.substr(0, slash);
    return before.empty() || (before.ends_with('@') && is_user_information(before.substr(0, before.size() - 1)));
}

bool is_reference(std::string_view text) noexcept {
    return text.starts_with("${") && text.ends_with('}') && is_variable_name(text.substr(2, text.size() - 3));
}

/// Where the password stands in what is written; empty at npos: nowhere. What stands before an @ without a colon may be
/// one as well, unless its colon comes with a reference.
struct Place {
    std::size_t at = std::string_view::npos;
    std::size_t size = 0;
};

Place place_of_password(std::string_view written) noexcept {
    const auto scheme = written.find("://");
    const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    // A socket's path may hold an @ as well; a password holds no slash.
    const auto end = written.rfind('@', written.find('/', begin));
    if (end == std::string_view::npos || end < begin) return {};
    const auto colon = written.find(':', begin);
    const auto password = colon < end ? colon + 1 : begin;
    return {password, end - password};
}

}  // namespace

std::optional<RedisScheme> redis_scheme_of(std::string_view url) noexcept {
    const auto fits = [](char c) { return c > ' ' && c < '\x7f' && c != '#'; };
    if (!std::all_of(url.begin(), url.end(), fits)) return std::nullopt;
    const auto after = [url](std::string_view scheme) { return url.substr(scheme.size()); };
    if (url.starts_with("redis://") && is_server(after("redis://"))) return RedisScheme::tcp;
    if (url.starts_with("rediss://") && is_server(after("rediss://"))) return RedisScheme::tls;
    if (url.starts_with("unix://") && is_socket(after("unix://"))) return RedisScheme::unix_socket;
    return std::nullopt;
}

bool is_host_and_port(std::string_view text) noexcept {
    const auto [host, port] = split_at(text, text.rfind(':'));
    return port && is_host(host) && is_port(*port);
}

PasswordWritten password_written_in(std::string_view written) noexcept {
    const auto place = place_of_password(written);
    if (place.at == std::string_view::npos) return PasswordWritten::nowhere;
    const auto password = written.substr(place.at, place.size);
    if (is_reference(password)) return PasswordWritten::reference;
    if (password == mask) return PasswordWritten::masked;
    return password.find("${") != std::string_view::npos ? PasswordWritten::in_part : PasswordWritten::as_text;
}

std::string with_password_masked(std::string_view written) {
    const auto place = place_of_password(written);
    if (place.at == std::string_view::npos) return std::string(written);
    return std::string(written.substr(0, place.at)).append(mask).append(written.substr(place.at + place.size));
}

}  // namespace tollgate::ops
