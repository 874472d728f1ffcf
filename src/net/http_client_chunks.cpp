// The chunked coding, piece by piece.
#include "http_client_chunks.hpp"

#include <algorithm>
#include <charconv>

namespace tollgate::net {

namespace {

constexpr std::size_t max_line = 1024;
constexpr std::size_t max_trailer = 8 * 1024;

core::Error bad(const char* why) {
    return {core::Errc::malformed, std::string("the answer's chunks: ") + why};
}

}  // namespace

core::Result<std::string_view> ResponseChunks::next(std::string_view& input) {
    std::string_view body;
    if (stage_ == Stage::finished) return body;
    if (stage_ == Stage::data) {
        body = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), remaining_)));
        input.remove_prefix(body.size());
        remaining_ -= body.size();
        if (remaining_ == 0) stage_ = Stage::data_end;
        return body;
    }

    const core::Result<bool> whole = read_line(input);
    if (!whole) return whole.error();
    if (!*whole) return body;
    if (stage_ == Stage::size) {
        const core::Result<void> read = read_size();
        if (!read) return read.error();
    } else if (stage_ == Stage::data_end) {
        if (!line_.empty()) return bad("a chunk is longer than it says");
        stage_ = Stage::size;
    } else {
        trailer_bytes_ += line_.size();
        if (trailer_bytes_ > max_trailer) return bad("the trailer is too large");
        if (line_.empty()) stage_ = Stage::finished;
    }
    line_.clear();
    return body;
}

core::Result<bool> ResponseChunks::read_line(std::string_view& input) {
    const std::size_t end = input.find('\n');
    const bool whole = end != std::string_view::npos;
    const std::size_t length = whole ? end + 1 : input.size();
    if (line_.size() + length > max_line) return bad("a line is too long");
    line_.append(input.substr(0, length));
    input.remove_prefix(length);
    if (!whole) return false;
    if (line_.size() < 2 || line_[line_.size() - 2] != '\r') return bad("a line does not end with CRLF");
    line_.resize(line_.size() - 2);
    if (line_.find('\r') != std::string::npos) return bad("a line holds a CR");
    return true;
}

core::Result<void> ResponseChunks::read_size() {
    const char* const end = line_.data() + line_.size();
    const auto [stop, error] = std::from_chars(line_.data(), end, remaining_, 16);
    if (error != std::errc{}) return bad("a size is not a hexadecimal number");
    // Behind it at most an extension, perhaps after white space (RFC 9112 section 7.1.1).
    const char* const behind = std::find_if(stop, end, [](char c) { return c != ' ' && c != '\t'; });
    if (behind != end && *behind != ';') return bad("a size is not a hexadecimal number");
    stage_ = remaining_ == 0 ? Stage::trailer : Stage::data;
    return {};
}

}  // namespace tollgate::net
