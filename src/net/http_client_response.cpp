// Frames one answer (RFC 9112 section 6.3), cutting a body at its limit.
#include "http_client_response.hpp"

#include <algorithm>

namespace tollgate::net {

namespace {

constexpr std::size_t max_head = 16 * 1024;
constexpr unsigned max_interim_answers = 8;
constexpr std::string_view protocol = "HTTP/1.";

core::Error not_http(const char* why) {
    return {core::Errc::malformed, std::string("the answer is not sound HTTP/1.1: ") + why};
}

}  // namespace

core::Result<ResponseReader::Progress> ResponseReader::feed(std::string_view bytes) {
    started_ = started_ || !bytes.empty();
    // The usual answer comes in one piece and is parsed where it lies.
    std::string joined;
    if (!pending_.empty()) {
        joined.swap(pending_);
        joined.append(bytes);
        bytes = joined;
    }
    while (stage_ == Stage::head && !bytes.empty()) {
        const core::Result<void> read = read_head(bytes);
        if (!read) return read.error();
    }
    if (stage_ == Stage::sized) {
        read_sized(bytes);
    } else if (stage_ == Stage::chunked) {
        const core::Result<void> read = read_chunked(bytes);
        if (!read) return read.error();
    } else if (stage_ == Stage::until_close) {
        append(bytes);
        bytes = {};
    }
    if (stage_ != Stage::complete) return Progress::incomplete;
    if (!bytes.empty()) reusable_ = false;  // nobody asked for what follows
    return Progress::complete;
}

core::Result<void> ResponseReader::end() {
    if (stage_ == Stage::until_close) {
        stage_ = Stage::complete;
        return {};
    }
    return core::Error(core::Errc::connection, "the peer closed the connection in the middle of its answer");
}

core::Result<void> ResponseReader::read_head(std::string_view& bytes) {
    const std::size_t known = std::min(bytes.size(), protocol.size());
    if (bytes.substr(0, known) != protocol.substr(0, known)) return not_http("it does not begin with HTTP/1.");
    constexpr std::string_view empty_line = "\r\n\r\n";
    const std::size_t end = bytes.find(empty_line);
    if (std::min(end, bytes.size()) > max_head) return not_http("its head is longer than 16 KiB");
    if (end == std::string_view::npos) {
        pending_.assign(bytes);
        bytes = {};
        return {};
    }
    core::Result<ResponseHead> head = parse_response_head(bytes.substr(0, end + empty_line.size()));
    if (!head) return head.error();
    bytes.remove_prefix(end + empty_line.size());
    if (head->status >= 200) {
        begin_body(std::move(*head));
        return {};
    }
    if (head->status == 101) return not_http("it switches protocols, which was not asked for");
    if (++interim_answers_ > max_interim_answers) return not_http("it has too many interim answers");
    return {};
}

void ResponseReader::begin_body(ResponseHead head) {
    response_.status = head.status;
    response_.retry_after = std::move(head.retry_after);
    reusable_ = head.keep_alive;
    if (answers_head_ || head.status == 204 || head.status == 304) {
        stage_ = Stage::complete;
    } else if (head.chunked) {
        stage_ = Stage::chunked;
    } else if (head.content_length) {
        remaining_ = *head.content_length;
        stage_ = Stage::sized;
        response_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, max_body_)));
    } else {
        stage_ = Stage::until_close;
        reusable_ = false;
    }
}

void ResponseReader::read_sized(std::string_view& bytes) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), remaining_));
    append(bytes.substr(0, length));
    bytes.remove_prefix(length);
    remaining_ -= length;
    if (remaining_ == 0) {
        stage_ = Stage::complete;
    } else if (response_.body.size() == max_body_) {
        cut();  // the rest is known to come: not worth the wait
    }
}

core::Result<void> ResponseReader::read_chunked(std::string_view& bytes) {
    while (!bytes.empty() && stage_ == Stage::chunked) {
        const core::Result<std::string_view> piece = chunks_.next(bytes);
        if (!piece) return piece.error();
        append(*piece);
        if (chunks_.finished()) stage_ = Stage::complete;
    }
    return {};
}

void ResponseReader::append(std::string_view piece) {
    const std::size_t room = max_body_ - response_.body.size();
    response_.body.append(piece.substr(0, room));
    if (piece.size() > room) cut();
}

void ResponseReader::cut() {
    stage_ = Stage::complete;
    reusable_ = false;
}

}  // namespace tollgate::net
