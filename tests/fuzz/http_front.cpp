// Fuzz target http_front: what the request parser hears must not depend on how the bytes were split, and must agree
// with a simple second reading.
//
// Input: the bytes that arrive, and behind the last NUL (if there is one) the first piece's limits and the pieces'
// sizes, one byte each. Without NUL they arrive byte by byte.
#include "http_reference.hpp"
#include "must.hpp"
#include "net/request_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace tollgate;
using fuzz::must;

constexpr net::RequestLimits tight{.max_headers = 512, .max_body = 100};
constexpr net::RequestLimits usual{};

struct Heard {
    std::string method, path, query, body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::size_t wire_end = 0;  ///< how many bytes had been taken off the wire when it was consumed
    bool keep_alive = false;
    bool operator==(const Heard&) const = default;
};

struct Conversation {
    std::vector<Heard> requests;
    net::ParseStep last = net::ParseStep::need_more;
    bool operator==(const Conversation&) const = default;
};

bool lies_in(std::string_view part, std::string_view whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

Heard copied(const net::Request& request, std::string_view buffer) {
    Heard heard{std::string(request.method),
                std::string(request.path),
                std::string(request.query),
                std::string(request.body),
                {},
                0,
                false};
    for (const auto part : {request.method, request.path, request.query, request.body})
        must(lies_in(part, buffer), "a request's views lie in the buffer");
    for (const auto& [name, value] : request.headers) {
        must(lies_in(name, buffer) && lies_in(value, buffer), "a header's views lie in the buffer");
        must(!name.empty(), "no header is without a name");
        heard.headers.emplace_back(name, value);
    }
    return heard;
}

/// Feeds a parser as a connection does, in pieces of the given sizes (then the rest), and writes down what it heard.
class Listener {
  public:
    explicit Listener(net::RequestLimits limits) : buffer_(net::RequestParser::max_buffer(limits)), parser_(limits) {}

    Conversation listen(std::string_view wire, const std::vector<std::size_t>& sizes) {
        std::size_t piece = 0;
        bool open = true;
        while (open && !wire.empty()) {
            const auto space = buffer_.prepare();
            must(!space.empty(), "the parser refuses before the buffer is full");
            const auto wanted = piece < sizes.size() ? sizes[piece++] : wire.size();
            const auto size = std::min({wanted, wire.size(), space.size()});
            std::copy_n(wire.begin(), size, space.begin());
            buffer_.commit(size);
            taken_ += size;
            wire.remove_prefix(size);
            open = process();
        }
        return std::move(conversation_);
    }

  private:
    /// False when the connection would be closed.
    bool process() {
        while (true) {
            net::Request request;
            conversation_.last = parser_.parse(buffer_, request);
            if (conversation_.last != net::ParseStep::complete) return conversation_.last == net::ParseStep::need_more;
            must(parser_.request_size() > 0 && parser_.request_size() <= buffer_.size(),
                 "a request takes bytes, and no more than there are");
            Heard heard = copied(request, buffer_.view().substr(0, parser_.request_size()));
            heard.keep_alive = parser_.keep_alive();
            buffer_.consume(parser_.request_size());
            heard.wire_end = taken_ - buffer_.size();
            conversation_.requests.push_back(std::move(heard));
            parser_.reset();
            if (!conversation_.requests.back().keep_alive) return false;
            if (buffer_.size() == 0) return true;
        }
    }

    net::ReceiveBuffer buffer_;
    net::RequestParser parser_;
    Conversation conversation_;
    std::size_t taken_ = 0;
};

std::string described(const Conversation& conversation) {
    std::string out = "verdict " + std::to_string(static_cast<int>(conversation.last));
    for (const auto& request : conversation.requests) {
        out += "; " + request.method + ' ' + request.path + " of " + std::to_string(request.body.size()) +
               " bytes until " + std::to_string(request.wire_end);
    }
    return out;
}

void compare_with_reference(const Conversation& conversation, std::string_view wire) {
    must(conversation.requests.size() <= fuzz::most_requests(wire), "no more requests than there are request lines",
         described(conversation));
    std::size_t begin = 0;
    for (const auto& request : conversation.requests) {
        must(request.wire_end > begin && request.wire_end <= wire.size(), "requests follow each other",
             described(conversation));
        const auto expected = fuzz::read_request(wire.substr(begin));
        must(expected.has_value(), "what is accepted can be read in the simplest way", described(conversation));
        must(request.wire_end == begin + expected->size, "a request ends where its framing says",
             described(conversation));
        must(request.method == expected->method, "the method is the one on the wire", request.method);
        const auto target = request.query.empty() ? request.path : request.path + '?' + request.query;
        const auto& given = expected->target;
        must(given.ends_with(target) || given.ends_with(target + '?'), "the target is the one on the wire", target);
        must(request.headers.size() == expected->header_count, "every header line is one header");
        must(request.body == expected->body, "the body is what its framing encloses", request.body);
        begin = request.wire_end;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto nul = input.rfind('\0');
    const auto wire = input.substr(0, nul);
    std::vector<std::size_t> sizes(nul == std::string_view::npos ? input.size() : 0, 1);
    bool is_tight = true;
    if (nul != std::string_view::npos && nul + 1 < input.size()) {
        is_tight = (input[nul + 1] & 1) != 0;
        for (const char c : input.substr(nul + 2))
            sizes.push_back(std::max<std::size_t>(1, static_cast<std::uint8_t>(c)));
    }
    const auto limits = is_tight ? tight : usual;

    const auto whole = Listener(limits).listen(wire, {});
    const auto split = Listener(limits).listen(wire, sizes);
    must(whole == split, "what is heard does not depend on the splits", described(whole) + "\n  " + described(split));
    const auto bytewise = Listener(limits).listen(wire, std::vector<std::size_t>(wire.size(), 1));
    must(whole == bytewise, "what is heard byte by byte is the same", described(whole) + "\n  " + described(bytewise));
    compare_with_reference(whole, wire);
    return 0;
}
