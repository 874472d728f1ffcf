// Feed: gives a RequestParser its bytes as a connection would, whole or in pieces.
#pragma once

#include "net/request_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>

namespace tollgate::net {

inline void PrintTo(ParseStep step, std::ostream* out) {
    switch (step) {
        case ParseStep::need_more:
            *out << "need_more";
            return;
        case ParseStep::complete:
            *out << "complete";
            return;
        case ParseStep::malformed:
            *out << "malformed";
            return;
        case ParseStep::headers_too_large:
            *out << "headers_too_large";
            return;
        case ParseStep::body_too_large:
            *out << "body_too_large";
            return;
        case ParseStep::expectation_failed:
            *out << "expectation_failed";
            return;
    }
}

constexpr RequestLimits small_limits{.max_headers = 512, .max_body = 100};

/// A parser and its buffer, fed as a connection would.
struct Feed {
    explicit Feed(RequestLimits limits = small_limits) : buffer(RequestParser::max_buffer(limits)), parser(limits) {}

    ParseStep give(std::string_view bytes) {
        const auto space = buffer.prepare();
        EXPECT_GE(space.size(), bytes.size());
        std::copy(bytes.begin(), bytes.end(), space.begin());
        buffer.commit(bytes.size());
        return parser.parse(buffer, request);
    }

    ParseStep give_bytewise(std::string_view bytes) {
        ParseStep step = ParseStep::need_more;
        for (std::size_t i = 0; i < bytes.size() && step == ParseStep::need_more; ++i) step = give(bytes.substr(i, 1));
        return step;
    }

    ReceiveBuffer buffer;
    RequestParser parser;
    Request request;
};

inline ParseStep parse_whole(const std::string& bytes, RequestLimits limits = small_limits) {
    Feed feed(limits);
    return feed.give(bytes);
}

inline std::string get(std::string_view more_headers = {}, std::string_view line = "GET / HTTP/1.1") {
    return std::string(line) + "\r\nHost: a\r\n" + std::string(more_headers) + "\r\n";
}

inline std::string chunked(std::string_view body) {
    return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

}  // namespace tollgate::net
