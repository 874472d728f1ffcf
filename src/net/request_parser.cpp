// RequestParser: finds the end of the header itself, lets Beast read it in one piece, and judges the framing.
#include "request_parser.hpp"

#include "http_types_text.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

namespace tollgate::net {

namespace {

namespace http = boost::beast::http;

constexpr std::size_t max_header_count = 128;

/// Any byte that may begin a request line, or the empty line before one. What speaks TLS to us is refused at once.
bool may_begin(char c) noexcept {
    return (c > ' ' && c < 0x7f) || c == '\r';
}

/// RFC 9112 section 3.2: an origin-form target, visible ASCII without a fragment.
bool is_origin_form(std::string_view target) noexcept {
    const auto is_wrong = [](char c) { return c <= ' ' || c >= 0x7f || c == '#'; };
    return target.starts_with('/') && std::none_of(target.begin(), target.end(), is_wrong);
}

/// RFC 3986's host and optional port, of which the first may be an IP literal in brackets. A Host may be empty.
bool is_host(std::string_view value) noexcept {
    const bool literal = value.starts_with('[');
    const std::size_t end = literal ? value.find(']') : std::min(value.find(':'), value.size());
    if (end == std::string_view::npos) return false;
    const auto is_one_of = [](std::string_view marks) {
        return [marks](char c) {
            const char lower = to_lower(c);
            return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
        };
    };
    const std::string_view name = value.substr(literal ? 1 : 0, literal ? end - 1 : end);
    if (literal && name.empty()) return false;
    if (!std::all_of(name.begin(), name.end(), is_one_of(literal ? "-._~!$&'()*+;=:" : "-._~!$&'()*+;=%")))
        return false;
    const std::string_view port = value.substr(literal ? end + 1 : end);
    if (port.empty()) return true;
    return port.front() == ':' && !name.empty() && port.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

/// `target` without the scheme and authority of an absolute-form (RFC 9112 section 3.2.2); unchanged when it has none,
/// empty when its authority is none. What is left must still be an origin-form.
std::string_view cut_authority(std::string_view target) noexcept {
    for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
        if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
        const std::string_view rest = target.substr(scheme.size());
        const std::string_view authority = rest.substr(0, std::min(rest.find_first_of("/?#"), rest.size()));
        return authority.empty() || !is_host(authority) ? std::string_view{} : rest.substr(authority.size());
    }
    return target;
}

}  // namespace

/// Collects what Beast finds in one complete header, which it gets in one piece and without a body: its own body and
/// chunk states are never entered.
class RequestParser::HeadReader final : public http::basic_parser<true> {
  public:
    HeadReader(Head& head, std::string_view bytes) : head_(head), bytes_(bytes) {
        skip(true);
        header_limit(std::numeric_limits<std::uint32_t>::max());
    }

  private:
    using Text = boost::beast::string_view;
    using Error = boost::beast::error_code;

    /// Never a view of Beast's own memory: only folded values are, and those were refused before.
    [[nodiscard]] Piece piece(Text text) const noexcept {
        return {static_cast<std::uint32_t>(text.data() - bytes_.data()), static_cast<std::uint32_t>(text.size())};
    }

    void on_request_impl(http::verb, Text method, Text target, int version, Error&) override {
        head_.method = piece(method);
        head_.target = piece(target);
        head_.http_1_1 = version == 11;
    }

    void on_field_impl(http::field field, Text name, Text value, Error& error) override {
        if (head_.headers.size() == max_header_count) {
            error = http::error::header_limit;
            return;
        }
        const Piece value_piece = value.empty() ? Piece{} : piece(value);
        head_.headers.push_back({piece(name), value_piece});
        switch (field) {
            case http::field::host:
                note(head_.hosts, head_.host, value_piece);
                break;
            case http::field::content_length:
                note(head_.lengths, head_.length, value_piece);
                break;
            case http::field::transfer_encoding:
                note(head_.encodings, head_.encoding, value_piece);
                break;
            case http::field::expect:
                note(head_.expectations, head_.expectation, value_piece);
                break;
            default:
                break;
        }
    }

    static void note(unsigned& count, Piece& first, Piece value) noexcept {
        if (count++ == 0) first = value;
    }

    void on_header_impl(Error&) override {}
    void on_finish_impl(Error&) override {}
    // Not reached: the first is for responses, the others are for bodies.
    void on_response_impl(int, Text, int, Error& error) override { error = http::error::bad_version; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error& error) override {
        error = http::error::unexpected_body;
    }
    std::size_t on_body_impl(Text, Error& error) override {
        error = http::error::unexpected_body;
        return 0;
    }
    void on_chunk_header_impl(std::uint64_t, Text, Error& error) override { error = http::error::unexpected_body; }
    std::size_t on_chunk_body_impl(std::uint64_t, Text, Error& error) override {
        error = http::error::unexpected_body;
        return 0;
    }

