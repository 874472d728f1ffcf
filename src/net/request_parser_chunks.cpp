// RequestChunks: four small states, each strict about its line ends.
#include "request_parser_chunks.hpp"

#include "http_types_text.hpp"

#include <algorithm>
#include <cstring>

namespace tollgate::net {

namespace {

constexpr std::size_t max_size_line = 256;
/// Nothing legitimate sends extensions; this bounds what a peer may make us read beside the body.
constexpr std::size_t max_extension_bytes = 4 * 1024;
constexpr std::size_t max_hex_digits = 16;

struct Line {
    ParseStep step = ParseStep::need_more;
    std::string_view text;  ///< without its CRLF
};

/// The first line of `rest`; longer than `limit` bytes ends in `too_long`.
Line next_line(std::string_view rest, std::size_t limit, ParseStep too_long) {
    const std::size_t end = rest.substr(0, limit).find('\n');
    if (end == std::string_view::npos) return {rest.size() >= limit ? too_long : ParseStep::need_more, {}};
    if (end == 0 || rest[end - 1] != '\r') return {ParseStep::malformed, {}};
    const std::string_view text = rest.substr(0, end - 1);
    const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; };
    if (std::any_of(text.begin(), text.end(), is_control)) return {ParseStep::malformed, {}};
    return {ParseStep::complete, text};
}

std::string_view without_leading_space(std::string_view text) noexcept {
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// Cuts a token off the front; empty when there is none.
std::string_view take_token(std::string_view& text) noexcept {
    const auto end = std::find_if_not(text.begin(), text.end(), is_token_character);
    const std::string_view token = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(token.size());
    return token;
}

/// Cuts a quoted-string (RFC 9110 section 5.6.4) off the front; false when it does not end in this line.
bool take_quoted(std::string_view& text) noexcept {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

/// RFC 9112 section 7.1.1, to the letter: software that reads an extension differently (a quoted line end, a second
/// size behind a space) has been led past the end of a body by it.
bool are_extensions(std::string_view text) noexcept {
    while (!text.empty()) {
        text = without_leading_space(text);
        if (!text.starts_with(';')) return false;
        text = without_leading_space(text.substr(1));
        if (take_token(text).empty()) return false;
        const std::string_view value = without_leading_space(text);
        if (!value.starts_with('=')) continue;
        text = without_leading_space(value.substr(1));
        if (text.starts_with('"') ? !take_quoted(text) : take_token(text).empty()) return false;
    }
    return true;
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

void RequestChunks::start(std::size_t body_begin) noexcept {
    *this = RequestChunks{};
    body_begin_ = body_begin;
    raw_ = body_begin;
}

ParseStep RequestChunks::decode(ReceiveBuffer& buffer, const RequestLimits& limits) {
    ParseStep step = ParseStep::complete;
    while (step == ParseStep::complete && !finished_) {
        const std::string_view rest = buffer.view().substr(raw_);
        switch (state_) {
            case State::size_line:
                step = read_size_line(rest, limits);
                break;
            case State::data:
                step = read_data(buffer);
                break;
            case State::data_end:
                step = read_data_end(rest);
                break;
            case State::trailer:
                step = read_trailer(rest, limits);
                break;
        }
    }
    if (step == ParseStep::need_more) cut_framing(buffer);
    return step;
}

ParseStep RequestChunks::read_size_line(std::string_view rest, const RequestLimits& limits) {
    const auto [step, line] = next_line(rest, max_size_line, ParseStep::malformed);
    if (step != ParseStep::complete) return step;
    std::uint64_t size = 0;
    std::size_t digits = 0;
    while (digits < line.size() && hex_digit(line[digits]) >= 0) {
        if (digits == max_hex_digits) return ParseStep::malformed;
        size = size * 16 + static_cast<std::uint64_t>(hex_digit(line[digits++]));
    }
    if (digits == 0) return ParseStep::malformed;
    const std::string_view extension = line.substr(digits);
    extension_bytes_ += extension.size();
    if (!are_extensions(extension) || extension_bytes_ > max_extension_bytes) return ParseStep::malformed;
    if (size > limits.max_body - body_size_) return ParseStep::body_too_large;
    raw_ += line.size() + 2;
    remaining_ = size;
    state_ = size == 0 ? State::trailer : State::data;
    return ParseStep::complete;
}

ParseStep RequestChunks::read_data(ReceiveBuffer& buffer) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, buffer.size() - raw_));
    std::memmove(buffer.data() + body_begin_ + body_size_, buffer.data() + raw_, size);
    body_size_ += size;
    raw_ += size;
    remaining_ -= size;
    if (remaining_ > 0) return ParseStep::need_more;
    state_ = State::data_end;
    return ParseStep::complete;
}

ParseStep RequestChunks::read_data_end(std::string_view rest) {
    if (!std::string_view("\r\n").starts_with(rest.substr(0, 2))) return ParseStep::malformed;
    if (rest.size() < 2) return ParseStep::need_more;
    raw_ += 2;
    state_ = State::size_line;
    return ParseStep::complete;
}

ParseStep RequestChunks::read_trailer(std::string_view rest, const RequestLimits& limits) {
    const std::size_t allowed = limits.max_headers - trailer_bytes_;
    const auto [step, line] = next_line(rest, allowed, ParseStep::headers_too_large);
    if (step != ParseStep::complete) return step;
    // A request line in this place is the next request, whose sender thinks that this one has ended.
    const std::size_t colon = line.find(':');
    const bool is_field = colon != std::string_view::npos && is_token(line.substr(0, colon));
    if (!line.empty() && !is_field) return ParseStep::malformed;
    raw_ += line.size() + 2;
    trailer_bytes_ += line.size() + 2;
    finished_ = line.empty();
    return ParseStep::complete;
}

void RequestChunks::cut_framing(ReceiveBuffer& buffer) noexcept {
    const std::size_t decoded_end = body_begin_ + body_size_;
    const std::size_t rest = buffer.size() - raw_;
    std::memmove(buffer.data() + decoded_end, buffer.data() + raw_, rest);
    buffer.truncate(decoded_end + rest);
    raw_ = decoded_end;
}

}  // namespace tollgate::net