    Head& head_;
    std::string_view bytes_;
};

ParseStep RequestParser::parse(ReceiveBuffer& buffer, Request& request) {
    if (head_end_ == 0) {
        if (const ParseStep step = find_head_end(buffer.view()); step != ParseStep::complete) return step;
        if (const ParseStep step = read_head(buffer.view()); step != ParseStep::complete) return step;
    }
    const bool body_began = buffer.size() > head_end_;
    const ParseStep step = read_body(buffer);
    if (step == ParseStep::need_more && body_began) continue_expected_ = false;
    if (step == ParseStep::complete) fill(buffer.view(), request);
    return step;
}

/// Looks at max_headers bytes at most, so that the verdict does not depend on how much arrived at once.
ParseStep RequestParser::find_head_end(std::string_view bytes) {
    const std::string_view head = bytes.substr(0, limits_.max_headers);
    if (!head.empty() && !may_begin(head.front())) return ParseStep::malformed;
    while (scanned_ < head.size()) {
        const std::size_t line_feed = head.find('\n', scanned_);
        scanned_ = std::min(line_feed, head.size() - 1) + 1;
        if (line_feed == std::string_view::npos) break;
        const std::string_view line = head.substr(line_begin_, scanned_ - line_begin_);
        if (const ParseStep step = end_line(line); step != ParseStep::need_more) return step;
    }
    return head.size() == limits_.max_headers ? ParseStep::headers_too_large : ParseStep::need_more;
}

/// `line` with its line feed. Returns `complete` when it is the empty line behind the headers.
ParseStep RequestParser::end_line(std::string_view line) {
    if (!line.ends_with("\r\n")) return ParseStep::malformed;
    const bool is_first = line_begin_ == head_begin_;
    line_begin_ = scanned_;
    if (line.size() > 2) {
        // White space at the begin of a header line continues the line before (obs-fold, RFC 9112 section 5.2): what a
        // value is would depend on who reads it.
        const bool folded = !is_first && (line.front() == ' ' || line.front() == '\t');
        return folded ? ParseStep::malformed : ParseStep::need_more;
    }
    if (is_first) {
        // RFC 9112 section 2.2: one empty line before a request line is to be ignored.
        if (head_begin_ > 0) return ParseStep::malformed;
        head_begin_ = scanned_;
        return ParseStep::need_more;
    }
    head_end_ = scanned_;
    return ParseStep::complete;
}

ParseStep RequestParser::read_head(std::string_view bytes) {
    HeadReader reader(head_, bytes);
    boost::beast::error_code error;
    const std::size_t size = head_end_ - head_begin_;
    const std::size_t read = reader.put({bytes.data() + head_begin_, size}, error);
    if (error == http::error::header_limit) return ParseStep::headers_too_large;
    if (error || read != size || !reader.is_done()) return ParseStep::malformed;
    head_.keep_alive = reader.keep_alive();

    const std::string_view origin = cut_authority(bytes.substr(head_.target.begin, head_.target.size));
    if (!is_origin_form(origin)) return ParseStep::malformed;
    head_.target = {static_cast<std::uint32_t>(origin.data() - bytes.data()),
                    static_cast<std::uint32_t>(origin.size())};
    if (head_.hosts > 1 || (head_.hosts == 0 && head_.http_1_1)) return ParseStep::malformed;
    if (!is_host(bytes.substr(head_.host.begin, head_.host.size))) return ParseStep::malformed;
    if (const ParseStep step = judge_framing(bytes); step != ParseStep::complete) return step;
    return judge_expectation(bytes);
}

ParseStep RequestParser::judge_framing(std::string_view bytes) {
    if (head_.lengths + head_.encodings > 1) return ParseStep::malformed;
    if (head_.encodings == 1) {
        const std::string_view encoding = bytes.substr(head_.encoding.begin, head_.encoding.size);
        if (!head_.http_1_1 || !equal_ignoring_case(encoding, "chunked")) return ParseStep::malformed;
        chunked_ = true;
        chunks_.start(head_end_);
        return ParseStep::complete;
    }
    if (head_.lengths == 0) return ParseStep::complete;
    const std::string_view digits = bytes.substr(head_.length.begin, head_.length.size);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return ParseStep::malformed;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), body_size_);
    if (failure != std::errc{} || body_size_ > limits_.max_body) return ParseStep::body_too_large;
    return ParseStep::complete;
}

ParseStep RequestParser::judge_expectation(std::string_view bytes) {
    // RFC 9110 section 10.1.1: an expectation of HTTP/1.0 is to be ignored.
    if (head_.expectations == 0 || !head_.http_1_1) return ParseStep::complete;
    const std::string_view expectation = bytes.substr(head_.expectation.begin, head_.expectation.size);
    if (head_.expectations > 1 || !equal_ignoring_case(expectation, "100-continue"))
        return ParseStep::expectation_failed;
    continue_expected_ = true;
    return ParseStep::complete;
}

ParseStep RequestParser::read_body(ReceiveBuffer& buffer) {
    if (chunked_) return chunks_.decode(buffer, limits_);
    return buffer.size() - head_end_ >= body_size_ ? ParseStep::complete : ParseStep::need_more;
}

void RequestParser::fill(std::string_view bytes, Request& request) {
    const auto text = [bytes](Piece piece) { return bytes.substr(piece.begin, piece.size); };
    views_.clear();
    for (const HeaderPiece& header : head_.headers) views_.push_back({text(header.name), text(header.value)});
    const std::string_view target = text(head_.target);
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.method = text(head_.method);
    request.path = target.substr(0, mark);
    request.query = target.substr(std::min(mark + 1, target.size()));
    request.headers = views_;
    request.body = bytes.substr(head_end_, chunked_ ? chunks_.body_size() : body_size_);
}

std::size_t RequestParser::request_size() const noexcept {
    return chunked_ ? chunks_.end() : head_end_ + body_size_;
}

void RequestParser::reset() noexcept {
    std::vector<HeaderPiece> kept = std::move(head_.headers);
    kept.clear();
    head_ = Head{};
    head_.headers = std::move(kept);
    scanned_ = line_begin_ = head_begin_ = head_end_ = body_size_ = 0;
    chunked_ = continue_expected_ = false;
}

std::size_t RequestParser::max_buffer(const RequestLimits& limits) noexcept {
    constexpr std::size_t one_more_read = 4 * 1024;
    return 2 * limits.max_headers + limits.max_body + one_more_read;
}

}  // namespace tollgate::net
